//! Backends that push their changes.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_core::collect::CollectorState;
use o2_core::context::Consistency;

use super::backend::Backend;
use super::world::{World, at_most};

#[test]
fn what_is_there_is_told_to_nobody_and_every_change_once() {
    let backend = Backend::watched("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        assert!(world.told.words().is_empty());
        backend.put_pool("a", "2");
        backend.put_pool("b", "1");
        backend.put_pool("a", "3");
        backend.delete_pool("b");
        world.wait(5).await;
        let view = world.view();
        assert_eq!((view.mode, view.state), ("watch", CollectorState::Current));
        assert_eq!((view.events, view.objects["resourcePool"], backend.lists()), (4, 1, 1));
    });
    let expected = ["Updated a=2", "Created b=1", "Updated a=3", "Deleted b"];
    assert_eq!(world.told.words(), expected);
}

#[test]
fn lists_may_be_as_old_as_the_watch_that_was_opened_for_them() {
    let backend = Backend::watched("edge");
    let world = World::new(&backend);
    backend.opens_within(&world.clock, Duration::from_secs(3));
    world.run(async { world.wait(700).await });
    let ages = [3, 0].map(|seconds| Consistency::AtMost(Duration::from_secs(seconds)));
    assert_eq!(backend.ages(), ages, "the first one, and the one after ten minutes");
}

#[test]
fn what_changes_while_the_first_list_is_taken_is_in_the_list_and_not_told_again() {
    let backend = Backend::watched("edge");
    backend.put_pool("a", "1");
    backend.during_list(|backend| {
        backend.put_pool("a", "2");
        backend.put_pool("a", "3");
        backend.put_pool("b", "1");
        backend.delete_pool("b");
    });
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.put_pool("a", "4");
        world.wait(5).await;
    });
    let words = world.told.words();
    assert_eq!(words.last().unwrap(), "Updated a=4");
    assert!(
        !words.iter().any(|word| word.contains("a=2") || word.contains("a=3")),
        "{words:?}"
    );
}

#[test]
fn a_broken_watch_goes_on_where_it_was() {
    let backend = Backend::watched("edge");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.put_pool("a", "1");
        world.wait(5).await;
        backend.break_watches();
        backend.put_pool("a", "2");
        world.wait(5).await;
    });
    assert_eq!(world.told.words(), ["Created a=1", "Updated a=2"]);
    assert_eq!(backend.resumed(), [None, Some("1".to_owned())]);
    assert_eq!(backend.lists(), 1, "there is no need to list again");
}

#[test]
fn what_the_backend_has_forgotten_is_found_by_a_list() {
    let backend = Backend::watched("edge");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.put_pool("a", "1");
        backend.put_pool("b", "1");
        world.wait(5).await;
        backend.break_watches();
        backend.put_pool("a", "2");
        backend.delete_pool("b");
        backend.forget();
        world.wait(5).await;
        backend.put_pool("c", "1");
        world.wait(5).await;
    });
    let expected = ["Created a=1", "Created b=1", "Updated a=2", "Deleted b", "Created c=1"];
    assert_eq!(world.told.words(), expected);
}

#[test]
fn a_list_now_and_then_heals_what_the_watch_missed() {
    let backend = Backend::watched("edge");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.put_silently("a", "1");
        world.wait(60).await;
        assert!(world.told.words().is_empty());
        world.wait(600).await;
    });
    assert_eq!(world.told.words(), ["Created a=1"]);
}

#[test]
fn a_storm_of_errors_deletes_nothing_and_is_survived() {
    let backend = Backend::watched("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(5).await;
        backend.fails(Some(ErrorKind::Unavailable));
        backend.break_watches();
        backend.put_pool("a", "2");
        world.wait(1000).await;
        let view = world.view();
        assert_eq!((view.state, view.objects["resourcePool"]), (CollectorState::Failing, 1));
        assert_eq!(view.last_error.as_deref(), Some("the backend has trouble"));
        backend.fails(None);
        world.wait(310).await;
        assert_eq!(world.view().state, CollectorState::Current);
    });
    assert_eq!(world.told.words(), ["Updated a=2"]);
}

#[test]
fn collectors_that_are_not_run_keep_nothing_right_and_can_be_run_again() {
    let backend = Backend::watched("edge");
    let world = World::new(&backend);
    world.run(world.wait(5));
    futures::executor::block_on(world.wait(100));
    backend.put_pool("a", "1");
    let reader = at_most(60);
    futures::executor::block_on(world.pool(&reader, "a")).unwrap();
    assert_eq!(reader.age(), None, "what is known is too old");
    world.run(world.wait(5));
    assert_eq!(world.told.words(), ["Created a=1"]);
}
