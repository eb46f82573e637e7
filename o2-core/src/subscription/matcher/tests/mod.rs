//! The index answers what asking every subscription would.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::index::Index;
use crate::event::{ChangeEvent, EventKind, Subject};
use crate::query::Filter;
use crate::query::testing::{Site, Thing, any_clauses, any_thing, key, map, word};
use crate::subscription::testing::{event, subjects, subscription, told};
use crate::subscription::{FilterMode, Interest, Subscription, SubscriptionId, SubscriptionStatus};
use crate::{TenantId, Timestamp};

const TENANTS: [Option<&str>; 3] = [None, Some("red"), Some("blue")];

fn expression() -> impl Strategy<Value = Value> {
    let about_event = select(vec![
        "",
        "(eq,objectType,thing)",
        "(nin,objectType,other,site)",
        "(eq,eventType,ThingCreated)",
        "(neq,eventType,OtherDeleted)",
        "(eq,name,a)",
    ]);
    (any_clauses(), about_event).prop_map(|(clauses, about_event)| {
        let clauses = Filter::from_iter(clauses).to_string();
        let parts = [about_event, &clauses];
        json!(
            parts
                .iter()
                .filter(|part| !part.is_empty())
                .copied()
                .collect::<Vec<_>>()
                .join(";")
        )
    })
}

fn criteria() -> impl Strategy<Value = Value> {
    let ids = || vec(select(vec!["p1", "p2"]), 0..3);
    let objects = vec(select(vec!["thing", "OTHER", "siteInfo"]), 0..2);
    let events = vec(select(vec!["ThingCreated", "OtherChanged", "SiteDeleted"]), 0..3);
    let labels = option::of((key(), word()));
    let extensions = option::of((
        key(),
        prop_oneof![word().prop_map(Value::from), (0..3i64).prop_map(Value::from)],
    ));
    (ids(), ids(), objects, events, labels, extensions).prop_map(
        |(pools, types, objects, events, labels, extensions)| {
            let extensions: serde_json::Map<_, _> = extensions.into_iter().collect();
            let labels: BTreeMap<_, _> = labels.into_iter().collect();
            json!({
                "resourcePoolId": pools, "resourceTypeId": types, "objectType": objects, "eventTypes": events,
                "labels": labels, "extensions": extensions,
            })
        },
    )
}

fn any_subscription() -> impl Strategy<Value = Subscription> {
    let filter = prop_oneof![1 => Just(json!(null)), 4 => expression(), 3 => criteria()];
    let status = prop_oneof![5 => Just(SubscriptionStatus::Active), 1 => Just(SubscriptionStatus::Paused)];
    let mode = prop_oneof![4 => Just(FilterMode::Select), 1 => Just(FilterMode::Suppress)];
    (filter, select(&TENANTS[..]), status, mode, option::of(0..4i64)).prop_map(
        |(filter, tenant, status, mode, expires)| {
            let mut subscription = subscription(filter, tenant);
            subscription.status = status;
            subscription.filter_mode = mode;
            subscription.expires_at = expires.map(Timestamp::from_unix_seconds);
            subscription
        },
    )
}

fn any_state(object: &'static str) -> impl Strategy<Value = Arc<dyn Subject>> {
    let ids = (
        option::of(select(vec!["p1", "p2"])),
        option::of(select(vec!["p1", "p2"])),
    );
    (any_thing(), ids, select(&TENANTS[..])).prop_map(move |(thing, (pool, of_type), tenant)| match object {
        "site" => told(object, tenant, thing.site.unwrap_or_default()),
        _ => {
            let thing = Thing {
                resource_pool_id: pool.map(str::to_owned),
                resource_type_id: of_type.map(str::to_owned),
                ..thing
            };
            told(object, tenant, thing)
        }
    })
}

fn any_event() -> impl Strategy<Value = ChangeEvent> {
    select(vec!["thing", "other", "site", "unknown"]).prop_flat_map(|object| {
        let state = || option::of(any_state(object));
        (select(EventKind::ALL), 0..4i64, state(), state())
            .prop_map(|(kind, second, before, after)| event(kind, second, before, after))
    })
}

