//! Whatever the plugins hold and however they page: the walk of all pages is what a naive reader would make of it.

use std::collections::BTreeSet;

use o2_core::federation::Listing;
use o2_core::id::qualified::Qualifier;
use o2_core::query::Query;
use o2_core::router::{FanOut, Strategy as Asking};
use o2_core::{Context, Id, Model, Pushdown, TenantId};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::objects::Part;
use super::plugin::{Fake, Paging};
use super::world::{World, query};

const NAMES: [&str; 5] = ["edge", "aws", "k8s", "x.y", "z"];
/// Ids as backends have them, some of which look as if they were of other plugins.
const POOLS: [&str; 6] = ["p1", "p2", "", "aws~p1", "größe/1", "~"];

fn a_part() -> impl Strategy<Value = Part> {
    let small = (
        select(&POOLS[..]),
        option::of(select(&POOLS[..])),
        select(vec!["a", "b", "ab", "c d", "ä"]),
        option::of(-2..3_i64),
        option::of(select(vec!["s1", "s2", "s3", "s4", "s5"])),
        option::weighted(0.3, select(vec!["red", "blue"])),
        vec((select(&POOLS[..]), select(vec!["a", "b"])), 0..3),
    );
    small.prop_map(|(pool, parent, name, size, asset, tenant, elements)| Part {
        pool_id: Id::new(pool),
        parent_id: parent.map(Id::new),
        name: name.to_owned(),
        size,
        asset: asset.map(ToOwned::to_owned),
        tenant: tenant.map(TenantId::new),
        elements: elements.into_iter().map(element).collect(),
        ..Part::default()
    })
}

fn element((pool, name): (&str, &str)) -> Part {
    Part {
        pool_id: Id::new(pool),
        name: name.to_owned(),
        ..Part::default()
    }
}

fn some_parts() -> impl Strategy<Value = Vec<Part>> {
    vec(a_part(), 0..12).prop_map(|mut parts| {
        for (number, part) in parts.iter_mut().enumerate() {
            let strange = ["", "~", "aws~", "/%"][number % 4];
            part.part_id = Id::from(format!("{strange}{number}"));
        }
        parts
    })
}

fn a_plugin(name: &'static str) -> impl Strategy<Value = Fake> {
    let paging = prop_oneof![
        Just(Paging::Exact),
        (1..4_usize).prop_map(Paging::Short),
        (1..4_usize).prop_map(Paging::Greedy),
        (1..4_usize).prop_map(Paging::Halting),
    ];
    let pushdown = select(vec![
        Pushdown::None,
        Pushdown::Attributes(&["name", "poolId"]),
        Pushdown::Attributes(&["partId", "asset", "size"]),
        Pushdown::Filter,
    ]);
    let size = option::of(0..4_u32);
    (some_parts(), paging, pushdown, size, any::<bool>()).prop_map(move |(parts, paging, pushdown, size, counts)| {
        let fake = Fake::new(name, parts).paging(paging).pushdown(pushdown);
        let fake = match size {
            Some(size) => fake.max_page_size(size),
            None => fake,
        };
        if counts { fake } else { fake.uncounted() }
    })
}

fn some_plugins() -> impl Strategy<Value = Vec<Fake>> {
    (2..=NAMES.len()).prop_flat_map(|count| {
        NAMES
            .into_iter()
            .take(count)
            .map(|name| a_plugin(name).boxed())
            .collect::<Vec<_>>()
    })
}

/// A pool's id as the service might show it, or not.
fn shown_pool() -> impl Strategy<Value = String> {
    let plugin = option::of(select(vec!["edge", "aws", "k8s", "x.y", "nobody"]));
    (plugin, select(&POOLS[..])).prop_map(|(plugin, pool)| match plugin {
        Some(plugin) => format!("'{plugin}~{pool}'"),
        None => format!("'{pool}'"),
    })
}

fn a_clause() -> impl Strategy<Value = String> {
    let id = select(vec!["partId", "poolId", "parentId", "elements/poolId"]);
    let ids = vec(shown_pool(), 1..4).prop_map(|ids| ids.join(","));
    prop_oneof![
        (id.clone(), shown_pool()).prop_map(|(path, value)| format!("(eq,{path},{value})")),
        (id.clone(), ids).prop_map(|(path, values)| format!("(in,{path},{values})")),
        (id.clone(), shown_pool()).prop_map(|(path, value)| format!("(neq,{path},{value})")),
        (id, select(vec!["aws", "~", "p1", "1"])).prop_map(|(path, value)| format!("(cont,{path},{value})")),
        select(vec![
            "(gt,partId,5)",
            "(ncont,poolId,aws)",
            "(eq,name,a)",
            "(in,name,a,b,ä)",
            "(neq,name,ab)",
            "(cont,name,a)",
            "(gte,size,0)",
            "(neq,size,1)",
            "(in,asset,s1,s2)",
            "(eq,elements/name,a);(eq,elements/poolId,p1)",
            "(eq,elements/name,a);(eq,elements/name,b)",
        ])
        .prop_map(ToOwned::to_owned),
    ]
}

