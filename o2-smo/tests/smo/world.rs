//! A gateway's O2-SMO part: two orchestrators, two infrastructure backends, one deployment backend, and the routes.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};
use o2_core::federation::Federation;
use o2_core::http::{Api, Exchange, Mount, ProblemDetails, Reply, RouteInfo};
use o2_core::ports::Clock;
use o2_core::query::{PageLimits, Params};
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{Router, RoutingTable};
use o2_core::store::{MemoryStore, Store};
use o2_core::{Category, Context, Operation, Plugin, Result};
use o2_dms::{DMSPlugin, op as dms};
use o2_ims::{IMSPlugin, op as ims};
use o2_smo::{SMOPlugin, SmoService};
use o2_testkit::ManualClock;
use serde_json::Value;

use crate::backends::Backend;
use crate::documents::assert_documented;
use crate::full_disk::FullDisk;
use crate::orchestrator::Orchestrator;

pub(crate) struct World {
    pub(crate) clock: Arc<ManualClock>,
    /// The default plugin.
    pub(crate) onap: Arc<Orchestrator>,
    /// Cannot remove service models.
    pub(crate) osm: Arc<Orchestrator>,
    pub(crate) edge: Arc<Backend>,
    pub(crate) core: Arc<Backend>,
    pub(crate) helm: Arc<Backend>,
    pub(crate) plugins: Arc<Registry<dyn SMOPlugin>>,
    pub(crate) service: Arc<SmoService>,
    pub(crate) api: Api<SmoService>,
}

pub(crate) fn federation<P: ?Sized + Plugin>(registry: &Arc<Registry<P>>) -> Arc<Federation<P>> {
    let router = Router::new(Arc::clone(registry), RoutingTable::new());
    Arc::new(Federation::new(router, PageLimits { default: 10, max: 4 }, 4))
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_, _| {})
    }

    /// With more SMO plugins.
    pub(crate) fn with(more: impl FnOnce(&Registry<dyn SMOPlugin>, &Arc<ManualClock>)) -> Self {
        let clock = ManualClock::new();
        let time: Arc<dyn Clock> = Arc::clone(&clock) as _;
        Self::build(clock, Arc::new(MemoryStore::new(time)), more)
    }

    /// With a store that takes nothing.
    pub(crate) fn on_a_full_disk() -> Self {
        let clock = ManualClock::new();
        let store = Arc::new(FullDisk::new(Arc::clone(&clock) as _));
        Self::build(clock, store, |_, _| {})
    }

    fn build(
        clock: Arc<ManualClock>,
        store: Arc<dyn Store>,
        more: impl FnOnce(&Registry<dyn SMOPlugin>, &Arc<ManualClock>),
    ) -> Self {
        let onap = Orchestrator::new("onap", &clock, &[]);
        let osm = Orchestrator::new("osm", &clock, &[&o2_smo::op::DELETE_SERVICE_MODEL]);
        let plugins = Arc::new(Registry::<dyn SMOPlugin>::new());
        plugins
            .register(Arc::clone(&onap) as _, RegisterOptions::new().as_default())
            .unwrap();
        plugins.register(Arc::clone(&osm) as _, RegisterOptions::new()).unwrap();
        more(&plugins, &clock);

        let lists: &[&'static Operation] = &[
            &ims::LIST_DEPLOYMENT_MANAGERS,
            &ims::LIST_RESOURCE_POOLS,
            &ims::LIST_RESOURCES,
        ];
        let edge = Backend::new(Category::Ims, "edge", &clock, 10, lists);
        let core = Backend::new(Category::Ims, "core", &clock, 5, lists);
        let infrastructure = Arc::new(Registry::<dyn IMSPlugin>::new());
        infrastructure
            .register(Arc::clone(&edge) as _, RegisterOptions::new().as_default())
            .unwrap();
        infrastructure
            .register(Arc::clone(&core) as _, RegisterOptions::new())
            .unwrap();

        let lists: &[&'static Operation] = &[&dms::LIST_DEPLOYMENT_PACKAGES, &dms::LIST_DEPLOYMENTS];
        let helm = Backend::new(Category::Dms, "helm", &clock, 9, lists);
        let deployments = Arc::new(Registry::<dyn DMSPlugin>::new());
        deployments
            .register(Arc::clone(&helm) as _, RegisterOptions::new().as_default())
            .unwrap();

        let service = Arc::new(SmoService::new(
            federation(&plugins),
            federation(&infrastructure),
            federation(&deployments),
            store,
            Arc::clone(&clock) as _,
        ));
        Self {
            api: o2_smo::api::api(Arc::clone(&service)),
            clock,
            onap,
            osm,
            edge,
            core,
            helm,
            plugins,
            service,
        }
    }

    /// A request of nobody in particular.
    pub(crate) async fn call(&self, method: &str, target: &str, body: impl Into<Body>) -> Answer {
        self.call_as(None, method, target, body).await
    }

    /// A request for a tenant.
    pub(crate) async fn call_as(
        &self,
        tenant: Option<&str>,
        method: &str,
        target: &str,
        body: impl Into<Body>,
    ) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let located = self.api.locate(&format!("/o2smo/v1{path}")).unwrap();
        let located = located.unwrap_or_else(|| panic!("no route for {path}"));
        let method: Method = method.parse().unwrap();
        let route = located.route(&method).unwrap_or_else(|| panic!("no {method} {path}"));
        let mut exchange = Exchange::new(context(tenant), located.version, Arc::clone(&located.root));
        exchange.path = located.path.clone();
        exchange.params = Params::parse(query).unwrap();
        exchange.target = format!("/o2smo/v1{target}").parse().unwrap();
        exchange.body = body.into().0;
        exchange.page_limits = PageLimits { default: 10, max: 100 };
        let answer = Answer::of(located.call(route, exchange).await, located.info(route));
        if answer.status < 300 {
            assert_documented(located.info(route), &answer.body);
        }
        answer
    }
}

