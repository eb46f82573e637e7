//! Drawings that take their time.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A drawing that takes its time, and counts how often it was made.
struct Slow {
    all: All,
    clock: Arc<ManualClock>,
    drawn: Arc<AtomicUsize>,
}

impl Drawing<Shown> for Slow {
    fn sources(&self) -> Vec<Arc<dyn Source>> {
        self.all.sources()
    }

    fn needed(&self) -> usize {
        1
    }

    fn draw(&mut self) -> Vec<Shown> {
        self.clock.advance(Duration::from_millis(20));
        self.drawn.fetch_add(1, Ordering::Relaxed);
        self.all.draw()
    }
}

#[tokio::test]
async fn what_comes_while_a_drawing_has_to_wait_is_told_with_the_next_one() {
    let world = World::new();
    let drawn = Arc::new(AtomicUsize::new(0));
    let slow = Slow {
        all: All(vec![world.cluster.cache(&CONFIG_MAPS, &Scope::all())]),
        clock: world.clock.clone(),
        drawn: Arc::clone(&drawn),
    };
    let mut stream = watch(&Arc::new(Changes::new(slow, world.clock.clone()))).await.unwrap();
    (0..100).for_each(|number| world.put(&format!("a-{number}"), "1"));
    let began = world.clock.monotonic();
    assert_eq!(stream.by_ref().take(100).count().await, 100);
    let took = world.clock.monotonic().saturating_sub(began);
    assert!(took < Duration::from_secs(2), "told after {took:?}");
    let drawn = drawn.load(Ordering::Relaxed);
    assert!(drawn < 20, "drawn {drawn} times");
}
