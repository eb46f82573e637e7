//! One plugin's list, one object's owner, one new object's place.

use std::sync::Arc;

use futures::executor::block_on;
use o2_core::federation::Listing;
use o2_core::query::Query;
use o2_core::registry::{RegisterOptions, Registered};
use o2_core::router::Facts;
use o2_core::{Context, Error, ErrorKind, Id, Result};

use super::objects::{Part, part, parts};
use super::plugin::{Fake, GET_PART, LIST_PARTS, PartPlugin};
use super::world::{World, context, fails, ids, next, query};

fn world() -> World {
    World::new(vec![Fake::new("edge", parts("e", 4)), Fake::new("aws", parts("a", 5))])
}

fn plugin(world: &World, name: &str) -> Arc<Registered<dyn PartPlugin>> {
    world.registry().get(name).unwrap()
}

fn list(world: &World, context: &Context, scope: &str, query: &Query) -> Result<Listing<Part>> {
    let aws = plugin(world, "aws");
    block_on(
        world
            .federation
            .list_from(context, &aws, scope, query, |p, c, q| p.list_parts(c, q)),
    )
}

#[test]
fn a_list_of_one_plugin_is_paged_and_qualified() {
    for (sort, expected) in [("", ["1", "2", "3", "4", "5"]), ("-name", ["5", "4", "3", "2", "1"])] {
        let world = world();
        let mut query = query("", sort, 2);
        let mut shown = Vec::new();
        loop {
            let page = list(&world, &context(), "pool-1", &query).unwrap();
            assert_eq!(page.total, Some(5));
            shown.extend(ids(&page));
            query.marker = page.next;
            if query.marker.is_none() {
                break;
            }
        }
        assert_eq!(shown, expected.map(|number| format!("aws~a{number}")));
        assert_eq!(world.plugins[0].calls(), 0);
    }
}

#[test]
fn its_marker_is_good_for_one_scope_and_one_tenant() {
    let world = world();
    let asked = query("", "", 2);
    let page = list(&world, &context(), "pool-1", &asked).unwrap();
    let second = next(&asked, &page);
    for (context, scope) in [
        (context(), "pool-2"),
        (context(), ""),
        (context().with_tenant("red".into()), "pool-1"),
    ] {
        fails(list(&world, &context, scope, &second), ErrorKind::InvalidInput);
    }
    fails(world.page(&second), ErrorKind::InvalidInput);
    assert_eq!(
        ids(&list(&world, &context(), "pool-1", &second).unwrap()),
        ["aws~a3", "aws~a4"]
    );
}

#[test]
fn its_failure_is_the_lists() {
    let world = world();
    world.plugins[1].break_down(Some(|| Error::new(ErrorKind::Timeout, "late")));
    for sort in ["", "name"] {
        let error = fails(list(&world, &context(), "", &query("", sort, 2)), ErrorKind::Timeout);
        assert_eq!(error.plugin().unwrap().as_str(), "aws");
    }
    fails(
        list(&world, &context(), "", &query("(eq,nmae,x)", "", 2)),
        ErrorKind::InvalidInput,
    );
    let nothing = list(&world, &context(), "", &query("(eq,partId,e1)", "", 2)).unwrap();
    assert_eq!((nothing.items.len(), nothing.total), (0, Some(0)));
}

#[test]
fn a_listing_can_be_changed_item_by_item() {
    let page = Listing::complete(vec![Arc::new(part("1")), Arc::new(part("2"))]);
    assert_eq!(
        (page.total, page.next.as_deref(), page.failures.len()),
        (Some(2), None, 0)
    );
    let page = page.map(|part| Arc::new(part.name.clone()));
    assert_eq!(page.items, [Arc::new("1".to_owned()), Arc::new("2".to_owned())]);
    assert_eq!(page.total, Some(2));
}

#[test]
fn an_id_names_its_owner() {
    let world = world();
    for (id, expected) in [
        ("e1", Ok(("edge", "e1"))),
        ("edge~e1", Ok(("edge", "e1"))),
        ("edge~x~y", Ok(("edge", "x~y"))),
        ("aws~a1", Ok(("aws", "a1"))),
        ("aws~", Ok(("aws", ""))),
        ("größe/1%", Ok(("edge", "größe/1%"))),
        ("nobody~a1", Err(ErrorKind::NotFound)),
        ("~a1", Err(ErrorKind::NotFound)),
    ] {
        let owner = world.federation.owner(&context(), &GET_PART, &Id::<Part>::new(id));
        let found = owner
            .as_ref()
            .map(|owner| (owner.plugin.name().as_str(), owner.native.as_str()));
        assert_eq!(found.map_err(Error::kind), expected, "{id}");
    }
    world.registry().disable("aws").unwrap();
    let error = world
        .federation
        .owner(&context(), &GET_PART, &Id::<Part>::new("aws~a1"))
        .unwrap_err();
    assert!(error.is(ErrorKind::Unavailable));
}

#[test]
fn a_plugin_of_other_tenants_owns_nothing() {
    let world = World::new(vec![Fake::new("edge", [])]);
    let options = RegisterOptions::new().for_tenants(["blue".into()]);
    world
        .registry()
        .register(Arc::new(Fake::new("aws", [part("1")])), options)
        .unwrap();
    let red = context().with_tenant("red".into());
    let id = Id::<Part>::new("aws~1");
    let foreign = world.federation.owner(&red, &GET_PART, &id).unwrap_err();
    let unknown = world
        .federation
        .owner(&red, &GET_PART, &Id::<Part>::new("nobody~1"))
        .unwrap_err();
    assert_eq!(foreign.message().replace("aws", "nobody"), unknown.message());
    assert!(world.federation.owner(&context(), &GET_PART, &id).is_ok());
    let mine = block_on(world.ask(&red, &Query::new())).unwrap();
    assert_eq!((mine.items.len(), mine.failures.len()), (0, 0));
}

#[test]
fn objects_are_shown_qualified_and_to_their_tenant() {
    let world = world();
    let aws = plugin(&world, "aws");
    let show = |context: &Context| world.federation.show(context, &aws, Arc::new(part("a1").of("red")));
    let shown = show(&context()).unwrap();
    assert_eq!((shown.part_id.as_str(), shown.pool_id.as_str()), ("aws~a1", "aws~p1"));
    assert!(show(&context().with_tenant("red".into())).is_ok());
    let error = show(&context().with_tenant("blue".into())).unwrap_err();
    assert!(error.is(ErrorKind::NotFound));
    // As the plugin itself would have said it.
    assert_eq!(error.message(), "there is no part 'a1'");
    assert_eq!(error.plugin().unwrap().as_str(), "aws");
}

#[test]
fn a_new_object_goes_where_the_rules_say() {
    let world = World::new(vec![Fake::new("edge", []).without(&GET_PART), Fake::new("aws", [])]);
    let place = |operation| {
        world
            .federation
            .place(&Facts::of(operation))
            .map(|plugin| plugin.name().to_string())
    };
    assert_eq!(place(&LIST_PARTS).unwrap(), "edge");
    assert!(place(&GET_PART).unwrap_err().is(ErrorKind::Unsupported));
}
