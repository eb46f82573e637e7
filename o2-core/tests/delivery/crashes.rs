//! Processes that die at any point. Whatever happens, everybody hears of everything, in order, and what comes twice comes
//! with the same id.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use futures::future::select;
use o2_core::ports::Clock;
use o2_core::store::Store;
use o2_testkit::ManualClock;
use o2_testkit::crash_store::{CrashPoint, CrashStore};
use o2_testkit::webhook::{Refusal, WebhookSink};
use proptest::prelude::*;

use crate::world::{MINUTE, SECOND, World, sequence, subscription};

const SUBSCRIBERS: usize = 3;
const EVENTS: u64 = 6;

/// How a run of deliveries ends.
#[derive(Debug, Clone)]
enum End {
    Crash(CrashPoint),
    Drop(Duration),
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        (1_u64..30).prop_map(|number| End::Crash(CrashPoint::BeforeCommit(number))),
        (1_u64..30).prop_map(|number| End::Crash(CrashPoint::AfterCommit(number))),
        (1_u64..80).prop_map(|number| End::Crash(CrashPoint::BeforeOperation(number))),
        (0_u64..40_000).prop_map(|millis| End::Drop(Duration::from_millis(millis))),
    ]
}

fn refusal() -> impl Strategy<Value = (usize, Refusal)> {
    let how = prop_oneof![
        Just(Refusal::Unreachable),
        Just(Refusal::Silence),
        Just(Refusal::Status {
            status: 503,
            retry_after: Some(7)
        }),
    ];
    (0_usize..3, how)
}

fn check(sinks: &[Arc<WebhookSink>]) {
    for sink in sinks {
        let problems = sink.out_of_order(subscription, sequence);
        assert!(problems.is_empty(), "{problems:?}");
        let mut ids = std::collections::BTreeMap::new();
        for delivery in sink.deliveries() {
            let id = delivery.request.header("webhook-id").unwrap().to_owned();
            let known = ids.entry(sequence(&delivery)).or_insert_with(|| id.clone());
            assert_eq!(*known, id, "a repetition has the same id");
        }
        assert_eq!(
            ids.keys().copied().collect::<Vec<_>>(),
            (1..=EVENTS).collect::<Vec<_>>(),
            "everything came"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn everybody_hears_of_everything_in_order_whenever_processes_die(
        ends in prop::collection::vec(end(), 1..5),
        refusals in prop::collection::vec(refusal(), SUBSCRIBERS),
        in_memory in 1_usize..5,
    ) {
        let clock = ManualClock::auto();
        let mut store = CrashStore::new(Arc::clone(&clock) as Arc<dyn Clock>);
        let mut world = World::on(clock, Arc::clone(&store) as Arc<dyn Store>);
        world.settings.in_memory = in_memory;
        let sinks: Vec<_> = (0..SUBSCRIBERS).map(|number| world.subscribe(&format!("s{number}"))).collect();
        for (sink, (count, how)) in sinks.iter().zip(refusals) {
            sink.refuse(count, how);
        }
        world.publish(EVENTS as usize / 2);
        for (round, end) in ends.into_iter().enumerate() {
            let time = match end {
                End::Crash(point) => {
                    store.crash_at(point);
                    40 * SECOND
                }
                End::Drop(time) => time,
            };
            let deliveries = world.deliveries();
            let run = std::pin::pin!(deliveries.run(std::future::pending()));
            block_on(select(run, std::pin::pin!(world.clock.sleep(time))));
            store = store.restart();
            world = world.with_store(Arc::clone(&store) as Arc<dyn Store>);
            if round == 0 {
                world.publish(EVENTS as usize / 2);
            }
        }
        world.deliver_for(3 * MINUTE);
        check(&sinks);
        prop_assert_eq!(world.keys("outbox/"), [""; 0]);
        prop_assert_eq!(world.keys("delivery/"), [""; 0]);
        prop_assert_eq!(world.keys("deadletter/"), [""; 0]);
    }
}
