//! Which of a hundred rules gets a call.

use std::sync::Arc;

use o2::core::plugin::{Health, Plugin, PluginInfo};
use o2::core::registry::{RegisterOptions, Registry};
use o2::core::router::{Conditions, Facts, Router, RoutingTable, Rule};
use o2::core::{Capabilities, Category, Context, Extensions, Labels, Timestamp, async_trait};
use o2::ims::op;

use crate::support::{Bench, Case, Floor, Report};

const LIMIT: f64 = 200.0;

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let router = router();
    let labels = |site: &str| labels([("role", "compute"), ("site", site), ("zone", "a")]);
    let hardware = |model: &str| Extensions::from_iter([("hardware.model".to_owned(), model.into())]);
    let (site, other_site) = (labels("site-24"), labels("site-900"));
    let (model, other_model) = (hardware("model-24"), hardware("model-900"));
    let pool = Facts::of(&op::CREATE_RESOURCE_POOL)
        .with_labels(&other_site)
        .with_extensions(&other_model);

    let figures = bench.measure([
        route(&router, "label", pool.with_labels(&site), Some("site-24")),
        route(
            &router,
            "beginning of the location",
            pool.with_location("dc-24-rack-4"),
            Some("dc-24"),
        ),
        route(&router, "extension", pool.with_extensions(&model), Some("model-24")),
        route(
            &router,
            "none, so the default plugin",
            pool.with_location("dc-90-rack-4"),
            None,
        ),
        route(
            &router,
            "none, nothing known but the object",
            Facts::of(&op::LIST_RESOURCE_POOLS),
            None,
        ),
    ]);
    report.table("Route among 100 rules; the one that matches is on", &figures);
    let slowest = figures.iter().map(|figure| figure.best).fold(0.0, f64::max);
    report.floor(Floor::at_most(
        "route among 100 rules, the slowest case",
        LIMIT,
        slowest,
    ));
}

fn route<'a>(router: &'a Router<dyn Plugin>, name: &str, facts: Facts<'a>, expected: Option<&str>) -> Case<'a> {
    let routed = router.route(&facts).expect("somebody gets the call");
    assert_eq!(
        routed.decision.rule().map(|rule| rule.name.as_str()),
        expected,
        "{name}"
    );
    Case::new(name, move || router.route(&facts).is_ok())
}

/// A quarter of the rules looks at labels, one at locations, one at extensions, one at tenants.
fn router() -> Router<dyn Plugin> {
    let registry = Registry::new();
    for number in 0..4 {
        let options = RegisterOptions::new();
        let options = if number == 0 { options.as_default() } else { options };
        registry
            .register(Arc::new(Idle::new(number)) as Arc<dyn Plugin>, options)
            .expect("names differ");
    }
    let mut table = RoutingTable::new();
    for number in 0..25 {
        let any = Conditions::new;
        for (name, conditions) in [
            (
                format!("site-{number}"),
                any().with_label("site", format!("site-{number}")),
            ),
            (
                format!("dc-{number}"),
                any().with_location_prefix(format!("dc-{number}-")),
            ),
            (
                format!("model-{number}"),
                any().with_extension("hardware.model", format!("model-{number}")),
            ),
            (
                format!("tenant-{number}"),
                any().with_tenant(format!("tenant-{number}")),
            ),
        ] {
            let rule = Rule::new(name, format!("plugin-{}", number % 4)).with_priority(100 - number);
            table = table.with_rule(rule.with_object("resourcePool").with_conditions(conditions));
        }
    }
    Router::new(Arc::new(registry), table)
}

fn labels<const N: usize>(labels: [(&str, &str); N]) -> Labels {
    labels
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// A plugin that is only there to be chosen.
#[derive(Debug)]
struct Idle {
    info: PluginInfo,
    capabilities: Capabilities,
}

impl Idle {
    fn new(number: i64) -> Self {
        let info = PluginInfo::new(Category::Ims, "idle", &format!("plugin-{number}"), "1").expect("the name is right");
        Self {
            info,
            capabilities: Capabilities::new(op::ALL.iter().copied()),
        }
    }
}

#[async_trait]
impl Plugin for Idle {
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
