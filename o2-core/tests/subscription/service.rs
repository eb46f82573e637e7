//! Subscriptions for hosts without HTTP.

use std::sync::Arc;

use futures::executor::block_on;
use futures::stream;
use o2_core::federation::list_of;
use o2_core::http::IfMatch;
use o2_core::model::{AttributeValue, Attributes};
use o2_core::query::{Filter, PageLimits, Query, Sort};
use o2_core::subscription::{
    Created, Headers, NewSubscription, RetryProfile, Subscription, SubscriptionFilter, SubscriptionId,
};
use o2_core::{Context, Error, ErrorKind, Model, Timestamp};
use serde_json::json;

use super::world;

fn new(number: usize) -> NewSubscription {
    NewSubscription::to(format!("https://smo/{number}"))
}

#[test]
fn a_host_subscribes_without_http() {
    let world = world();
    let context = Context::new("r");
    let created = |result| match result {
        Ok(Created::New(subscription)) => Ok(subscription),
        Ok(Created::Duplicate(known)) => Err(known),
        other => panic!("{other:?}"),
    };
    let subscription = created(block_on(world.subscriptions.create(&context, new(1)))).unwrap();
    let known = created(block_on(world.subscriptions.create(&context, new(1)))).unwrap_err();
    assert_eq!(known, subscription);
    let id = subscription.subscription_id.clone();
    assert_eq!(block_on(world.subscriptions.get(&context, &id)).unwrap(), subscription);
    let change = |current: &Subscription| {
        let mut new = NewSubscription::to(current.callback.clone());
        new.filter = Some(SubscriptionFilter::Expression("(eq,name,a)".into()));
        Ok(new)
    };
    let changed = block_on(world.subscriptions.update(&context, &id, &IfMatch::Any, change)).unwrap();
    assert!(changed.filter.is_some());
    let refuse = |_: &Subscription| Err(Error::conflict("not now"));
    let error = block_on(world.subscriptions.update(&context, &id, &IfMatch::Any, refuse)).unwrap_err();
    assert!(error.is(ErrorKind::Conflict));
    let clone = world.subscriptions.clone();
    block_on(clone.delete(&context, &id, &IfMatch::Unconditional)).unwrap();
    assert!(
        block_on(world.subscriptions.get(&context, &id))
            .unwrap_err()
            .is(ErrorKind::NotFound)
    );
}

#[test]
fn a_wrong_subscription_is_not_kept() {
    let world = world();
    let context = Context::new("r");
    let error = block_on(world.subscriptions.create(&context, NewSubscription::to("x"))).unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput));
    assert_eq!(
        block_on(world.subscriptions.list(&context, &Query::new()))
            .unwrap()
            .total,
        Some(0)
    );
}

fn subscription(number: usize) -> Arc<Subscription> {
    let id = SubscriptionId::from(format!("id-{}", number * 7 % 10));
    Arc::new(new(number % 3).into_subscription(id, None, Timestamp::UNIX_EPOCH))
}

/// The lists of the gateway's own objects are made by one function; it pages whatever comes.
#[test]
fn lists_of_stored_objects_are_what_a_naive_reader_would_make_of_them() {
    let objects: Vec<_> = (0..10).map(subscription).collect();
    let limits = PageLimits { default: 3, max: 5 };
    for (filter, sort) in [
        ("", ""),
        ("(neq,callback,'https://smo/1')", ""),
        ("", "-callback"),
        ("(eq,callback,x)", "callback"),
    ] {
        let query = Query::new()
            .with_filter(Filter::parse(filter).unwrap())
            .with_sort(Sort::parse(sort).unwrap());
        let matcher = query.filter.bind::<Subscription>().unwrap();
        let sorter = query.sort.bind::<Subscription>().unwrap();
        let mut expected: Vec<_> = objects
            .iter()
            .filter(|object| matcher.matches(object))
            .cloned()
            .collect();
        expected.sort_by(|one, other| sorter.compare(one, other).then_with(|| one.id().cmp(other.id())));
        for limit in 1..=5 {
            let mut query = query.clone().with_limit(limit);
            let mut shown = Vec::new();
            loop {
                let stream = stream::iter(objects.clone().into_iter().map(Ok));
                let page = block_on(list_of(stream, &Context::new("r"), &query, limits)).unwrap();
                assert_eq!(page.total, Some(expected.len() as u64));
                shown.extend(page.items);
                query.marker = page.next;
                if query.marker.is_none() {
                    break;
                }
            }
            assert_eq!(shown, expected, "{filter} {sort} {limit}");
        }
    }
}

#[test]
fn what_the_store_says_is_what_the_reader_hears() {
    let broken = [
        Ok(subscription(1)),
        Err(Error::new(ErrorKind::Unavailable, "the store is down")),
    ];
    let stream = stream::iter(broken);
    let error = block_on(list_of(
        stream,
        &Context::new("r"),
        &Query::new(),
        PageLimits::default(),
    ))
    .unwrap_err();
    assert!(error.is(ErrorKind::Unavailable));
    let wrong = Query::new().with_filter(Filter::parse("(eq,nothing,x)").unwrap());
    let nothing = stream::iter(Vec::<o2_core::Result<Arc<Subscription>>>::new());
    let error = block_on(list_of(nothing, &Context::new("r"), &wrong, PageLimits::default())).unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput));
}

#[test]
fn attributes_are_what_is_on_the_wire() {
    let mut new = new(1);
    new.consumer_subscription_id = Some("c".into());
    new.filter = Some(SubscriptionFilter::Expression("(eq,name,a)".into()));
    new.expires_at = Some(Timestamp::UNIX_EPOCH);
    new.headers = Headers::new([("x-tenant", "red")]);
    new.retry_profile = Some(RetryProfile::Seed);
    new.check_callback = true;
    let mut subscription = new.into_subscription("s".into(), Some("red".into()), Timestamp::UNIX_EPOCH);
    subscription.status_reason = Some("because".into());
    let wire = serde_json::to_value(&subscription).unwrap();
    let table = Subscription::attributes();
    let mut names: Vec<_> = table.iter().map(|row| row.name).collect();
    names.sort_unstable();
    assert_eq!(wire.as_object().unwrap().keys().collect::<Vec<_>>(), names);
    for row in table {
        let value = match (row.get)(&subscription) {
            AttributeValue::String(text) => json!(text),
            AttributeValue::DateTime(time) => json!(time),
            AttributeValue::Integer(number) => json!(number),
            AttributeValue::Boolean(truth) => json!(truth),
            AttributeValue::Labels(labels) => json!(labels),
            other => panic!("{}: {other:?}", row.name),
        };
        assert_eq!(wire[row.name], value, "{}", row.name);
    }
    let aws = o2_core::PluginId::new("aws");
    let mut qualified = subscription.clone();
    qualified.qualify(o2_core::id::qualified::Qualifier::new(&aws, false));
    assert_eq!(qualified, subscription, "subscriptions are the gateway's own");
}
