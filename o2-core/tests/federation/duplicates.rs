//! The same thing known to several plugins is shown once, on whichever page it comes up.

use o2_core::query::Query;
use o2_core::router::{FanOut, Strategy};
use o2_core::{Error, ErrorKind, Pushdown};

use super::objects::{Part, part, parts};
use super::plugin::{Fake, Paging};
use super::world::{World, all_ids, query};

fn assets(prefix: &str, assets: &[&str]) -> Vec<Part> {
    let part = |(number, asset): (usize, &&str)| part(&format!("{prefix}{number}")).with_asset(asset);
    assets.iter().enumerate().map(part).collect()
}

fn world(pushdown: Pushdown) -> World {
    let plugins = vec![
        Fake::new("edge", assets("e", &["s1", "s2", "s2"])).pushdown(pushdown),
        Fake::new("aws", assets("a", &["s3", "s1", "s4"]))
            .pushdown(pushdown)
            .paging(Paging::Short(1)),
        Fake::new("k8s", assets("k", &["s4", "s2", "s5", "s1", "s3"])).pushdown(pushdown),
    ];
    World::fanned(plugins, FanOut::new(Strategy::Merge).deduped())
}

#[test]
fn the_plugin_that_comes_first_shows_it() {
    for pushdown in [Pushdown::None, Pushdown::Attributes(&["asset"]), Pushdown::Filter] {
        for limit in 1..8 {
            let pages = world(pushdown).walk(&query("", "", limit));
            // One plugin may have two objects for the same thing; that is its own business.
            assert_eq!(
                all_ids(&pages),
                ["e0", "e1", "e2", "aws~a0", "aws~a2", "k8s~k2"],
                "{limit}"
            );
            let pages = world(pushdown).walk(&query("", "-name", limit));
            assert_eq!(
                all_ids(&pages),
                ["k8s~k2", "e2", "e1", "e0", "aws~a2", "aws~a0"],
                "{limit}"
            );
        }
    }
}

#[test]
fn what_the_first_plugin_does_not_show_to_this_query_hides_nothing() {
    let pages = world(Pushdown::Filter).walk(&query("(neq,name,e0)", "", 2));
    assert_eq!(all_ids(&pages), ["e1", "e2", "aws~a0", "aws~a1", "aws~a2", "k8s~k2"]);
    let pages = world(Pushdown::Filter).walk(&query("(cont,partId,k8s)", "", 2));
    assert_eq!(all_ids(&pages).len(), 5);
}

#[test]
fn things_without_global_id_are_all_shown() {
    let plugins = vec![Fake::new("edge", parts("e", 3)), Fake::new("aws", parts("a", 3))];
    let world = World::fanned(plugins, FanOut::new(Strategy::Merge).deduped());
    assert_eq!(all_ids(&world.walk(&query("", "", 2))).len(), 6);
}

#[test]
fn many_duplicates_are_asked_about_in_several_questions() {
    let many: Vec<Part> = (0..600)
        .map(|n| part(&n.to_string()).with_asset(&format!("s{n}")))
        .collect();
    let plugins = vec![
        Fake::new("edge", many.clone()).pushdown(Pushdown::Filter),
        Fake::new("aws", many)
            .pushdown(Pushdown::Filter)
            .paging(Paging::Greedy(1000)),
    ];
    let world = World::fanned(plugins, FanOut::new(Strategy::Merge).deduped());
    let pages = world.walk(&query("", "", 7));
    assert_eq!(all_ids(&pages).len(), 600);
    let longest = world.plugins[0]
        .queries()
        .iter()
        .map(|query| query.filter.to_string().len())
        .max();
    assert!(longest.unwrap() < 8 * 1024);
}

#[test]
fn a_plugin_that_does_not_say_hides_nothing() {
    let plugins = vec![
        Fake::new("edge", assets("e", &["s1"])).failing(1, Error::new(ErrorKind::Timeout, "late")),
        Fake::new("aws", assets("a", &["s1"])),
    ];
    let world = World::fanned(plugins, FanOut::new(Strategy::Merge).deduped());
    assert_eq!(all_ids(&world.walk(&Query::new())), ["e0", "aws~a0"]);
}

#[test]
fn a_plugin_that_has_been_listed_and_has_gone_hides_nothing_and_is_not_missed() {
    let world = world(Pushdown::Filter);
    let asked = query("", "", 3);
    let first = world.page(&asked).unwrap();
    world.registry().unregister("edge").unwrap();
    let rest = world.walk(&super::world::next(&asked, &first));
    assert_eq!(all_ids(&rest), ["aws~a0", "aws~a1", "aws~a2", "k8s~k1", "k8s~k2"]);
    assert!(rest.iter().all(|page| page.failures.is_empty()));
}

#[test]
fn a_list_of_one_plugin_has_no_duplicates() {
    let plugins = vec![
        Fake::new("edge", assets("e", &["s1"])),
        Fake::new("aws", assets("a", &["s1", "s2"])),
    ];
    let fan_out = FanOut::new(Strategy::Fallback).deduped();
    let world = World::fanned(plugins, fan_out);
    world.plugins[0].break_down(Some(|| Error::new(ErrorKind::Unavailable, "down")));
    assert_eq!(all_ids(&world.walk(&query("", "", 1))), ["aws~a0", "aws~a1"]);
}
