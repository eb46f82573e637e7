//! A gateway's DMS side: two backends, the service, the routes, and what a server does around them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use http::{HeaderMap, Method, StatusCode, Uri};
use o2_core::federation::Federation;
use o2_core::http::{Api, Exchange, Mount, Reply, problem};
use o2_core::layer::{Layer, Layered};
use o2_core::layers::{CapabilityLayer, ErrorContextLayer};
use o2_core::query::{PageLimits, Params};
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{Router, RoutingTable, Rule};
use o2_core::store::{Batch, Commit, Entry, Lease, MemoryStore, Revision, Store};
use o2_core::subscription::Subscriptions;
use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::{DMSPlugin, DmsService, op};
use o2_testkit::ManualClock;
use serde_json::Value;

use crate::fake::Fake;

/// `helm` is the default plugin and can everything; `argo` gets Git repositories, knows no packages of its own, and
/// neither scales nor reports.
pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<Breakable>,
    pub(crate) helm: Arc<Fake>,
    pub(crate) argo: Arc<Fake>,
    pub(crate) service: Arc<DmsService>,
    pub(crate) api: Api<DmsService>,
}

/// What a client sees.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    /// The body; null when it is not JSON.
    pub(crate) body: Value,
}

/// A request in the making.
pub(crate) struct Request<'w> {
    world: &'w World,
    method: Method,
    uri: Uri,
    body: Option<String>,
    headers: HeaderMap,
    context: Context,
}

impl World {
    /// Time moves when the test says so.
    pub(crate) fn new() -> Self {
        Self::with(ManualClock::new())
    }

    /// Time moves when everybody sleeps.
    pub(crate) fn waiting() -> Self {
        Self::with(ManualClock::auto())
    }

    fn with(clock: Arc<ManualClock>) -> Self {
        let helm = Fake::new("helm", &[], &clock);
        let without = [
            &op::LIST_DEPLOYMENT_PACKAGES,
            &op::GET_DEPLOYMENT_PACKAGE,
            &op::SCALE_DEPLOYMENT,
            &op::GET_DEPLOYMENT_STATUS,
        ];
        let argo = Fake::new("argo", &without, &clock);
        helm.add_package("vdu-1.0", None);
        helm.add_package("vdu-2.0", None);
        argo.add_package("repo", None);

        let registry = Registry::<dyn DMSPlugin>::new();
        let options = RegisterOptions::new().as_default();
        registry.register(layered(&helm), options).unwrap();
        registry.register(layered(&argo), RegisterOptions::new()).unwrap();
        let git = Rule::new("git", "argo").with_package_type("git-repo");
        let table = RoutingTable::new().with_rule(git).with_default("helm");
        let limits = PageLimits::default();
        let plugins = Arc::new(Federation::new(Router::new(Arc::new(registry), table), limits, 4));

        let store = Arc::new(Breakable {
            store: MemoryStore::new(clock.clone()),
            broken: AtomicBool::new(false),
        });
        let subscriptions = Subscriptions::new(store.clone(), clock.clone(), limits);
        let service = Arc::new(DmsService::new(plugins, store.clone(), clock.clone(), subscriptions));
        let api = o2_dms::api::api(Arc::clone(&service));
        Self {
            clock,
            store,
            helm,
            argo,
            service,
            api,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request {
            world: self,
            method: method.parse().unwrap(),
            uri: format!("/o2dms/v1{path}").parse().unwrap(),
            body: None,
            headers: HeaderMap::new(),
            context: Context::new("req-1"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path).send().await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.request("POST", path).json(&body).send().await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request("DELETE", path).send().await
    }

    /// Deploys `vdu-1.0` under this name and lets it come up.
    pub(crate) async fn deployed(&self, name: &str) -> Answer {
        let body = serde_json::json!({"name": name, "packageId": "vdu-1.0", "namespace": "ran", "values": {"a": 1}});
        let answer = self.post("/deployments", body).await.expect(202);
        self.pass(10);
        answer
    }

    pub(crate) fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn layered(fake: &Arc<Fake>) -> Arc<dyn DMSPlugin> {
    let layers: [Arc<dyn Layer>; 2] = [Arc::new(ErrorContextLayer), Arc::new(CapabilityLayer)];
    Arc::new(Layered::<dyn DMSPlugin>::new(fake.clone(), layers))
}

impl Request<'_> {
    pub(crate) fn json(self, body: &Value) -> Self {
        self.raw(&body.to_string())
    }

    pub(crate) fn raw(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.insert(name, value.parse().unwrap());
        self
    }

    pub(crate) fn tenant(mut self, tenant: &str) -> Self {
        self.context = self.context.with_tenant(tenant.into());
        self
    }

    pub(crate) fn context(mut self, context: Context) -> Self {
        self.context = context;
        self
    }

    pub(crate) async fn send(self) -> Answer {
        let id = self.context.request_id().to_owned();
        let response = match self.serve().await {
            Ok(reply) => reply.into_response(),
            Err(error) => problem::respond(&error, &id),
        };
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.to_vec()).unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    async fn serve(self) -> Result<Reply> {
        let located = self.world.api.locate(self.uri.path())?;
        let located = located.unwrap_or_else(|| panic!("nothing is at {}", self.uri));
        let route = located.route(&self.method);
        let route = route.unwrap_or_else(|| panic!("{} {} is no route", self.method, self.uri));
        let kind = located.info(route).body;
        assert!(
            kind.takes(&self.headers, self.body.is_none()),
            "{} {}: {kind:?}",
            self.method,
            self.uri
        );
        let mut exchange = Exchange::new(self.context, located.version, located.root.clone());
        exchange.path = located.path.clone();
        exchange.params = Params::parse(self.uri.query().unwrap_or(""))?;
        exchange.headers = self.headers;
        exchange.body = self.body.unwrap_or_default().into();
        exchange.target = self.uri;
        located.call(route, exchange).await
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// A 400 about this place in the request.
    #[track_caller]
    pub(crate) fn expect_violation(self, at: &str) -> Self {
        let answer = self.expect(400);
        assert_eq!(answer.body["violations"][0]["at"], at, "{}", answer.text);
        answer
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .unwrap_or_else(|| panic!("no {name}: {}", self.text))
            .to_str()
            .unwrap()
    }

    /// Where the operation record is, without the root.
    #[track_caller]
    pub(crate) fn operation(&self) -> String {
        let path = self.header("location").strip_prefix("/o2dms/v1").unwrap();
        assert!(path.starts_with("/operations/"), "{path}");
        path.to_owned()
    }

    /// One member of every item of a list.
    #[track_caller]
    pub(crate) fn each(&self, name: &str) -> Vec<&str> {
        let items = self.body["items"].as_array().unwrap();
        items.iter().map(|item| item[name].as_str().unwrap()).collect()
    }
}

/// A store whose commits can be made to fail.
#[derive(Debug)]
pub(crate) struct Breakable {
    store: MemoryStore,
    broken: AtomicBool,
}

impl Breakable {
    pub(crate) fn break_commits(&self, broken: bool) {
        self.broken.store(broken, Ordering::Relaxed);
    }
}

impl Store for Breakable {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        self.store.get(key)
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        self.store.scan(prefix, after, limit)
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        if self.broken.load(Ordering::Relaxed) {
            let error = Error::new(ErrorKind::Unavailable, "the store is not there");
            return Box::pin(std::future::ready(Err(error)));
        }
        self.store.commit(batch)
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        self.store.revision()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.store.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        self.store.acquire(name, holder, ttl)
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        self.store.release(lease)
    }
}
