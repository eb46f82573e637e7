//! The end of deliveries.

use futures::executor::block_on;
use o2_core::ports::Clock;
use o2_testkit::webhook::Refusal;

use crate::world::{SECOND, sequences, world};

#[test]
fn requests_under_way_are_waited_for_and_nothing_new_is_begun() {
    let mut world = world();
    world.settings.timeout = 5 * SECOND;
    let sink = world.subscribe("a");
    sink.refuse(1, Refusal::Silence);
    world.publish(3);
    block_on(world.deliveries().run(world.clock.sleep(SECOND)));
    assert_eq!(world.clock.monotonic(), 5 * SECOND);
    assert_eq!((sink.attempts().len(), world.keys("outbox/").len()), (1, 3));
    assert_eq!(world.keys("delivery/").len(), 1, "the failure is remembered");
    world.deliver_for(20 * SECOND);
    assert_eq!(sequences(&sink), [1, 2, 3]);
    assert_eq!(
        world.times(&sink),
        [0, 6, 6, 6],
        "5 s of silence, 1 s of waiting, and no lease to wait for"
    );
}

#[test]
fn the_wait_has_a_limit() {
    let world = world();
    let sink = world.subscribe("a");
    sink.refuse(1, Refusal::Silence);
    world.publish(1);
    block_on(world.deliveries().run(world.clock.sleep(SECOND)));
    assert_eq!(world.clock.monotonic(), 11 * SECOND, "10 s");
    world.while_delivering(async {
        sink.delivery(1, SECOND).await;
    });
}

#[test]
fn nothing_to_do_ends_at_once() {
    let world = world();
    block_on(world.deliveries().run(std::future::ready(())));
    assert_eq!(world.clock.monotonic(), std::time::Duration::ZERO);
    assert_eq!(world.keys(""), [""; 0]);
}
