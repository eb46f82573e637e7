//! What subscriptions hear of, case by case.

use std::sync::Arc;

use serde_json::{Value, json};

use super::Interest;
use crate::Timestamp;
use crate::event::{ChangeEvent, EventKind, Subject};
use crate::query::testing::{Site, Thing, map};
use crate::subscription::testing::{event, subjects, subscription, told};
use crate::subscription::{FilterMode, Subscription, SubscriptionStatus};

fn thing(pool: &str) -> Thing {
    Thing {
        id: "t1".into(),
        name: "edge".into(),
        resource_pool_id: Some(pool.into()),
        labels: [("zone".to_owned(), "a".to_owned())].into(),
        extensions: map(json!({"cpu": 4, "gpu": true, "os": "linux", "deep": {"x": 1}})),
        ..Thing::default()
    }
}

fn created(state: Arc<dyn Subject>) -> ChangeEvent {
    event(EventKind::Created, 0, None, Some(state))
}

fn hears(filter: Value, event: &ChangeEvent) -> bool {
    Interest::of(&subscription(filter, None), &subjects())
        .unwrap()
        .concerns(event)
}

#[test]
fn all_criteria_must_hold_and_any_of_their_values() {
    let event = created(told("thing", None, thing("p1")));
    for (filter, expected) in [
        (json!({}), true),
        (json!(null), true),
        (json!(""), true),
        (json!({"resourcePoolId": "p1"}), true),
        (json!({"resourcePoolId": ["p0", "p1"]}), true),
        (json!({"resourcePoolId": "p0"}), false),
        (json!({"resourcePoolId": "p1", "resourceTypeId": "x"}), false),
        (json!({"namespace": "ran"}), false),
        (json!({"labels": {"zone": "a"}}), true),
        (json!({"labels": {"zone": "a", "rack": "7"}}), false),
        (json!({"extensions": {"cpu": 4, "gpu": true, "os": "linux"}}), true),
        (json!({"extensions": {"cpu": 5}}), false),
        (json!({"objectType": "thing"}), true),
        (json!({"objectType": ["SITE", "ThingInfo"]}), true),
        (json!({"objectType": "site"}), false),
        (json!({"eventTypes": ["ThingCreated"]}), true),
        (json!({"eventTypes": ["thingchanged"]}), true),
        (json!({"eventTypes": ["ThingDeleted", "SiteCreated"]}), false),
        (json!({"objectType": "thing", "eventTypes": ["SiteCreated"]}), false),
    ] {
        assert_eq!(hears(filter.clone(), &event), expected, "{filter}");
    }
}

#[test]
fn expressions_are_about_the_object_and_the_event() {
    let event = created(told("thing", None, thing("p1")));
    let site = created(told("site", None, Site::default()));
    for (filter, of_thing, of_site) in [
        ("(eq,name,edge)", true, false),
        ("(neq,name,edge)", false, true),
        ("(neq,resourcePoolId,p2)", true, false),
        ("(eq,objectType,ThingInfo)", true, false),
        ("(eq,objectType,SITE);(eq,name,'')", false, true),
        ("(neq,objectType,thing)", false, true),
        ("(in,objectType,thing,site)", true, true),
        ("(eq,eventType,ThingCreated)", true, false),
        ("(neq,eventType,ThingCreated)", false, true),
        ("(in,eventType,ThingDeleted,SiteChanged)", false, true),
        ("(gt,extensions/cpu,3);(eq,extensions/deep/x,1)", true, false),
    ] {
        let filter = json!(filter);
        let heard = (hears(filter.clone(), &event), hears(filter.clone(), &site));
        assert_eq!(heard, (of_thing, of_site), "{filter}");
    }
}

#[test]
fn filters_that_fit_nothing_are_refused_with_the_place() {
    for (filter, says) in [
        (
            json!("(eq,nmae,x)"),
            "filter:4: thing: unknown attribute 'nmae'; did you mean 'name'?",
        ),
        (
            json!("(eq,name,a);(gt,alarmAcknowledged,true)"),
            "filter:16: thing: operator 'gt' is not applicable",
        ),
        (
            json!("(eq,objectType,thin)"),
            "filter:4: unknown kind of object 'thin'; did you mean 'thing'?",
        ),
        (
            json!("(in,objectType,thing,nothing)"),
            "filter:4: unknown kind of object 'nothing'",
        ),
        (
            json!("(eq,eventType,ThingMade)"),
            "filter:4: unknown kind of event 'ThingMade'",
        ),
        (
            json!("(cont,objectType,th)"),
            "filter:6: operator 'cont' is not applicable to 'objectType'",
        ),
        (
            json!("(eq,objectType,thing);(eq,objectType,site)"),
            "filter:0: fits no kind of object",
        ),
        (
            json!("(eq,objectType,site);(eq,resourcePoolId,p)"),
            "filter:25: site: unknown attribute",
        ),
        (
            json!("[(eq,name,a)|(eq,name,b)]"),
            "filter:0: alternatives in [ ] are not supported",
        ),
        (
            json!({"objectType": "thin"}),
            "filter.objectType: unknown kind of object 'thin'",
        ),
        (
            json!({"eventTypes": ["Created"]}),
            "filter.eventTypes: unknown kind of event 'Created'",
        ),
        (
            json!({"extensions": {"a": [1]}}),
            "filter.extensions.a: must be a string, a number, true or false",
        ),
        (
            json!({"extensions": {"a": null}}),
            "filter.extensions.a: must be a string",
        ),
        (
            json!({"resourceId": vec!["x"; 257]}),
            "filter.resourceId: has 257 values, at most 256",
        ),
    ] {
        let error = Interest::of(&subscription(filter.clone(), None), &subjects()).unwrap_err();
        assert!(error.to_string().starts_with(says), "{filter}: {error}");
    }
}

