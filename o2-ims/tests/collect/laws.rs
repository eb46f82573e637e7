//! Laws: what is told leads from the first list to the end, whatever happens in between; what is known answers as the
//! backend does.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::ErrorKind;
use o2_core::context::Consistency;
use o2_core::event::EventRecord;
use o2_core::query::Query;
use o2_core::{Context, TenantId};
use o2_ims::{Resource, op};
use o2_testkit::strategies::models;
use o2_testkit::strategies::query::{filter_about, sort};
use proptest::prelude::*;
use serde_json::value::RawValue;

use super::backend::Backend;
use super::world::{Failure, Outside, World, any_age};

/// What happens to a backend and to the process that collects it.
#[derive(Debug, Clone)]
enum Happening {
    Put(u8, u8),
    Delete(u8),
    Silent(u8, u8),
    Break,
    Forget,
    Fail(bool),
    Store(bool),
    Wait(u64),
    Crash(u64, bool),
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (0_u8..4, any::<u8>()).prop_map(|(id, text)| Happening::Put(id, text)),
        3 => (0_u8..4).prop_map(Happening::Delete),
        1 => (0_u8..4, any::<u8>()).prop_map(|(id, text)| Happening::Silent(id, text)),
        1 => Just(Happening::Break),
        1 => Just(Happening::Forget),
        1 => any::<bool>().prop_map(Happening::Fail),
        1 => any::<bool>().prop_map(Happening::Store),
        4 => prop_oneof![Just(0), 1_u64..40, Just(700)].prop_map(Happening::Wait),
        1 => (1_u64..6, any::<bool>()).prop_map(|(commit, written)| Happening::Crash(commit, written)),
        2 => Just(Happening::Restart),
    ]
}

async fn happen(world: &World, happening: &Happening) {
    let backend = &world.backend;
    match happening {
        Happening::Put(id, text) => backend.put_pool(&id.to_string(), &text.to_string()),
        Happening::Delete(id) => backend.delete_pool(&id.to_string()),
        Happening::Silent(id, text) => backend.put_silently(&id.to_string(), &text.to_string()),
        Happening::Break => backend.break_watches(),
        Happening::Forget => {
            backend.forget();
            backend.break_watches();
        }
        Happening::Fail(fails) => backend.fails(fails.then_some(ErrorKind::Unavailable)),
        Happening::Store(done) => world
            .told
            .fail([if *done { Failure::Unanswered } else { Failure::Refused }]),
        Happening::Wait(seconds) => world.wait(*seconds).await,
        Happening::Crash(..) | Happening::Restart => {}
    }
}

fn text(json: &RawValue) -> String {
    let json: serde_json::Value = serde_json::from_str(json.get()).unwrap();
    json["description"].as_str().unwrap().to_owned()
}

/// Applies an event to what a subscriber knows. It fits there, so nothing is told twice and nothing is left out.
fn apply(known: &mut BTreeMap<String, String>, event: &EventRecord) -> Result<(), TestCaseError> {
    let id = event.object_id.clone();
    prop_assert_eq!(
        known.get(&id).cloned(),
        event.before.as_deref().map(text),
        "{:?}",
        event
    );
    match &event.after {
        Some(after) => known.insert(id, text(after)),
        None => known.remove(&id),
    };
    Ok(())
}

fn subscriber_knows_the_end(backend: &Arc<Backend>, happenings: &[Happening]) -> Result<(), TestCaseError> {
    let mut outside = Outside::lasting();
    backend.put_pool("0", "first");
    backend.put_pool("1", "first");
    let mut known = backend.pools();
    let first = outside.process(backend);
    first.run(first.wait(5));
    for life in happenings.split(|happening| matches!(happening, Happening::Restart)) {
        outside.restart();
        let world = outside.process(backend);
        world.run(async {
            for happening in life {
                match happening {
                    Happening::Crash(commit, written) => outside.crash_at(*commit, *written),
                    happening => happen(&world, happening).await,
                }
            }
        });
    }
    backend.fails(None);
    outside.restart();
    let last = outside.process(backend);
    last.run(last.wait(1500));
    for event in outside.outbox() {
        apply(&mut known, &event)?;
    }
    prop_assert_eq!(known, backend.pools());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_told_of_a_watched_backend_leads_to_what_is_there(
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        subscriber_knows_the_end(&Backend::watched("edge"), &happenings)?;
    }

    #[test]
    fn what_is_told_of_a_polled_backend_leads_to_what_is_there(
        happenings in prop::collection::vec(happening(), 0..40),
    ) {
        subscriber_knows_the_end(&Backend::polled("edge"), &happenings)?;
    }

    #[test]
    fn what_is_known_answers_as_the_backend_does(
        (resources, filter) in models::<Resource>(0..30).prop_flat_map(|resources| {
            let filter = filter_about(&resources);
            (Just(resources), filter)
        }),
        sort in sort::<Resource>(),
        limit in 1_u32..12,
        tenant in prop::option::of("[a-c]"),
    ) {
        let backend = Backend::polled("edge");
        for (number, mut resource) in resources.into_iter().enumerate() {
            resource.tenant_id = ["a", "b"].get(number % 3).map(TenantId::new);
            backend.put_resource(resource);
        }
        let world = World::new(&backend);
        let query = Query::new().with_filter(filter).with_sort(sort).with_limit(limit);
        let context = tenant.map_or(any_age(), |tenant| any_age().with_tenant(TenantId::new(tenant)));
        world.run(async {
            world.wait(5).await;
            let live = context.clone().with_consistency(Consistency::Live);
            let (known, there) = (walk(&world, &context, &query).await, walk(&world, &live, &query).await);
            // Nobody is asked, and nothing looked up, for what only a plugin of another name can have, such as type `aws~i-1`.
            prop_assert!(context.age().is_some() || known.0.is_empty());
            prop_assert_eq!(known, there);
            Ok(())
        })?;
    }
}

/// All pages, with what each says about the length of the list.
async fn walk(world: &World, context: &Context, query: &Query) -> (Vec<Arc<Resource>>, Vec<Option<u64>>) {
    let (mut items, mut totals, mut query) = (Vec::new(), Vec::new(), query.clone());
    loop {
        let list = world
            .plugins
            .list(context, &op::LIST_RESOURCES, &query, |p, c, q| p.list_resources(c, q));
        let page = list.await.unwrap();
        items.extend(page.items);
        totals.push(page.total);
        query.marker = page.next;
        if query.marker.is_none() {
            return (items, totals);
        }
    }
}
