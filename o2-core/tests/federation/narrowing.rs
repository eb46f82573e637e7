//! A filter with qualified ids goes only to the plugins that can have such objects, in their own ids.

use futures::executor::block_on;
use o2_core::query::{Filter, Query, Sort};
use o2_core::{ErrorKind, Pushdown, Result};

use super::objects::{Part, part};
use super::plugin::{Fake, GET_PART, LIST_PARTS};
use super::world::{World, all_ids, context, fails, ids, query};

fn world(pushdown: Pushdown) -> World {
    let plugin = |name: &str| {
        let pools = ["p1", "p2", "aws~p1", ""];
        let part = |(number, pool): (usize, &str)| part(&format!("{name}{number}")).in_pool(pool);
        Fake::new(name, pools.into_iter().enumerate().map(part)).pushdown(pushdown)
    };
    World::new(vec![plugin("edge"), plugin("aws"), plugin("k8s")])
}

/// Which objects come, and what each plugin was asked; `-` is who was not.
#[track_caller]
fn check(pushdown: Pushdown, filter: &str, expected: &[&str], asked: [&str; 3]) {
    let world = world(pushdown);
    assert_eq!(all_ids(&world.walk(&query(filter, "", 7))), expected, "{filter}");
    let sorted = all_ids(&world.walk(&query(filter, "name", 7)));
    assert_eq!(sorted.len(), expected.len(), "{filter} sorted");
    for (plugin, asked) in world.plugins.iter().zip(asked) {
        let filters: Vec<String> = plugin.queries().iter().map(|query| query.filter.to_string()).collect();
        let expected = if asked == "-" { vec![] } else { vec![asked; 2] };
        assert_eq!(filters, expected, "{filter} at {}", plugin.name());
    }
}

#[test]
fn a_qualified_id_leaves_one_plugin() {
    let pushdowns = [Pushdown::None, Pushdown::Attributes(&["poolId"]), Pushdown::Filter];
    for (pushdown, own) in pushdowns.into_iter().zip(["", "(in,poolId,p1)", "(in,poolId,p1)"]) {
        check(pushdown, "(eq,poolId,aws~p1)", &["aws~aws0"], ["-", own, "-"]);
        check(pushdown, "(eq,poolId,p1)", &["edge0"], [own, "-", "-"]);
        check(
            pushdown,
            "(in,poolId,p1,k8s~p1)",
            &["edge0", "k8s~k8s0"],
            [own, "-", own],
        );
    }
}

#[test]
fn ids_that_contain_the_separator_go_to_their_plugin() {
    let own = "(in,poolId,aws~p1)";
    check(Pushdown::Filter, "(eq,poolId,edge~aws~p1)", &["edge2"], [own, "-", "-"]);
    check(
        Pushdown::Filter,
        "(eq,poolId,aws~aws~p1)",
        &["aws~aws2"],
        ["-", own, "-"],
    );
}

#[test]
fn ids_that_nobody_has_are_an_empty_list() {
    for filter in [
        "(eq,poolId,nobody~p1)",
        // The default plugin's ids are not qualified without need.
        "(eq,poolId,edge~p1)",
        // A reference to nothing is not qualified at all.
        "(eq,poolId,aws~)",
        "(eq,poolId,p1);(eq,partId,aws~aws0)",
    ] {
        check(Pushdown::Filter, filter, &[], ["-", "-", "-"]);
        assert_eq!(
            world(Pushdown::Filter).page(&query(filter, "", 7)).unwrap().total,
            Some(0)
        );
    }
}

#[test]
fn a_reference_to_nothing_is_the_same_everywhere() {
    let own = "(in,poolId,'')";
    let expected = ["edge3", "aws~aws3", "k8s~k8s3"];
    check(Pushdown::Filter, "(eq,poolId,'')", &expected, [own; 3]);
}