#[test]
fn one_of_the_states_is_enough() {
    let state = |pool| Some(told("thing", None, thing(pool)));
    let filter = json!({"resourcePoolId": "p1"});
    for (kind, before, after, expected) in [
        (EventKind::Created, None, state("p1"), true),
        (EventKind::Created, None, state("p2"), false),
        (EventKind::Deleted, state("p1"), None, true),
        (EventKind::Updated, state("p1"), state("p2"), true),
        (EventKind::Updated, state("p2"), state("p1"), true),
        (EventKind::Updated, state("p2"), state("p3"), false),
        (EventKind::Updated, None, None, false),
    ] {
        let event = event(kind, 0, before, after);
        assert_eq!(hears(filter.clone(), &event), expected, "{event:?}");
    }
}

#[test]
fn what_matches_is_suppressed_in_the_other_mode() {
    let mut suppress = subscription(json!({"resourcePoolId": "p1"}), None);
    suppress.filter_mode = FilterMode::Suppress;
    let heard = |subscription: &Subscription, object, pool| {
        let interest = Interest::of(subscription, &subjects()).unwrap();
        interest.concerns(&created(told(object, None, thing(pool))))
    };
    assert!(!heard(&suppress, "thing", "p1"));
    assert!(heard(&suppress, "thing", "p2"));
    assert!(heard(&suppress, "unknown", "p1"), "no kind of object that could match");
    suppress.filter = None;
    assert!(heard(&suppress, "thing", "p1"), "without filter nothing is suppressed");
}

#[test]
fn tenants_hear_of_what_they_may_see() {
    let state = |tenant| Some(told("thing", tenant, thing("p1")));
    let heard = |tenant, event: &ChangeEvent| {
        let subscription = subscription(json!({"resourcePoolId": "p1"}), tenant);
        Interest::of(&subscription, &subjects()).unwrap().concerns(event)
    };
    let (red, blue) = (Some("red"), Some("blue"));
    for (before, after, expected) in [
        (state(red), state(red), [true, true, false]),
        (state(None), state(None), [true, true, true]),
        (state(red), state(None), [true, true, false]),
        (state(red), state(blue), [true, false, false]),
    ] {
        let event = event(EventKind::Updated, 0, before, after);
        let hear = [None, red, blue].map(|tenant| heard(tenant, &event));
        assert_eq!(hear, expected, "{event:?}");
    }
    // Told as two events, both hear of the move, and neither of the other's state.
    let events = event(EventKind::Updated, 0, state(red), state(blue)).of_each_owner();
    let hear = |tenant| events.iter().map(|event| heard(tenant, event)).collect::<Vec<_>>();
    assert_eq!((hear(red), hear(blue)), (vec![true, false], vec![false, true]));
    assert_ne!(events[0].id, events[1].id);
    assert_eq!(
        event(EventKind::Updated, 0, state(red), state(red))
            .of_each_owner()
            .len(),
        1
    );
    assert_eq!(event(EventKind::Created, 0, None, state(red)).of_each_owner().len(), 1);
}

#[test]
fn who_sleeps_hears_nothing() {
    let event = |second| event(EventKind::Created, second, None, Some(told("thing", None, thing("p1"))));
    let heard = |status, expires_at: Option<i64>, second| {
        let mut subscription = subscription(json!(null), None);
        subscription.status = status;
        subscription.expires_at = expires_at.map(Timestamp::from_unix_seconds);
        Interest::of(&subscription, &subjects())
            .unwrap()
            .concerns(&event(second))
    };
    assert!(heard(SubscriptionStatus::Active, None, 0));
    assert!(!heard(SubscriptionStatus::Paused, None, 0));
    assert!(!heard(SubscriptionStatus::Disabled, None, 0));
    assert!(heard(SubscriptionStatus::Active, Some(5), 4));
    assert!(!heard(SubscriptionStatus::Active, Some(5), 5));
}
