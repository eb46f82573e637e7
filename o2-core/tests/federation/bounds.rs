//! What a list may cost: memory, calls at the same time, and time.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context as Task, Poll, Waker};

use futures::executor::block_on;
use o2_core::router::{FanOut, Strategy};
use o2_core::{ErrorKind, Fault, Pushdown};

use super::objects::parts;
use super::plugin::{Fake, Paging, Running};
use super::world::{LIMITS, World, all_ids, context, fails, missing, query};

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn many(paging: Paging) -> Vec<Fake> {
    NAMES.map(|name| Fake::new(name, parts("x", 40)).paging(paging)).into()
}

#[test]
fn at_most_a_page_of_each_plugin_is_in_memory() {
    let most = LIMITS.max as usize;
    for limit in [1, 3, 7] {
        for (filter, sort, bound) in [
            ("", "", 2 * limit as usize),
            // Pages of many, of which few stay.
            ("(cont,partId,9)", "", limit as usize + most),
            ("", "name", limit as usize + 1 + most),
            ("(cont,partId,1)", "-size,name", limit as usize + 1 + most),
        ] {
            let world = World::new(many(Paging::Exact));
            let mut query = query(filter, sort, limit);
            loop {
                // A reader who keeps nothing of what it has read.
                let page = world.page(&query).unwrap();
                query.marker.clone_from(&page.next);
                drop(page);
                if query.marker.is_none() {
                    break;
                }
            }
            for plugin in &world.plugins {
                assert!(
                    plugin.most_alive() <= bound,
                    "{} objects of {} for {filter} {sort} {limit}",
                    plugin.most_alive(),
                    plugin.name()
                );
            }
        }
    }
}

#[test]
fn a_page_asks_for_no_more_than_it_shows_and_a_scan_for_as_many_as_it_may() {
    let limits = |sort: &str, filter: &str, most: Option<u32>| {
        let plugin = Fake::new("edge", parts("e", 20));
        let world = World::new(vec![match most {
            Some(most) => plugin.max_page_size(most),
            None => plugin,
        }]);
        world.page(&query(filter, sort, 2)).unwrap();
        let mut limits: Vec<u32> = world.plugins[0]
            .queries()
            .iter()
            .map(|query| query.limit.unwrap())
            .collect();
        let calls = limits.len();
        limits.dedup();
        (limits, calls)
    };
    assert_eq!(limits("", "", None), (vec![2], 1));
    assert_eq!(limits("name", "", None), (vec![7], 3));
    assert_eq!(limits("name", "", Some(5)), (vec![5], 4));
    // No other than the last two match; the plugin cannot filter.
    assert_eq!(limits("", "(in,name,e19,e20)", None), (vec![7], 3));
}

#[test]
fn later_pages_ask_only_the_plugin_in_turn() {
    let world = World::new(many(Paging::Exact));
    let query = query("", "", 7);
    let first = world.page(&query).unwrap();
    assert!(world.plugins.iter().all(|plugin| plugin.calls() == 1));
    world.page(&super::world::next(&query, &first)).unwrap();
    let calls: Vec<usize> = world.plugins.iter().map(|plugin| plugin.calls()).collect();
    assert_eq!(calls, [2, 1, 1, 1, 1, 1]);
}

#[test]
fn no_more_plugins_are_asked_at_the_same_time_than_allowed() {
    for sort in ["", "name"] {
        for strategy in [Strategy::Merge, Strategy::First] {
            for concurrency in [0, 1, 2, 5, 9] {
                let running = Arc::new(Running::default());
                let plugins = many(Paging::Short(9)).into_iter();
                let plugins = plugins.map(|plugin| plugin.patient(5).sharing(&running)).collect();
                let world = World::with(plugins, Some(0), FanOut::new(strategy), concurrency);
                world.page(&query("", sort, 7)).unwrap();
                assert_eq!(
                    running.most(),
                    concurrency.clamp(1, NAMES.len()),
                    "{sort} {strategy:?} {concurrency}"
                );
            }
        }
    }
}

