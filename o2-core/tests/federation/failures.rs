//! Plugins that fail, at first or midway, and plugins that go away: what is missing is named, and an empty list is never
//! the answer to an outage.

use futures::executor::block_on;
use o2_core::{Error, ErrorKind, Fault};

use super::objects::parts;
use super::plugin::{Fake, Paging};
use super::world::{World, all_ids, context, fails, ids, missing, next, query};

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "the backend is down")
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "no answer within 5 s")
}

fn three() -> Vec<Fake> {
    vec![
        Fake::new("edge", parts("e", 4)),
        Fake::new("aws", parts("a", 4)),
        Fake::new("k8s", parts("k", 4)),
    ]
}

#[test]
fn who_fails_is_named_and_the_others_are_shown() {
    for sort in ["", "name"] {
        let world = World::new(three());
        world.plugins[1].break_down(Some(down));
        let query = query("", sort, 3);
        let pages = world.walk(&query);
        assert_eq!(
            all_ids(&pages),
            ["e1", "e2", "e3", "e4", "k8s~k1", "k8s~k2", "k8s~k3", "k8s~k4"],
            "{sort}"
        );
        assert_eq!(pages.len(), 3);
        for page in &pages {
            assert_eq!(missing(page), "aws=unavailable", "{sort}");
            assert_eq!(page.total, None, "of a list with gaps nobody knows how long it is");
        }
    }
}

#[test]
fn who_fails_is_announced_on_the_first_page_and_asked_again_in_its_turn() {
    let [edge, aws, k8s] = three().try_into().unwrap();
    let world = World::new(vec![edge, aws, k8s.failing(0, late())]);
    let query = query("", "", 3);
    let pages = world.walk(&query);
    let named: Vec<_> = pages.iter().map(missing).collect();
    assert_eq!(named, ["k8s=timeout", "", "", ""]);
    assert_eq!(all_ids(&pages).len(), 12);
    assert!(pages.iter().all(|page| page.total.is_none()));
}

/// The page ends where the plugin failed, and the next one asks it again.
#[test]
fn who_fails_midway_once_loses_nothing() {
    let [edge, aws, k8s] = three().try_into().unwrap();
    let world = World::new(vec![edge.paging(Paging::Short(2)).failing(1, down()), aws, k8s]);
    let pages = world.walk(&query("", "", 5));
    let sizes: Vec<usize> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(sizes, [2, 5, 5]);
    let named: Vec<_> = pages.iter().map(missing).collect();
    assert_eq!(named, ["edge=unavailable", "", ""]);
    assert_eq!(all_ids(&pages)[..5], ["e1", "e2", "e3", "e4", "aws~a1"]);
}

#[test]
fn who_fails_midway_for_good_is_named_to_the_end() {
    let [edge, aws, k8s] = three().try_into().unwrap();
    let edge = edge.paging(Paging::Short(2)).failing(1, down()).failing(2, late());
    let world = World::new(vec![edge, aws, k8s]);
    let pages = world.walk(&query("", "", 5));
    let named: Vec<_> = pages.iter().map(missing).collect();
    assert_eq!(named, ["edge=unavailable", "edge=timeout", "edge=timeout"]);
    let sizes: Vec<usize> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(sizes, [2, 5, 3]);
}

#[test]
fn who_fails_midway_and_is_alone_fails_the_next_page() {
    let edge = Fake::new("edge", parts("e", 4)).paging(Paging::Short(2));
    let world = World::new(vec![edge.failing(1, down()).failing(2, late())]);
    let asked = query("", "", 5);
    let first = world.page(&asked).unwrap();
    assert_eq!((ids(&first).len(), missing(&first)), (2, "edge=unavailable".to_owned()));
    let second = next(&asked, &first);
    fails(world.page(&second), ErrorKind::Timeout);
    assert_eq!(ids(&world.page(&second).unwrap()), ["e3", "e4"]);

    // Of a sorted page nothing is known before the whole list is.
    let edge = Fake::new("edge", parts("e", 4)).paging(Paging::Short(2));
    let world = World::new(vec![edge.failing(1, down())]);
    fails(world.page(&query("", "name", 5)), ErrorKind::Unavailable);
}

/// A plugin that comes back in a sorted walk is shown from there on, and stays named for what it missed.
#[test]
fn who_comes_back_stays_named() {
    let [edge, aws, k8s] = three().try_into().unwrap();
    let world = World::new(vec![edge, aws.failing(0, down()), k8s]);
    let query = query("", "-name", 5);
    let pages = world.walk(&query);
    assert_eq!(
        all_ids(&pages),
        [
            "k8s~k4", "k8s~k3", "k8s~k2", "k8s~k1", "e4", "e3", "e2", "e1", "aws~a4", "aws~a3", "aws~a2", "aws~a1"
        ]
    );
    assert!(
        pages
            .iter()
            .all(|page| missing(page) == "aws=unavailable" && page.total.is_none())
    );
}

#[test]
fn when_all_fail_the_worst_speaks_for_them() {
    for sort in ["", "name"] {
        let world = World::new(three());
        world.plugins[0].break_down(Some(late));
        world.plugins[1].break_down(Some(|| {
            Error::internal("the backend answered nonsense").with_fault(Fault::Backend)
        }));
        world.plugins[2].break_down(Some(down));
        let error = fails(world.page(&query("", sort, 3)), ErrorKind::Internal);
        assert_eq!(error.plugin().unwrap().as_str(), "aws");
    }
}

