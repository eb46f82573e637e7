//! What readers see: how old, from where, and with which warnings.

use std::sync::Arc;

use o2_core::ports::Clock;
use o2_core::query::{PageLimits, Query, Sort};
use o2_core::subscription::Subscriptions;
use o2_core::{Context, ErrorKind};
use o2_ims::{ImsService, NewResourcePool, OCloudInfo};
use o2_testkit::ManualClock;

use super::backend::Backend;
use super::world::{World, any_age, at_most, texts};

fn seconds(context: &Context) -> Option<u64> {
    context.age().map(|age| age.as_secs())
}

#[test]
fn a_watched_plugin_is_read_from_memory_and_a_polled_one_while_it_is_fresh() {
    for (backend, age) in [(Backend::watched("edge"), 0), (Backend::polled("edge"), 20)] {
        backend.put_pool("a", "1");
        let world = World::new(&backend);
        world.run(async {
            world.wait(20).await;
            let (lists, gets) = (backend.lists(), backend.gets());
            let reader = at_most(30);
            assert_eq!(world.pools(&reader, &Query::new()).await.unwrap().total, Some(1));
            world.pool(&reader, "a").await.unwrap();
            assert_eq!((backend.lists(), backend.gets()), (lists, gets));
            assert!(seconds(&reader).unwrap() <= age);
        });
    }
}

#[test]
fn what_is_too_old_and_what_is_not_known_is_asked_for() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(10).await;
        backend.put_pool("a", "2");
        backend.put_pool("b", "1");
        for (reader, text) in [(at_most(5), "2"), (Context::new("live"), "2"), (at_most(30), "1")] {
            assert_eq!(world.pool(&reader, "a").await.unwrap().description, text);
            assert_eq!(reader.age().is_some(), text == "1");
        }
        assert_eq!(world.pool(&at_most(30), "b").await.unwrap().description, "1");
        let missing = world.pool(&at_most(30), "c").await.unwrap_err();
        assert!(missing.is(ErrorKind::NotFound));
    });
}

#[test]
fn a_backend_that_does_not_answer_is_shown_as_it_was_known_with_a_warning() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(10).await;
        backend.fails(Some(ErrorKind::Unavailable));
        world.wait(100).await;
        for sort in ["", "-name"] {
            let query = Query::new().with_sort(Sort::parse(sort).unwrap());
            let listing = world.pools(&at_most(60), &query).await.unwrap();
            assert_eq!(texts(&listing)["a"], "1");
            assert_eq!(
                (listing.failures.to_string().as_str(), listing.total),
                ("edge=unavailable", Some(1))
            );
        }
        let reader = at_most(60);
        assert_eq!(world.pool(&reader, "a").await.unwrap().description, "1");
        assert_eq!(reader.stale(), [("edge".into(), ErrorKind::Unavailable)]);
        assert!(seconds(&reader).unwrap() >= 100);

        let live = Context::new("live");
        assert!(
            world
                .pools(&live, &Query::new())
                .await
                .unwrap_err()
                .is(ErrorKind::Unavailable)
        );
        assert!(world.pool(&live, "a").await.unwrap_err().is(ErrorKind::Unavailable));
        let unknown = world.pool(&at_most(60), "b").await.unwrap_err();
        assert!(unknown.is(ErrorKind::Unavailable), "nobody knows whether it is there");
    });
}

#[test]
fn a_plugin_out_of_order_is_shown_as_it_was_known() {
    let backend = Backend::polled("edge");
    backend.put_pool("a", "1");
    let world = World::new(&backend);
    world.run(async {
        world.wait(10).await;
        world.plugins.registry().mark_failed("edge", "it panicked").unwrap();
        let listing = world.pools(&at_most(60), &Query::new()).await.unwrap();
        assert_eq!(texts(&listing)["a"], "1");
        assert_eq!(listing.failures.to_string(), "edge=unavailable");
        let reader = at_most(60);
        assert_eq!(world.pool(&reader, "a").await.unwrap().description, "1");
        assert_eq!(reader.stale().len(), 1);
        assert!(world.pools(&Context::new("live"), &Query::new()).await.is_err());
    });
}

#[test]
fn the_pages_of_a_walk_come_from_one_source() {
    let backend = Backend::polled("edge");
    for number in 0..12 {
        backend.put_pool(&format!("p{number:02}"), "1");
    }
    let world = World::new(&backend);
    world.run(async {
        world.wait(10).await;
        for (first, later) in [
            (at_most(60), Context::new("live")),
            (Context::new("live"), any_age()),
            (at_most(60), at_most(60)),
        ] {
            let (mut ids, mut query, mut context) = (Vec::new(), Query::new(), first);
            loop {
                let page = world.pools(&context, &query).await.unwrap();
                ids.extend(texts(&page).into_keys());
                context = later.clone();
                match page.next {
                    Some(next) => query.marker = Some(next),
                    None => break,
                }
            }
            assert_eq!(ids, backend.pools().into_keys().collect::<Vec<_>>());
        }
        let first = world.pools(&Context::new("live"), &Query::new()).await.unwrap();
        backend.pools_fail(Some(ErrorKind::Timeout));
        let next = Query::new().with_marker(first.next.unwrap());
        let refused = world.pools(&any_age(), &next).await.unwrap_err();
        assert!(
            refused.is(ErrorKind::Timeout),
            "a marker of the backend means nothing to what is known"
        );
    });
}

#[test]
fn whoever_writes_reads_what_was_written() {
    for backend in [Backend::polled("edge"), Backend::watched("edge")] {
        let world = World::new(&backend);
        let clock: Arc<ManualClock> = Arc::clone(&world.clock);
        let clock: Arc<dyn Clock> = clock;
        let store = Arc::new(o2_core::store::MemoryStore::new(Arc::clone(&clock)));
        let subscriptions = Subscriptions::new(store, clock, PageLimits::default());
        let service = ImsService::new(
            Arc::clone(&world.plugins),
            OCloudInfo::new("o", "o", "o"),
            subscriptions,
        );
        world.run(async {
            world.wait(10).await;
            let mut new = NewResourcePool::new("pool");
            new.resource_pool_id = Some("a".into());
            service.create_resource_pool(&at_most(60), new).await.unwrap();
            let reader = at_most(60);
            assert_eq!(world.pools(&reader, &Query::new()).await.unwrap().items.len(), 1);
            world.pool(&reader, "a").await.unwrap();
            assert_eq!(reader.age(), None, "both were asked for");
            world.wait(3).await;
            let reader = at_most(60);
            assert_eq!(world.pools(&reader, &Query::new()).await.unwrap().items.len(), 1);
            assert!(reader.age().is_some(), "the collector has looked soon after the write");
        });
    }
}