type All = BTreeMap<SubscriptionId, Arc<Subscription>>;

fn sorted(mut ids: Vec<SubscriptionId>) -> Vec<SubscriptionId> {
    ids.sort();
    ids
}

fn asking_all(all: &All, event: &ChangeEvent) -> Vec<SubscriptionId> {
    let concerned = all
        .values()
        .filter(|subscription| Interest::of(subscription, &subjects()).is_ok_and(|interest| interest.concerns(event)));
    concerned
        .map(|subscription| subscription.subscription_id.clone())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_what_asking_all_does(
        steps in vec((0..12u8, option::weighted(0.8, any_subscription())), 1..30),
        events in vec(any_event(), 1..6),
    ) {
        let (mut index, mut all) = (Index::default(), All::new());
        for (number, wanted) in steps {
            let id = SubscriptionId::from(format!("s{number}"));
            match wanted {
                Some(mut subscription) => {
                    subscription.subscription_id = id.clone();
                    let subscription = Arc::new(subscription);
                    let _ = index.put(Arc::clone(&subscription), &subjects());
                    all.insert(id, subscription);
                }
                None => {
                    index.remove(&id);
                    all.remove(&id);
                }
            }
        }
        let mut rebuilt = Index::default();
        for subscription in all.values() {
            let _ = rebuilt.put(Arc::clone(subscription), &subjects());
        }
        prop_assert_eq!(index.len(), rebuilt.len());
        for event in &events {
            let expected = asking_all(&all, event);
            prop_assert_eq!(&sorted(index.matching(event)), &expected, "{:?}", event);
            prop_assert_eq!(&sorted(rebuilt.matching(event)), &expected, "rebuilt, {:?}", event);
        }
        for id in all.keys() {
            index.remove(id);
        }
        prop_assert!(index.is_empty(), "{:?}", index);
    }
}

/// Nobody who waits for something else is asked, so many places that no object has cost nothing.
#[test]
fn only_those_are_asked_who_wait_for_what_the_object_has() {
    let mut index = Index::default();
    for number in 0..1000 {
        let filter = match number % 4 {
            0 => json!({"resourcePoolId": format!("p{number}"), "labels": {"zone": "a"}}),
            1 => json!({"extensions": {format!("key{number}"): number}}),
            2 => json!(format!("(eq,extensions/cpu,{number});(neq,name,b)")),
            _ => json!({"eventTypes": ["ThingDeleted"], "objectType": "thing"}),
        };
        let mut subscription = subscription(filter, None);
        subscription.subscription_id = format!("s{number}").into();
        index.put(Arc::new(subscription), &subjects()).unwrap();
    }
    let thing = Thing {
        resource_pool_id: Some("p4".into()),
        labels: [("zone".to_owned(), "a".to_owned())].into(),
        extensions: map(json!({"key5": 5, "cpu": [6, 10]})),
        ..Thing::default()
    };
    let event = event(EventKind::Created, 0, None, Some(told("thing", None, thing)));
    assert_eq!(index.candidates(&event).len(), 4);
    assert_eq!(
        sorted(index.matching(&event)),
        ["s10", "s4", "s5", "s6"].map(SubscriptionId::from)
    );
}

#[test]
fn an_object_of_one_tenant_costs_nothing_for_the_others() {
    let mut index = Index::default();
    for number in 0..100 {
        let mut subscription = subscription(json!(null), Some("placeholder"));
        subscription.subscription_id = format!("s{number}").into();
        subscription.tenant_id = Some(TenantId::from(format!("t{number}")));
        index.put(Arc::new(subscription), &subjects()).unwrap();
    }
    let of = |tenant| event(EventKind::Created, 0, None, Some(told("site", tenant, Site::default())));
    assert_eq!(index.candidates(&of(Some("t7"))).len(), 1);
    assert_eq!(index.candidates(&of(None)).len(), 100);
}
