//! What an event costs: finding the subscriptions that it concerns.

use std::sync::Arc;

use o2::core::event::{ChangeEvent, EventKind, Subject};
use o2::core::model::Change;
use o2::core::query::PageLimits;
use o2::core::store::{MemoryStore, Store};
use o2::core::subscription::{Created, Interest, Matcher, NewSubscription, Subjects, Subscription, Subscriptions};
use o2::core::{Context, PluginId, Timestamp};
use o2::dms::Deployment;
use o2::ims::{Resource, ResourcePool};
use o2_testkit::ManualClock;
use o2_testkit::fixtures::ims;
use serde_json::{Value, json};

use crate::support::{Bench, Case, Floor, Report};

/// How many subscriptions there are.
const MANY: u32 = 100_000;
/// The most nanoseconds that one event may take among them.
const LIMIT: f64 = 20_000.0;

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let (subscriptions, matcher) = subscribed(bench, bench.scale(MANY));
    let interests: Vec<_> = subscriptions
        .iter()
        .map(|subscription| Interest::of(subscription, &subjects()).expect("the filter is right"))
        .collect();
    let event = event();
    let asked = interests.iter().filter(|interest| interest.concerns(&event)).count();
    assert_eq!(matcher.matching(&event).subscriptions.len(), asked);
    let figures = bench.measure([
        Case::new("ask every subscription", || {
            interests.iter().filter(|interest| interest.concerns(&event)).count()
        }),
        Case::new(format!("look them up; {asked} are concerned"), || {
            matcher.matching(&event)
        }),
    ]);
    report.table("Finding the subscriptions that an event concerns, of 100 000", &figures);
    let [all, index] = &figures;
    report.floor(Floor::faster(
        "an event, against asking every subscription",
        100.0,
        index,
        all,
    ));
    report.floor(Floor::at_most(
        "an event among 100 000 subscriptions",
        LIMIT,
        index.best,
    ));
}

fn subjects() -> Subjects {
    Subjects::new()
        .with::<ResourcePool>()
        .with::<Resource>()
        .with::<Deployment>()
}

fn event() -> ChangeEvent {
    let (pool, kind) = (ims::resource_pool("pool-7"), ims::resource_type("type-7"));
    let before = ims::resource("resource-7", &pool, &kind);
    let mut after = before.clone();
    after.description = "another one".into();
    let [before, after] = [before, after].map(|state| Arc::new(state) as Arc<dyn Subject>);
    let change = Change::updated(before, after, Timestamp::UNIX_EPOCH, "");
    ChangeEvent::of(PluginId::new("memory"), EventKind::Updated, change)
}

/// Subscriptions of many kinds, and a matcher that knows them.
fn subscribed(bench: &Bench, count: u32) -> (Vec<Arc<Subscription>>, Matcher) {
    let clock = ManualClock::new();
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    let subscriptions = Subscriptions::new(Arc::clone(&store), clock.clone(), PageLimits::default());
    let context = Context::new("bench");
    let all = (0..count).map(|number| {
        let mut new = NewSubscription::to(format!("https://smo-{number}.example.com/notify"));
        new.filter = serde_json::from_value(filter(number)).expect("the filter is right");
        match bench.wait(subscriptions.create(&context, new)) {
            Ok(Created::New(subscription)) => subscription,
            other => unreachable!("{other:?}"),
        }
    });
    let all = all.collect();
    let matcher = Matcher::new(store, clock, subjects());
    bench.wait(matcher.load()).expect("the store is there");
    (all, matcher)
}

fn filter(number: u32) -> Value {
    match number % 10 {
        0..=3 => json!({"resourcePoolId": format!("pool-{}", number / 10 % 10_000)}),
        4 | 5 => json!({"resourceId": format!("resource-{}", number / 10)}),
        6 => json!({"labels": {"cell": format!("c{number}")}, "eventTypes": ["ResourceUpdated"]}),
        7 => json!(format!("(eq,extensions/rack,{number});(gt,extensions/cpu,32)")),
        8 => json!({"deploymentId": format!("d{number}")}),
        _ => json!(format!(
            "(eq,objectType,ResourceInfo);(eq,resourceTypeId,type-{number});(neq,description,x)"
        )),
    }
}
