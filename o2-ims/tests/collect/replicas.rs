//! Several processes on one store.

use super::backend::Backend;
use super::world::{Outside, at_most};

#[test]
fn one_of_two_tells_and_both_know() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    let (one, other) = (outside.process(&backend), outside.process(&backend.again()));
    one.run(other.collecting(async {
        one.wait(5).await;
        backend.put_pool("a", "1");
        one.wait(15).await;
        for world in [&one, &other] {
            let reader = at_most(60);
            assert_eq!(world.pool(&reader, "a").await.unwrap().description, "1");
            assert_eq!(reader.age().map(|age| age.as_secs()), Some(0));
        }
        assert_ne!(one.view().leads, other.view().leads);
    }));
    assert_eq!(outside.told.words(), ["Created a=1"]);
}

#[test]
fn whoever_takes_over_tells_what_the_other_one_has_not_told() {
    let outside = Outside::lasting();
    let backend = Backend::watched("edge");
    let (one, other) = (outside.process(&backend), outside.process(&backend.again()));
    futures::executor::block_on(other.collecting(async {
        // The first one to ask leads; it dies without farewell.
        other.wait(5).await;
        backend.put_pool("a", "1");
        other.wait(5).await;
        assert!(other.view().leads);
    }));
    backend.put_pool("a", "2");
    one.run(async {
        one.wait(5).await;
        assert!(!one.view().leads, "the lease of the dead one has not ended");
        backend.put_pool("a", "3");
        one.wait(10).await;
        assert!(one.view().leads, "others take over within the lease time");
        backend.put_pool("a", "4");
        one.wait(5).await;
    });
    let expected = ["Created a=1", "Updated a=2", "Updated a=3", "Updated a=4"];
    assert_eq!(outside.told.words(), expected);
}

#[test]
fn who_ends_well_gives_the_lease_back() {
    let outside = Outside::lasting();
    let backend = Backend::polled("edge");
    let one = outside.process(&backend);
    futures::executor::block_on(one.collectors.run(one.wait(5)));
    let other = outside.process(&backend);
    other.run(async {
        other.wait(2).await;
        assert!(other.view().leads);
    });
}