pub(crate) fn context(tenant: Option<&str>) -> Context {
    let context = Context::new("req-1");
    match tenant {
        Some(tenant) => context.with_tenant(tenant.into()),
        None => context,
    }
}

/// A request's body.
pub(crate) struct Body(Bytes);

impl From<()> for Body {
    fn from((): ()) -> Self {
        Self(Bytes::new())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self(Bytes::from(text))
    }
}

impl From<Value> for Body {
    fn from(value: Value) -> Self {
        Self(Bytes::from(value.to_string()))
    }
}

/// What came back, as a client sees it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
    /// The status that the route table promises.
    pub(crate) promised: u16,
}

impl Answer {
    fn of(outcome: Result<Reply>, route: &RouteInfo) -> Self {
        let response = match outcome {
            Ok(reply) => reply.into_response(),
            Err(error) => ProblemDetails::of(&error).into_response(),
        };
        let body = response.body();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: if body.is_empty() {
                Value::Null
            } else {
                serde_json::from_slice(body).unwrap()
            },
            promised: route.answer.status().as_u16(),
        }
    }

    /// The answer of a request that succeeded as its route promises.
    #[track_caller]
    pub(crate) fn good(self) -> Self {
        assert_eq!(self.status, self.promised, "{self:?}");
        self
    }

    /// Checks that the request failed, with this status, and with these words in its detail.
    #[track_caller]
    pub(crate) fn failed(&self, status: u16, words: &str) {
        let detail = self.body["detail"].as_str().unwrap_or_default();
        assert!(
            self.status == status && detail.contains(words),
            "expected {status} '{words}', got {self:?}"
        );
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// One attribute of every item of a list.
    pub(crate) fn items(&self, attribute: &str) -> Vec<&str> {
        let items = self.body["items"].as_array().unwrap();
        items.iter().map(|item| item[attribute].as_str().unwrap()).collect()
    }
}