#[test]
fn who_cannot_even_be_asked_counts_too() {
    for sort in ["", "name"] {
        let world = World::new(three());
        world.registry().mark_failed("k8s", "it panicked").unwrap();
        let asked = query("", sort, 5);
        let pages = world.walk(&asked);
        assert_eq!(all_ids(&pages).len(), 8);
        assert!(
            pages
                .iter()
                .all(|page| missing(page) == "k8s=unavailable" && page.total.is_none())
        );

        // It is the worst one, though it was not asked.
        world.plugins[0].break_down(Some(late));
        world.plugins[1].break_down(Some(late));
        let error = fails(world.page(&asked), ErrorKind::Unavailable);
        assert_eq!(error.plugin().unwrap().as_str(), "k8s");
    }
}

#[test]
fn who_cannot_have_the_objects_is_not_missing() {
    let world = World::new(three());
    world.registry().mark_failed("k8s", "it panicked").unwrap();
    let page = world.page(&query("(eq,partId,aws~a1)", "", 3)).unwrap();
    assert_eq!((ids(&page), missing(&page)), (vec!["aws~a1".to_owned()], String::new()));
    assert_eq!(page.total, Some(1));
    let page = world.page(&query("(eq,partId,nobody~a1)", "", 3)).unwrap();
    assert_eq!((page.items.len(), page.total), (0, Some(0)));
    fails(world.page(&query("(eq,partId,k8s~k1)", "", 3)), ErrorKind::Unavailable);
}

#[test]
fn a_plugin_that_goes_away_between_pages_does_not_shift_the_others() {
    // The first page ends in the middle of edge, of which two are left.
    let world = World::new(three());
    let asked = query("", "", 2);
    let first = world.page(&asked).unwrap();
    world.registry().unregister("edge").unwrap();
    let second = world.page(&next(&asked, &first)).unwrap();
    assert_eq!(ids(&second), ["aws~a1", "aws~a2"]);
    assert_eq!(missing(&second), "edge=notFound");
    let third = world.page(&next(&asked, &second)).unwrap();
    assert_eq!(
        (ids(&third), missing(&third)),
        (vec!["aws~a3".to_owned(), "aws~a4".to_owned()], "edge=notFound".into())
    );
}

#[test]
fn a_plugin_whose_turn_is_over_is_not_missed() {
    for sort in ["", "name"] {
        let world = World::new(three());
        let asked = query("", sort, 5);
        let first = world.page(&asked).unwrap();
        world
            .registry()
            .unregister(if sort.is_empty() { "edge" } else { "k8s" })
            .unwrap();
        let second = world.page(&next(&asked, &first)).unwrap();
        assert_eq!(missing(&second), if sort.is_empty() { "" } else { "k8s=notFound" });
    }
}

#[test]
fn a_plugin_that_comes_between_pages_waits_for_the_next_walk() {
    for sort in ["", "name"] {
        let world = World::new(three());
        let asked = query("", sort, 5);
        let first = world.page(&asked).unwrap();
        let fresh = std::sync::Arc::new(Fake::new("zone", parts("z", 3)));
        world
            .registry()
            .register(fresh, o2_core::registry::RegisterOptions::new())
            .unwrap();
        let rest = world.walk(&next(&asked, &first));
        assert_eq!(ids(&first).len() + all_ids(&rest).len(), 12);
        assert_eq!(all_ids(&world.walk(&asked)).len(), 15);
    }
}

#[test]
fn when_nobody_is_left_the_page_is_an_error_and_can_be_repeated() {
    for sort in ["", "name"] {
        let world = World::new(vec![Fake::new("edge", parts("e", 4))]);
        let asked = query("", sort, 2);
        let first = world.page(&asked).unwrap();
        let second = next(&asked, &first);

        world.plugins[0].break_down(Some(late));
        fails(world.page(&second), ErrorKind::Timeout);
        world.plugins[0].break_down(None);
        world.registry().mark_failed("edge", "it panicked").unwrap();
        fails(world.page(&second), ErrorKind::Unavailable);
        world.registry().enable("edge").unwrap();
        assert_eq!(ids(&world.page(&second).unwrap()), ["e3", "e4"]);

        world.registry().unregister("edge").unwrap();
        let error = fails(world.page(&second), ErrorKind::NotFound);
        assert_eq!(
            error.message(),
            "plugin 'edge' is not there any more; start at the first page again"
        );
    }
}

#[test]
fn a_plugin_that_is_no_longer_the_tenants_is_gone_for_it() {
    use o2_core::registry::RegisterOptions;
    let world = World::new(three());
    let red = context().with_tenant("red".into());
    let asked = query("", "", 5);
    let first = block_on(world.ask(&red, &asked)).unwrap();
    let aws = world.registry().unregister("aws").unwrap();
    let options = RegisterOptions::new().for_tenants(["blue".into()]);
    world
        .registry()
        .register(std::sync::Arc::clone(aws.plugin()), options)
        .unwrap();
    let second = block_on(world.ask(&red, &next(&asked, &first))).unwrap();
    assert_eq!((ids(&second).len(), missing(&second)), (4, "aws=notFound".to_owned()));
}
