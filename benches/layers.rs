//! What the layers around a plugin cost a call.

use std::sync::Arc;
use std::time::Duration;

use o2::adapters::rt::TokioClock;
use o2::core::identity::{Principal, Role};
use o2::core::layer::Layered;
use o2::core::layers::{LayerStack, Position, StaticQuotas};
use o2::core::plugin::{Health, Plugin, PluginInfo};
use o2::core::ports::NoAudit;
use o2::core::{Capabilities, Category, Context, Result, Timestamp, async_trait};
use o2::ims::{IMSPlugin, Resource, ResourceId, op};

use crate::support::{Bench, Case, Floor, Report};

const LIMIT: f64 = 3_000.0;

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let plugin: Arc<dyn IMSPlugin> = Arc::new(OneResource::new());
    let stack = LayerStack::new(Arc::new(TokioClock::new())).with_quotas(Arc::new(StaticQuotas::new()));
    let none = Layered::new(Arc::clone(&plugin), []);
    let standard = layered(&plugin, &stack.clone().with_audit(Arc::new(NoAudit), false));
    let audited = layered(&plugin, &stack.with_audit(Arc::new(NoAudit), true));

    // As the gateway makes it: for somebody, for a tenant, until a deadline.
    let ann = Principal::new("ann", Some("smo-alpha".into()), vec![Role::platform_admin()]);
    let context = Context::for_principal("bench-1", Arc::new(ann)).with_deadline(Duration::from_secs(3600));
    let (context, id) = (&context, &ResourceId::new("r-1"));
    let [bare, none, standard, audited] = bench.measure([
        Case::awaiting(bench, "the plugin", || plugin.get_resource(context, id)),
        Case::awaiting(bench, "0 layers", || none.get_resource(context, id)),
        Case::awaiting(bench, "11 layers", || standard.get_resource(context, id)),
        Case::awaiting(bench, "11 layers, reads audited too", || {
            audited.get_resource(context, id)
        }),
    ]);
    report.floor(Floor::at_most("11 layers, a read", LIMIT, standard.best - none.best));
    report.floor(Floor::at_most(
        "11 layers, an audited call",
        LIMIT,
        audited.best - none.best,
    ));
    report.table("A plugin call through layers", &[none, bare, standard, audited]);
}

fn layered(plugin: &Arc<dyn IMSPlugin>, stack: &LayerStack) -> Layered<dyn IMSPlugin> {
    let layers = stack.build(plugin.info()).layers;
    assert_eq!(layers.len(), Position::ALL.len());
    Layered::new(Arc::clone(plugin), layers)
}

/// A plugin that does nothing but answer.
#[derive(Debug)]
struct OneResource {
    info: PluginInfo,
    capabilities: Capabilities,
    resource: Arc<Resource>,
}

impl OneResource {
    fn new() -> Self {
        Self {
            info: PluginInfo::new(Category::Ims, "one", "one", "1").expect("the name is right"),
            capabilities: Capabilities::new(op::ALL.iter().copied()),
            resource: Arc::new(Resource::new("r-1", "type-1", "pool-1")),
        }
    }
}

#[async_trait]
impl Plugin for OneResource {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl IMSPlugin for OneResource {
    async fn get_resource(&self, _: &Context, _: &ResourceId) -> Result<Arc<Resource>> {
        Ok(Arc::clone(&self.resource))
    }
}
