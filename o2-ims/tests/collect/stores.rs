//! Stores that fail: events are told late, and once.

use o2_core::collect::CollectorState;

use super::backend::Backend;
use super::world::{Failure, Outside, at_most};

#[test]
fn events_that_cannot_be_stored_are_told_later_and_reads_are_ahead() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    let world = outside.process(&backend);
    world.run(async {
        world.wait(5).await;
        world.told.fail([Failure::Refused; 4]);
        backend.put_pool("a", "1");
        world.wait(1).await;
        assert_eq!(
            (world.view().state, world.told.words().len()),
            (CollectorState::Behind, 0)
        );
        let reader = at_most(60);
        assert_eq!(world.pool(&reader, "a").await.unwrap().description, "1");
        assert!(reader.age().is_some(), "from memory");
        world.wait(60).await;
        assert_eq!(world.view().state, CollectorState::Current);
    });
    assert_eq!(world.told.words(), ["Created a=1"]);
}

#[test]
fn a_commit_whose_answer_is_lost_is_not_repeated() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    let world = outside.process(&backend);
    world.run(async {
        world.wait(5).await;
        world.told.fail([Failure::Unanswered]);
        backend.put_pool("a", "1");
        world.wait(60).await;
        backend.put_pool("a", "2");
        world.wait(60).await;
    });
    assert_eq!(world.told.words(), ["Created a=1", "Updated a=2"]);
}
