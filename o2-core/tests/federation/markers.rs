//! Markers are good for the query, the tenant and the list they were made for.

use futures::executor::block_on;
use o2_core::query::{Marker, Query};
use o2_core::{ErrorKind, TenantId};

use super::objects::{Part, parts};
use super::plugin::Fake;
use super::world::{World, context, fails, ids, next, query};

fn world() -> World {
    World::new(vec![Fake::new("edge", parts("e", 4)), Fake::new("aws", parts("a", 4))])
}

#[test]
fn a_marker_of_another_query_is_refused() {
    let world = world();
    let asked = query("(neq,name,x)", "", 2);
    let page = world.page(&asked).unwrap();
    for other in [
        query("", "", 2),
        query("(neq,name,y)", "", 2),
        query("(neq,name,x)", "name", 2),
    ] {
        let error = fails(world.page(&next(&other, &page)), ErrorKind::InvalidInput);
        assert_eq!(error.violations()[0].at, "marker");
        assert!(error.message().contains("another query"), "{error}");
    }
    assert_eq!(ids(&world.page(&next(&asked, &page)).unwrap()), ["e3", "e4"]);
}

#[test]
fn a_marker_of_another_tenant_is_refused() {
    let world = world();
    let asked = query("", "", 2);
    let red = context().with_tenant(TenantId::new("red"));
    let blue = context().with_tenant(TenantId::new("blue"));
    let page = block_on(world.ask(&red, &asked)).unwrap();
    for other in [blue, context()] {
        fails(
            block_on(world.ask(&other, &next(&asked, &page))),
            ErrorKind::InvalidInput,
        );
    }
    assert_eq!(block_on(world.ask(&red, &next(&asked, &page))).unwrap().items.len(), 2);
}

#[test]
fn what_is_no_marker_is_refused() {
    let world = world();
    for text in ["", "2", "!!", "AAAA"] {
        let error = fails(world.page(&Query::new().with_marker(text)), ErrorKind::InvalidInput);
        assert_eq!(error.violations()[0].at, "marker", "{text}");
    }
    assert_eq!(world.plugins[0].calls(), 0);
}

/// Markers are not signed: one that somebody made up is an error or another page, and nothing worse.
#[test]
fn made_up_positions_do_no_harm() {
    let world = world();
    let sorted = query("", "name", 2);
    let walked = query("", "", 2);
    for (query, position, expected) in [
        (
            &walked,
            serde_json::json!({"p": [], "a": {"w": {"marker": null, "skip": 0}}}),
            Some(0),
        ),
        (
            &walked,
            serde_json::json!({"p": ["aws"], "a": {"w": {"marker": null, "skip": usize::MAX}}}),
            Some(0),
        ),
        (
            &walked,
            serde_json::json!({"p": ["edge"], "a": {"s": [[], "e2"]}}),
            Some(2),
        ),
        (
            &sorted,
            serde_json::json!({"p": ["edge"], "a": {"w": {"marker": "3", "skip": 1}}}),
            Some(2),
        ),
        (
            &walked,
            serde_json::json!({"p": ["nobody"], "a": {"w": {"marker": null, "skip": 0}}}),
            None,
        ),
        (&walked, serde_json::json!({"p": 7}), None),
        (&walked, serde_json::json!("x"), None),
    ] {
        let marker = Marker::encode(query.binding::<Part>(""), &position).unwrap();
        let page = world.page(&query.clone().with_marker(marker)).ok();
        assert_eq!(page.map(|page| page.items.len()), expected, "{position}");
    }
}
