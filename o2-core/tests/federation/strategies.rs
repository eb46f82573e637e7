//! Lists that one of several plugins answers: the fastest, or the first that can.

use o2_core::router::{FanOut, Strategy};
use o2_core::{Error, ErrorKind};

use super::objects::parts;
use super::plugin::{Fake, Paging};
use super::world::{World, all_ids, fails, ids, missing, next, query};

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "down")
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "late")
}

fn world(strategy: Strategy, patience: [usize; 2]) -> World {
    let plugins = vec![
        Fake::new("edge", parts("e", 5)).patient(patience[0]),
        Fake::new("aws", parts("a", 5)).patient(patience[1]),
    ];
    World::fanned(plugins, FanOut::new(strategy))
}

const EDGE: [&str; 5] = ["e1", "e2", "e3", "e4", "e5"];
const AWS: [&str; 5] = ["aws~a1", "aws~a2", "aws~a3", "aws~a4", "aws~a5"];

#[test]
fn all_pages_come_from_the_plugin_that_answered_the_first() {
    for sort in ["", "name"] {
        for (patience, expected) in [([9, 0], AWS), ([0, 9], EDGE)] {
            let world = world(Strategy::First, patience);
            let pages = world.walk(&query("", sort, 2));
            assert_eq!(all_ids(&pages), expected, "{sort}");
            assert!(
                pages
                    .iter()
                    .all(|page| page.total == Some(5) && page.failures.is_empty())
            );
        }
        let world = world(Strategy::Fallback, [0, 0]);
        assert_eq!(all_ids(&world.walk(&query("", sort, 2))), EDGE);
        assert_eq!(world.plugins[1].calls(), 0);
    }
}

#[test]
fn the_next_plugin_answers_for_one_that_fails() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        for sort in ["", "name"] {
            let world = world(strategy, [0, 3]);
            world.plugins[0].break_down(Some(down));
            let asked = query("", sort, 2);
            let first = world.page(&asked).unwrap();
            // The other has the same list; nothing is missing.
            assert_eq!(missing(&first), "");
            world.plugins[0].break_down(None);
            assert_eq!(all_ids(&world.walk(&next(&asked, &first))), AWS[2..]);
        }
    }
}

#[test]
fn a_plugin_that_is_out_of_order_is_not_missing_either() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        let world = world(strategy, [0, 0]);
        world.registry().mark_failed("edge", "broken").unwrap();
        let page = world.page(&query("", "", 7)).unwrap();
        assert_eq!(
            (ids(&page), missing(&page), page.total),
            (AWS.map(String::from).to_vec(), String::new(), Some(5))
        );
    }
}

#[test]
fn a_plugin_that_fails_after_the_first_page_cannot_be_replaced() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        let world = world(strategy, [0, 9]);
        let asked = query("", "", 2);
        let first = world.page(&asked).unwrap();
        world.plugins[0].break_down(Some(late));
        fails(world.page(&next(&asked, &first)), ErrorKind::Timeout);
    }
}

#[test]
fn a_plugin_that_fails_midway_on_the_first_page_counts_as_failed() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        let plugins = vec![
            Fake::new("edge", parts("e", 5))
                .paging(Paging::Short(2))
                .failing(1, down()),
            Fake::new("aws", parts("a", 5)).patient(9),
        ];
        let world = World::fanned(plugins, FanOut::new(strategy));
        assert_eq!(all_ids(&world.walk(&query("", "", 4))), AWS, "{strategy:?}");
    }
}

#[test]
fn when_all_fail_the_worst_speaks_for_them() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        let world = world(strategy, [0, 0]);
        world.plugins[0].break_down(Some(late));
        world.plugins[1].break_down(Some(down));
        fails(world.page(&query("", "", 2)), ErrorKind::Unavailable);
    }
}

#[test]
fn an_id_that_nobody_has_is_an_empty_list() {
    for strategy in [Strategy::First, Strategy::Fallback] {
        let world = world(strategy, [0, 0]);
        let page = world.page(&query("(eq,poolId,nobody~p)", "", 2)).unwrap();
        assert_eq!((page.items.len(), page.total), (0, Some(0)));
        let page = world.page(&query("(eq,partId,aws~a3)", "", 2)).unwrap();
        assert_eq!(ids(&page), ["aws~a3"]);
    }
}
