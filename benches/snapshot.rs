//! What is known of plugins: how much memory it takes, how long keeping it up to date takes, and what it spares readers.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, pending, select};
use http::Request;
use http::header::CACHE_CONTROL;
use o2::Gateway;
use o2::adapters::rt::TokioClock;
use o2::core::Category;
use o2::core::collect::{CollectSettings, CollectorState, Collectors, EventSink};
use o2::core::event::ChangeEvent;
use o2::core::metrics::Metrics;
use o2::core::ports::Clock;
use o2::core::store::{Batch, MemoryStore, Revision};
use o2::ims::Inventory;

use crate::memory::resident;
use crate::support::world::{SOME_ID, gateway};
use crate::support::{Bench, Case, Report};

/// For how long lists are repeated at most.
const LONGEST: Duration = Duration::from_secs(10);

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let nodes = bench.scale(100_000);
    let large = gateway(1, nodes);
    let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
    let collectors = collectors(&large, &clock);
    let began = clock.monotonic();
    bench.wait(collect(&collectors, &*clock, Duration::ZERO));
    let first = clock.monotonic() - began;
    let per_object = memory(bench, &clock, nodes);

    let calls = calls(&large);
    let began = clock.monotonic();
    bench.wait(collect(&collectors, &*clock, (first * 10).min(LONGEST)));
    let lists = (self::calls(&large) - calls) as f64 / calls as f64;
    let again = (clock.monotonic() - began).as_secs_f64() / lists.max(1.0);
    report.facts(
        "What is known of plugins",
        &[
            ("resources, each with 3 to 7 parts", nodes.to_string()),
            ("memory for each, beside the object", format!("{per_object} bytes")),
            (
                "first list of everything",
                format!("{:.0} ms", first.as_secs_f64() * 1e3),
            ),
            (
                "list of everything that finds no change",
                format!("{:.0} ms", again * 1e3),
            ),
        ],
    );
    read(bench, report, &large);
}

/// How many bytes knowing an object takes. Making a backend leaves free memory behind, which the first who collect use up:
/// the later ones tell.
fn memory(bench: &Bench, clock: &Arc<dyn Clock>, nodes: u32) -> u64 {
    const WARM: usize = 2;
    const COUNTED: usize = 2;
    let backends: Vec<_> = (0..WARM + COUNTED).map(|_| gateway(1, nodes)).collect();
    let mut before = 0;
    let mut all = Vec::new();
    for (number, backend) in backends.iter().enumerate() {
        if number == WARM {
            before = resident();
        }
        let collectors = collectors(backend, clock);
        bench.wait(collect(&collectors, &**clock, Duration::ZERO));
        all.push(collectors);
    }
    resident().saturating_sub(before) / (COUNTED as u64 * u64::from(nodes))
}

/// The same questions to what is known and to the backend.
fn read(bench: &Bench, report: &mut Report, large: &Gateway) {
    let ask = |target: &str, cache_control: &str| {
        let request = Request::get(target).header(CACHE_CONTROL, cache_control);
        let request = request.body(bytes::Bytes::new()).expect("the target is right");
        let answer = bench.wait(large.handle(request.clone()));
        assert_eq!(answer.status(), 200, "{:?}", answer.body());
        assert_eq!(answer.headers().contains_key("age"), cache_control != "no-cache");
        request
    };
    let resource = bench.wait(large.handle(ask(&format!("/o2ims/v2/resources/{SOME_ID}"), "no-cache")));
    let resource: serde_json::Value = serde_json::from_slice(resource.body()).expect("it is JSON");
    let pool = resource["resourcePoolId"].as_str().expect("it is in a pool");
    for (title, target) in [
        ("Get by id", format!("/o2ims/v2/resources/{SOME_ID}")),
        (
            "Ten resources of a pool",
            format!("/o2ims/v2/resources?filter=(eq,resourcePoolId,{pool})&limit=10"),
        ),
        (
            "The resource with a name",
            format!("/o2ims/v2/resources?filter=(eq,name,{SOME_ID})"),
        ),
    ] {
        let (known, live) = (&ask(&target, "max-age=86400"), &ask(&target, "no-cache"));
        let figures = bench.measure([
            Case::awaiting(bench, "from the backend in memory", || large.handle(live.clone())),
            Case::awaiting(bench, "from what is known", || large.handle(known.clone())),
        ]);
        report.table(&format!("{title}, of 100 000 resources"), &figures);
    }
}

/// Collectors that list again at once.
fn collectors(gateway: &Gateway, clock: &Arc<dyn Clock>) -> Collectors {
    let mut settings = CollectSettings::default();
    settings.resync = Duration::from_millis(1);
    settings.indexes.insert("resource".to_owned(), vec!["name".to_owned()]);
    let store = Arc::new(MemoryStore::new(Arc::clone(clock)));
    Collectors::new(Arc::clone(clock), store, Arc::new(Nowhere), settings, Metrics::new())
        .collect(Category::Ims, gateway.ims().plugins(), Arc::new(Inventory::new()))
        .expect("there is such an index")
}

/// Runs the collectors until everything is known, and so much longer.
async fn collect(collectors: &Collectors, clock: &dyn Clock, longer: Duration) {
    let known = async {
        loop {
            clock.sleep(Duration::from_millis(1)).await;
            let views = collectors.views();
            if !views.is_empty() && views.iter().all(|view| view.state == CollectorState::Current) {
                return clock.sleep(longer).await;
            }
        }
    };
    select(Box::pin(collectors.run(pending())), Box::pin(known)).await;
}

/// How often the plugins have been called.
fn calls(gateway: &Gateway) -> u64 {
    let plugins = gateway.ims().plugins().registry().all();
    plugins.iter().map(|plugin| plugin.statistics().usage().calls).sum()
}

#[derive(Debug)]
struct Nowhere;

impl EventSink for Nowhere {
    fn publish(&self, _: Vec<ChangeEvent>, _: Batch) -> BoxFuture<'_, o2::Result<Revision>> {
        async { Ok(Revision::default()) }.boxed()
    }
}
