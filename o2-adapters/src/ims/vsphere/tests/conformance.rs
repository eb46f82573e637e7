//! The conformance suite, on a played vCenter and on a simulator that really runs.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, HttpClient};
use o2_core::query::ListQuery;
use o2_core::{Context, Model, Result, TenantId};
use o2_ims::{DeleteOptions, IMSPlugin, NewResourcePool, ResourcePoolId};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::{Value, json};

use super::super::vim::Ref;
use super::line::Line;
use super::played::{Played, text};
use super::stock::host_of;
use super::{built, config};
use crate::documented;
use crate::http::{HttpOptions, ReqwestClient};
use crate::rt::TokioClock;

/// Worlds on played vCenters, each on one of its own.
struct PlayedWorlds;

struct Scripted {
    config: Value,
    http: Arc<dyn HttpClient>,
    clock: Arc<dyn Clock>,
    plugin: Arc<dyn IMSPlugin>,
    played: Option<Arc<Played>>,
    parent: String,
    silence: Duration,
}

impl Harness<dyn ImsWorld> for PlayedWorlds {
    fn name(&self) -> &str {
        "vsphere"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        let clock = ManualClock::auto();
        let played = Played::new(clock.clone());
        let http: Arc<dyn HttpClient> = Arc::new(Line(Arc::clone(&played)));
        let plugin = built(&config(), Arc::clone(&http), clock.clone());
        let world = plugin.map(|plugin| Scripted {
            config: config(),
            http,
            clock,
            plugin,
            played: Some(played),
            parent: "vc-1:domain-c1".to_owned(),
            silence: Duration::from_secs(10),
        });
        ready(world.map(|world| Arc::new(world) as _)).boxed()
    }
}

impl World<dyn IMSPlugin> for Scripted {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let plugin = built(&self.config, Arc::clone(&self.http), Arc::clone(&self.clock));
        ready(plugin.map(Some)).boxed()
    }

    /// Of several changes of one object the vCenter tells the last one, to who has not asked in between.
    fn settle(&self) -> BoxFuture<'_, ()> {
        async {
            let (context, query) = (Context::new("settle"), ListQuery::new());
            let listed = self.plugin.list_resource_pools(&context, &query);
            if let Err(error) = listed.await {
                println!("nothing is told while the backend is in trouble: {error}");
            }
        }
        .boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("tenant-a"), TenantId::new("tenant-b")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let able = match &self.played {
            None => trouble.is_none(),
            Some(_) if trouble == Some(Trouble::Forgetful) => false,
            Some(played) => {
                played.state().trouble = trouble;
                true
            }
        };
        ready(able).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec!["pa<ss&word".to_owned(), "session-1".to_owned()]
    }
}

impl ImsWorld for Scripted {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut new = NewResourcePool::new(name);
        new.description = "made by the conformance suite".to_owned();
        new.labels.insert("made-by".to_owned(), "conformance".to_owned());
        new.labels.insert("kept".to_owned(), "yes & <no>".to_owned());
        new.tags = vec!["conformance".to_owned()];
        let parent = json!(self.parent);
        new.extensions.insert("vsphere.parentPoolId".to_owned(), parent);
        Some(new)
    }

    fn silence(&self) -> Duration {
        self.silence
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        let Some(played) = &self.played else {
            return ready(Ok(false)).boxed();
        };
        let host = |id: &str| Ref::new("HostSystem", id.split_once(':').unwrap().1);
        let mut state = played.state();
        match disturbance {
            Disturbance::AddResource(_) => {
                let cluster = Ref::new("ClusterComputeResource", "domain-c1");
                let (host, properties) = host_of(&cluster, "host-99");
                state.put(&host, properties);
            }
            Disturbance::ChangeResource(id) => {
                let host = host(id.as_str());
                let mut properties = state.objects[&host].clone();
                properties.insert("runtime.inMaintenanceMode".to_owned(), text("true"));
                state.put(&host, properties);
            }
            Disturbance::RemoveResource(id) => state.remove(&host(id.as_str())),
            _ => return ready(Ok(false)).boxed(),
        }
        ready(Ok(true)).boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let report = ims(&PlayedWorlds).await;
    println!("{report}");
    report.assert_green();
    documented::check("vsphere", &report);
}

/// Worlds on a simulator that really runs, each below a pool of its own.
struct LiveWorlds {
    http: Arc<dyn HttpClient>,
    parents: Mutex<Vec<String>>,
}

/// Where the simulator of `tests/real/peers/vsphere.sh` listens.
fn live_config() -> Value {
    json!({
        "endpoint": "http://127.0.0.1:18989",
        "username": "user",
        "password": "pass",
        "watchSeconds": 2,
    })
}

impl LiveWorlds {
    fn plugin(&self) -> Result<Arc<dyn IMSPlugin>> {
        built(&live_config(), Arc::clone(&self.http), Arc::new(TokioClock::new()))
    }
}

impl Harness<dyn ImsWorld> for LiveWorlds {
    fn name(&self) -> &str {
        "vsphere"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            static NUMBER: AtomicU32 = AtomicU32::new(0);
            let plugin = self.plugin()?;
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let mut new = NewResourcePool::new(format!("o2-{:x}-{number}", std::process::id()));
            new.location = Some("DC0".to_owned());
            let parent = plugin.create_resource_pool(&Context::new("world"), &new).await?;
            self.parents.lock().unwrap().push(parent.id().to_owned());
            let world = Scripted {
                config: live_config(),
                http: Arc::clone(&self.http),
                clock: Arc::new(TokioClock::new()),
                plugin,
                played: None,
                parent: parent.id().to_owned(),
                silence: Duration::from_secs(1),
            };
            Ok(Arc::new(world) as Arc<dyn ImsWorld>)
        }
        .boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract_on_a_real_server() {
    if std::net::TcpStream::connect("127.0.0.1:18989").is_err() {
        println!("\n!!! conformance of vSphere: no simulator runs; tests/real/peers/vsphere.sh starts one\n");
        return;
    }
    let live = LiveWorlds {
        http: Arc::new(ReqwestClient::new(&HttpOptions::default()).unwrap()),
        parents: Mutex::default(),
    };
    let report = ims(&live).await;
    let (plugin, parents) = (live.plugin().unwrap(), live.parents.lock().unwrap().clone());
    for parent in parents {
        let parent = ResourcePoolId::new(parent);
        let context = Context::new("clear");
        plugin
            .delete_resource_pool(&context, &parent, &DeleteOptions::force())
            .await
            .unwrap();
    }
    plugin.close().await.unwrap();
    println!("{report}");
    report.assert_green();
}