#[test]
fn a_list_that_is_dropped_midway_leaves_nothing_behind() {
    for sort in ["", "name"] {
        for strategy in [Strategy::Merge, Strategy::First, Strategy::Fallback] {
            for polls in 1..12 {
                let running = Arc::new(Running::default());
                let plugins = many(Paging::Short(9)).into_iter();
                let plugins = plugins.map(|plugin| plugin.patient(2).sharing(&running)).collect();
                let world = World::fanned(plugins, FanOut::new(strategy));
                let query = query("", sort, 7);
                {
                    let context = context();
                    let mut list = pin!(world.ask(&context, &query));
                    let mut task = Task::from_waker(Waker::noop());
                    for _ in 0..polls {
                        if let Poll::Ready(page) = list.as_mut().poll(&mut task) {
                            page.unwrap();
                            break;
                        }
                    }
                }
                assert_eq!(running.now(), 0);
                assert_eq!(block_on(world.ask(&context(), &query)).unwrap().items.len(), 7);
            }
        }
    }
}

/// A plugin whose list does not end, next to one that works.
fn endless(paging: Paging, objects: usize, fan_out: FanOut) -> World {
    let stuck = Fake::new("stuck", parts("s", objects))
        .paging(paging)
        .pushdown(Pushdown::Filter);
    let plugins = vec![stuck, Fake::new("good", parts("g", 3)).pushdown(Pushdown::Filter)];
    World::fanned(plugins, fan_out)
}

#[test]
fn a_list_that_does_not_advance_is_the_plugins_failure() {
    for paging in [Paging::Stuck("0"), Paging::Stuck("same"), Paging::Circular] {
        for sort in ["", "name"] {
            // None of the stuck plugin's objects matches, so that a page is never full of them.
            for (objects, filter) in [(0, ""), (5, "(neq,partId,s1);(cont,partId,good)"), (5, "(eq,name,g1)")] {
                let world = endless(paging, objects, FanOut::default());
                let page = world.page(&query(filter, sort, 7)).unwrap();
                assert_eq!(missing(&page), "stuck=internal", "{paging:?} {objects} {filter} {sort}");
                assert!(page.items.iter().all(|part| part.part_id.as_str().starts_with("good~")));
                let error = page.failures.worst().unwrap();
                assert_eq!(error.fault(), Fault::Backend);
                assert_eq!(error.detail(), Some("the plugin's list does not advance"));
            }
        }
    }
}

#[test]
fn a_page_at_the_same_place_is_noticed_on_the_next_page() {
    let world = endless(Paging::Stuck("0"), 3, FanOut::default());
    let pages = world.walk(&query("", "", 3));
    // What the plugin repeats cannot be told from what it has; but the walk ends.
    assert!(pages.len() <= 3, "{}", pages.len());
    assert_eq!(missing(pages.last().unwrap()), "stuck=internal");
    let alone = World::new(vec![Fake::new("stuck", []).paging(Paging::Stuck("0"))]);
    fails(alone.page(&query("", "", 3)), ErrorKind::Internal);
    fails(alone.page(&query("", "name", 3)), ErrorKind::Internal);
}

#[test]
fn looking_for_duplicates_ends_too() {
    let mut stuck = parts("s", 5);
    let mut good = parts("g", 5);
    for (number, part) in stuck.iter_mut().chain(&mut good).enumerate() {
        part.asset = Some(format!("asset{}", number % 5));
    }
    for sort in ["", "name"] {
        let plugins = vec![
            Fake::new("stuck", stuck.clone()).paging(Paging::Circular),
            Fake::new("good", good.clone()),
        ];
        let world = World::fanned(plugins, FanOut::new(Strategy::Merge).deduped());
        let page = world.page(&query("(cont,name,g)", sort, 7)).unwrap();
        assert_eq!(page.items.len(), 5);
    }
}

#[test]
fn a_backend_that_limits_pages_to_nothing_is_asked_for_one() {
    let world = World::new(vec![Fake::new("edge", parts("e", 3)).max_page_size(0)]);
    assert_eq!(all_ids(&world.walk(&query("", "", 2))), ["e1", "e2", "e3"]);
}
