//! The conformance suite, and what else can only be seen there, on simulators that really run.

use std::collections::BTreeSet;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt, join_all};
use o2_core::model::ChangeKind;
use o2_core::ports::{Clock, HttpClient};
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Result, Retry};
use o2_ims::{DeleteOptions, IMSPlugin, NewResourcePool, ResourcePool, ResourcePoolId};
use o2_testkit::conformance::{Harness, ImsWorld};
use serde_json::{Value, json};

use super::administrator::Administrator;
use super::built;
use super::world::{Backend, Scripted};
use crate::http::{HttpOptions, ReqwestClient, Roots};
use crate::rt::TokioClock;
use crate::spread::spread;

/// Where the simulators of `tests/real/peers/vsphere.sh` listen. A world has one for itself, so some cases run at once.
const PORTS: [u16; 3] = [18989, 18990, 18991];
/// Where one listens whose certificate nobody has signed.
const TLS: u16 = 18988;

/// Where of these a simulator runs; a line says so when it is nowhere.
fn peers(what: &str, ports: &[u16]) -> Vec<u16> {
    let running = ports
        .iter()
        .filter(|port| TcpStream::connect(("127.0.0.1", **port)).is_ok());
    let running: Vec<u16> = running.copied().collect();
    if running.is_empty() {
        println!("\n!!! {what}: no simulator of a vCenter runs; tests/real/peers/vsphere.sh starts some\n");
    }
    running
}

fn config(endpoint: &str) -> Value {
    json!({"endpoint": endpoint, "username": "o2ims", "password": "pa<ss&word", "watchSeconds": 2})
}

/// Worlds on one simulator, one after the other, each below a pool of its own.
struct LiveWorlds {
    endpoint: String,
    http: Arc<dyn HttpClient>,
    administrator: Arc<Administrator>,
    /// Makes and clears what worlds are on.
    keeper: Arc<dyn IMSPlugin>,
    /// What was there before.
    before: BTreeSet<String>,
    world: Mutex<Option<Arc<Scripted>>>,
}

impl LiveWorlds {
    async fn new(port: u16) -> Self {
        let endpoint = format!("http://127.0.0.1:{port}");
        let http: Arc<dyn HttpClient> = Arc::new(ReqwestClient::new(&HttpOptions::default()).unwrap());
        let keeper = plugin(&endpoint, &http);
        let before = pools(&*keeper).await.into_iter();
        Self {
            administrator: Arc::new(Administrator::new(&endpoint).await),
            before: before.map(|pool| pool.resource_pool_id.as_str().to_owned()).collect(),
            endpoint,
            http,
            keeper,
            world: Mutex::default(),
        }
    }

    /// Ends the sessions of a world, and takes away what it has made.
    async fn clear(&self) {
        let Some(world) = self.world.lock().unwrap().take() else {
            return;
        };
        let others = std::mem::take(&mut *world.reopened.lock().unwrap());
        for plugin in others.iter().chain([&world.plugin]) {
            plugin.close().await.unwrap();
        }
        self.administrator.clear().await;
        let context = Context::new("clear");
        let mut pools = pools(&*self.keeper).await;
        // The later one first: the simulator cannot take away a pool whose parent it has taken away.
        let number = |pool: &Arc<ResourcePool>| pool.resource_pool_id.as_str().rsplit('-').next().map(str::len);
        pools.sort_by_key(|pool| std::cmp::Reverse((number(pool), pool.resource_pool_id.clone())));
        for pool in pools {
            let id: &ResourcePoolId = &pool.resource_pool_id;
            if !self.before.contains(id.as_str()) {
                let force = DeleteOptions::force();
                self.keeper.delete_resource_pool(&context, id, &force).await.unwrap();
            }
        }
    }
}

fn plugin(endpoint: &str, http: &Arc<dyn HttpClient>) -> Arc<dyn IMSPlugin> {
    built(&config(endpoint), Arc::clone(http), Arc::new(TokioClock::new())).unwrap()
}

async fn pools(plugin: &dyn IMSPlugin) -> Vec<Arc<ResourcePool>> {
    let listed = plugin
        .list_resource_pools(&Context::new("look"), &ListQuery::new())
        .await;
    listed.unwrap().items
}