fn a_query() -> impl Strategy<Value = Query> {
    let filter = vec(a_clause(), 0..3).prop_map(|clauses| clauses.join(";"));
    let filter = prop_oneof![1 => Just(String::new()), 2 => filter];
    let sort = select(vec!["", "", "name", "-size,name", "poolId,-name", "-partId"]);
    (filter, sort, 1..8_u32).prop_map(|(filter, sort, limit)| query(&filter, sort, limit))
}

fn a_context() -> impl Strategy<Value = Context> {
    let tenant = option::of(select(vec!["red", "blue"]));
    tenant.prop_map(|tenant| match tenant {
        Some(tenant) => Context::new("r").with_tenant(TenantId::new(tenant)),
        None => Context::new("r"),
    })
}

/// Everything the caller may see, plugin by plugin, with the ids the service shows.
fn everything(world: &World, default: Option<usize>, context: &Context) -> Vec<Vec<Part>> {
    let mut order: Vec<usize> = (0..world.plugins.len()).collect();
    order.sort_by_key(|index| default != Some(*index));
    let shown = |index: usize| {
        let plugin = &world.plugins[index];
        let name = plugin.name().into();
        let qualifier = Qualifier::new(&name, default == Some(index));
        let mut parts = plugin.contents();
        parts.retain(|part| context.sees(part.tenant()));
        parts.iter_mut().for_each(|part| part.qualify(qualifier));
        parts
    };
    order.into_iter().map(shown).collect()
}

/// What the walk of all pages must be.
fn expected(world: &World, default: Option<usize>, context: &Context, query: &Query, dedupe: bool) -> Vec<Part> {
    let matcher = query.filter.bind::<Part>().unwrap();
    let sorter = query.sort.bind::<Part>().unwrap();
    let mut known = BTreeSet::new();
    let mut all = Vec::new();
    for mut parts in everything(world, default, context) {
        parts.retain(|part| matcher.matches(part));
        let assets: Vec<_> = parts.iter().filter_map(|part| part.asset.clone()).collect();
        parts.retain(|part| !dedupe || part.asset.as_ref().is_none_or(|asset| !known.contains(asset)));
        known.extend(assets);
        all.extend(parts);
    }
    if !query.sort.is_empty() {
        all.sort_by(|one, other| sorter.compare(one, other).then_with(|| one.id().cmp(other.id())));
    }
    all
}

/// `counted` says whether the plugins' own counts are right: they are not when a plugin counts what is not the caller's.
fn check(pages: &[Listing<Part>], expected: &[Part], limit: usize, counted: bool) {
    let parts: Vec<Part> = pages
        .iter()
        .flat_map(|page| &page.items)
        .map(|part| (**part).clone())
        .collect();
    assert_eq!(parts, expected);
    for (number, page) in pages.iter().enumerate() {
        let is_last = number + 1 == pages.len();
        assert!(
            page.items.len() == limit || is_last && page.items.len() < limit,
            "page {number}"
        );
        assert!(page.failures.is_empty(), "{}", page.failures);
        let right = page.total.is_none_or(|total| total == expected.len() as u64);
        assert!(right || !counted, "{:?} on page {number}", page.total);
    }
    if let [only] = pages {
        assert_eq!(only.total, Some(expected.len() as u64));
    }
}

proptest! {
    #[test]
    fn the_pages_are_what_a_naive_reader_would_make_of_it(
        plugins in some_plugins(),
        default in option::of(0..2_usize),
        query in a_query(),
        context in a_context(),
        dedupe in any::<bool>(),
        concurrency in 0..4_usize,
    ) {
        let fan_out = FanOut::new(Asking::Merge);
        let fan_out = if dedupe { fan_out.deduped() } else { fan_out };
        let world = World::with(plugins, default, fan_out, concurrency);
        let expected = expected(&world, default, &context, &query, dedupe);
        let pages = world.walk_as(&context, &query);
        let mut parts = world.plugins.iter().flat_map(|plugin| plugin.contents());
        let counted = parts.all(|part| context.sees(part.tenant()));
        check(&pages, &expected, query.limit.unwrap() as usize, counted);
    }

    #[test]
    fn a_reader_may_ask_for_more_or_less_on_each_page(
        plugins in some_plugins(),
        query in a_query(),
        limits in vec(1..8_u32, 1..20),
    ) {
        let world = World::new(plugins);
        let context = Context::new("r");
        let expected = expected(&world, Some(0), &context, &query, false);
        let mut shown = Vec::new();
        let mut query = query;
        for limit in limits.iter().cycle() {
            let page = world.page(&query.clone().with_limit(*limit)).unwrap();
            prop_assert!(page.items.len() <= *limit as usize);
            shown.extend(page.items.iter().map(|part| (**part).clone()));
            query.marker = page.next;
            if query.marker.is_none() {
                break;
            }
        }
        prop_assert_eq!(shown, expected);
    }
}