#[test]
fn other_clauses_on_ids_are_evaluated_on_the_ids_shown() {
    let all_but_one = [
        "edge0", "edge1", "edge2", "edge3", "aws~aws1", "aws~aws2", "aws~aws3", "k8s~k8s0", "k8s~k8s1", "k8s~k8s2",
        "k8s~k8s3",
    ];
    let world = world(Pushdown::Filter);
    let pages = world.walk(&query("(neq,poolId,aws~p1)", "", 7));
    assert_eq!(all_ids(&pages), all_but_one);
    let pages = world.walk(&query("(cont,poolId,aws)", "", 7));
    let shown = ["edge2", "aws~aws0", "aws~aws1", "aws~aws2", "k8s~k8s2"];
    assert_eq!(all_ids(&pages), shown);
    assert!(
        world
            .plugins
            .iter()
            .all(|plugin| plugin.queries().iter().all(|query| query.filter.is_empty()))
    );
}

#[test]
fn only_what_the_plugin_evaluates_is_pushed_down() {
    let filter = "(eq,name,aws1);(gte,size,1);(neq,poolId,x);(cont,extensions/poolId,x)";
    for (pushdown, pushed) in [
        (Pushdown::None, ""),
        (Pushdown::Attributes(&["name"]), "(eq,name,aws1)"),
        (Pushdown::Filter, "(eq,name,aws1);(gte,size,1)"),
    ] {
        let world = world(pushdown);
        world.page(&query(filter, "", 7)).unwrap();
        assert_eq!(world.plugins[1].queries()[0].filter.to_string(), pushed, "{pushdown}");
    }
}

#[test]
fn a_query_that_does_not_fit_is_the_callers_mistake() {
    let world = world(Pushdown::Filter);
    for (query, at) in [
        (
            Query::new().with_filter(Filter::parse("(eq,nmae,x)").unwrap()),
            "filter:4",
        ),
        (
            Query::new().with_filter(Filter::parse("(gt,size,x)").unwrap()),
            "filter:4",
        ),
        (Query::new().with_sort(Sort::parse("nmae").unwrap()), "sort"),
        (Query::new().with_sort(Sort::parse("elements").unwrap()), "sort"),
    ] {
        let error = fails(world.page(&query), ErrorKind::InvalidInput);
        assert_eq!(error.violations()[0].at, at);
        assert!(error.plugin().is_none());
    }
    assert!(world.plugins.iter().all(|plugin| plugin.calls() == 0));
}

#[test]
fn plugins_without_the_operation_or_the_tenant_are_not_asked() {
    let plugins = vec![
        Fake::new("edge", [part("e")]).without(&LIST_PARTS),
        Fake::new("aws", [part("a")]).without(&GET_PART),
        Fake::new("k8s", [part("k")]),
    ];
    let world = World::new(plugins);
    world.registry().disable("k8s").unwrap();
    let page = world.page(&Query::new()).unwrap();
    assert_eq!((ids(&page), page.failures.len()), (vec!["aws~a".to_owned()], 0));
    assert_eq!(world.plugins[0].calls() + world.plugins[2].calls(), 0);
}

#[test]
fn foreign_objects_are_left_out_and_not_counted() {
    let mixed = [
        part("1").of("red"),
        part("2").of("blue"),
        part("3"),
        part("4").of("blue"),
        part("5").of("red"),
    ];
    let world = World::new(vec![Fake::new("edge", mixed)]);
    let red = context().with_tenant("red".into());
    for sort in ["", "name"] {
        let query = query("", sort, 2);
        let pages = world.walk_as(&red, &query);
        assert_eq!(all_ids(&pages), ["1", "3", "5"]);
        assert!(
            pages.iter().all(|page| page.total.is_none_or(|total| total == 3)),
            "{pages:?}"
        );
    }
    let all: Vec<Result<_>> = vec![block_on(world.ask(&context(), &Query::new().with_limit(7)))];
    assert_eq!(all.into_iter().map(|page| page.unwrap().items.len()).sum::<usize>(), 5);
}

#[test]
fn objects_are_shared_with_the_plugin_that_needs_no_other_ids() {
    let world = World::new(vec![Fake::new("edge", [part("1"), part("~2")])]);
    let page = world.page(&Query::new()).unwrap();
    let parts: Vec<&Part> = page.items.iter().map(|part| &**part).collect();
    assert_eq!((parts[0].part_id.as_str(), parts[1].part_id.as_str()), ("1", "edge~~2"));
    assert_eq!((parts[0].pool_id.as_str(), parts[1].pool_id.as_str()), ("p1", "p1"));
}
