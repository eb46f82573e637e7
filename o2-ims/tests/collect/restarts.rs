//! Processes that end and begin again.

use std::collections::BTreeSet;

use super::backend::Backend;
use super::world::{Outside, any_age, at_most};

#[test]
fn what_changed_while_nobody_watched_is_told_by_the_watch() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    let first = outside.process(&backend);
    first.run(async {
        first.wait(5).await;
        backend.put_pool("a", "1");
        first.wait(5).await;
    });
    backend.put_pool("a", "2");
    backend.put_pool("a", "3");
    let second = outside.process(&backend);
    second.run(second.wait(60));
    assert_eq!(outside.told.words(), ["Created a=1", "Updated a=2", "Updated a=3"]);
    assert_eq!(backend.resumed().last().unwrap().as_deref(), Some("1"));
}

#[test]
fn what_changed_while_nobody_looked_is_found_by_comparing() {
    let outside = Outside::lasting();
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    backend.put_pool("b", "1");
    let first = outside.process(&backend);
    first.run(first.wait(5));
    backend.put_pool("a", "2");
    backend.delete_pool("b");
    backend.put_pool("c", "1");
    let second = outside.process(&backend);
    second.run(second.wait(60));
    assert_eq!(outside.told.words(), ["Updated a=2", "Created c=1", "Deleted b"]);
}

#[test]
fn what_was_known_is_read_at_once_with_its_true_age() {
    let outside = Outside::lasting();
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let first = outside.process(&backend);
    first.run(first.wait(5));
    backend.fails(Some(o2_core::ErrorKind::Unavailable));
    let second = outside.process(&backend);
    second.run(async {
        second.wait(300).await;
        let reader = any_age();
        assert_eq!(second.pool(&reader, "a").await.unwrap().description, "1");
        let age = reader.age().unwrap().as_secs();
        assert!((300..=310).contains(&age), "{age}");
        let reader = at_most(60);
        assert_eq!(second.pool(&reader, "a").await.unwrap().description, "1");
        assert_eq!(reader.stale()[0].1, o2_core::ErrorKind::Unavailable);
    });
    assert!(outside.told.words().is_empty());
}

#[test]
fn without_a_store_that_lasts_a_new_process_tells_nothing_of_before() {
    let outside = Outside::forgetful();
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let first = outside.process(&backend);
    first.run(first.wait(5));
    backend.put_pool("a", "2");
    let second = outside.process(&backend);
    second.run(second.wait(60));
    assert!(outside.told.words().is_empty());
}

#[test]
fn what_a_store_has_forgotten_is_told_again_with_the_same_ids() {
    for backend in [Backend::watched("edge"), Backend::polled("edge")] {
        let outside = Outside::lasting();
        backend.put_pool("a", "1");
        let first = outside.process(&backend);
        let before = first.run(async {
            first.wait(5).await;
            backend.put_pool("a", "2");
            first.wait(90).await;
            let before = outside.as_of_now();
            backend.put_pool("a", "3");
            backend.put_pool("b", "1");
            first.wait(90).await;
            before
        });
        let second = before.process(&backend);
        second.run(second.wait(90));
        let told = |outside: &Outside| -> Vec<_> {
            let events = outside.told.events.lock().unwrap();
            events
                .iter()
                .map(|event| (event.id.to_string(), event.word()))
                .collect()
        };
        let (known, again) = (told(&outside), told(&before));
        assert_eq!((known.len(), again.len()), (3, 2));
        assert_eq!(known[1..], again);
    }
}

#[test]
fn the_same_change_at_another_time_is_another_event() {
    for make in [Outside::lasting, Outside::forgetful] {
        for backend in [Backend::watched("edge"), Backend::polled("edge")] {
            let outside = make();
            let process = outside.process(&backend);
            process.run(async {
                process.wait(5).await;
                for text in ["1", "2", "1", "2"] {
                    backend.put_pool("a", text);
                    process.wait(90).await;
                }
                backend.delete_pool("a");
                process.wait(90).await;
                backend.put_pool("a", "1");
                process.wait(90).await;
            });
            let events = outside.told.events.lock().unwrap();
            let ids: BTreeSet<_> = events.iter().map(|event| event.id.clone()).collect();
            assert_eq!((events.len(), ids.len()), (6, 6));
        }
    }
}