fn new(name: &str) -> NewResourcePool {
    let mut new = NewResourcePool::new(name);
    new.location = Some("DC0".to_owned());
    new
}

impl Harness<dyn ImsWorld> for LiveWorlds {
    fn name(&self) -> &str {
        "vsphere"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            self.clear().await;
            let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
            let context = Context::new("world");
            let parent = self.keeper.create_resource_pool(&context, &new("home")).await?;
            let world = Arc::new(Scripted {
                parent: parent.resource_pool_id.as_str().to_owned(),
                config: config(&self.endpoint),
                http: Arc::clone(&self.http),
                clock,
                plugin: plugin(&self.endpoint, &self.http),
                reopened: Mutex::default(),
                backend: Backend::Real(Arc::clone(&self.administrator)),
                silence: Duration::from_secs(1),
            });
            *self.world.lock().unwrap() = Some(Arc::clone(&world));
            Ok(world as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

/// All in one test, as the simulators are shared.
#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    let ports = peers("conformance of vSphere", &PORTS);
    let worlds = join_all(ports.iter().map(|port| LiveWorlds::new(*port))).await;
    let Some(first) = worlds.first() else {
        return;
    };
    sessions_that_an_administrator_ends_are_begun_anew(first).await;
    changes_by_others_are_told(first).await;
    let report = spread(&worlds, &TokioClock::new(), |_| true).await;
    for worlds in &worlds {
        worlds.clear().await;
        worlds.keeper.close().await.unwrap();
    }
    println!("{report}");
    report.assert_green();
}

async fn sessions_that_an_administrator_ends_are_begun_anew(on: &LiveWorlds) {
    let watching = plugin(&on.endpoint, &on.http);
    let context = Context::new("test");
    let mut changes = watching.watch_inventory(&context, None).await.unwrap();
    assert!(on.administrator.end_sessions().await >= 2);
    let made = on.keeper.create_resource_pool(&context, &new("after")).await.unwrap();
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(change.object().unwrap().id(), made.resource_pool_id.as_str());
    let id = &made.resource_pool_id;
    on.keeper
        .delete_resource_pool(&context, id, &DeleteOptions::default())
        .await
        .unwrap();
    watching.close().await.unwrap();
}

/// The simulator tells of pools that come and go, and of nothing else.
async fn changes_by_others_are_told(on: &LiveWorlds) {
    let watching = plugin(&on.endpoint, &on.http);
    let context = Context::new("test");
    let mut changes = watching.watch_inventory(&context, None).await.unwrap();
    // It tells from the first question on, so one has to be asked before anything happens.
    let quiet = TokioClock::new();
    let clock: &dyn Clock = &quiet;
    assert!(clock.within(Duration::from_secs(1), changes.next()).await.is_err());
    let made = on.keeper.create_resource_pool(&context, &new("told")).await.unwrap();
    let id = &made.resource_pool_id;
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(
        (change.kind, change.object().unwrap().id()),
        (ChangeKind::Created, id.as_str())
    );
    on.keeper
        .delete_resource_pool(&context, id, &DeleteOptions::default())
        .await
        .unwrap();
    let change = changes.next().await.unwrap().unwrap();
    assert_eq!(
        (change.kind, change.object().unwrap().id()),
        (ChangeKind::Deleted, id.as_str())
    );
    watching.close().await.unwrap();
}

#[tokio::test]
async fn a_real_server_is_trusted_by_its_certificate_alone() {
    if peers("the certificate of a vCenter", &[TLS]).is_empty() {
        return;
    }
    let endpoint = format!("https://127.0.0.1:{TLS}");
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers/vsphere/certificate.pem");
    let certificate = std::fs::read_to_string(file).unwrap();
    let with = |options: HttpOptions| Arc::new(ReqwestClient::new(&options).unwrap()) as Arc<dyn HttpClient>;
    let listed = async |http: Arc<dyn HttpClient>| {
        let plugin = plugin(&endpoint, &http);
        let listed = plugin.list_resources(&Context::new("test"), &ListQuery::new()).await;
        plugin.close().await.unwrap();
        listed
    };
    let trusting = with(HttpOptions::default().with_roots(Roots::Only(certificate)));
    assert!(!listed(trusting).await.unwrap().items.is_empty());
    let error = listed(with(HttpOptions::default())).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Unavailable, Retry::Never),
        "{error:?}"
    );
}
