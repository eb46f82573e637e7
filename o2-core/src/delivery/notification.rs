//! What a subscriber is told: the body of a notification and its id.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{Links, Receiver, Shape};
use crate::event::EventRecord;
use crate::model::ChangeKind;
use crate::subscription::SubscriptionId;
use crate::{Error, Result, Timestamp};

/// The namespace of notification ids. It must never change: receivers know repetitions by the id.
const NAMESPACE: Uuid = Uuid::from_u128(0x6f1d_92c4_7a0e_4b53_9d68_21c5_e0b7_3f8a);

/// The body of a request and the id of what it carries.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) word: String,
}

/// A notification (O-RAN.WG6.TS.O2IMS-INTERFACE, InventoryChangeNotification, and the product's own fields).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Notification<'a> {
    notification_id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer_subscription_id: Option<&'a str>,
    notification_event_type: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_ref: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prior_object_state: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post_object_state: Option<&'a RawValue>,
    #[serde(flatten)]
    own: Option<Own<'a>>,
}

/// The product's own fields.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Own<'a> {
    subscription_id: &'a SubscriptionId,
    event_type: String,
    object_type: &'a str,
    timestamp: Timestamp,
    sequence: u64,
}

/// The id of the notification of an event to a subscription: the same whenever and wherever it is sent.
pub(super) fn id(record: &EventRecord, subscription: &SubscriptionId) -> Uuid {
    let name = format!("{}/{subscription}", record.id);
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// What to tell the receiver of `subscription` about `records`, of which there is at least one.
///
/// # Errors
/// `Internal` when a notification has no JSON form.
pub(super) fn tell<'a>(
    subscription: &SubscriptionId,
    receiver: &Receiver,
    records: impl Iterator<Item = &'a EventRecord>,
    links: &dyn Links,
) -> Result<Told> {
    let records: Vec<_> = records.collect();
    let notifications: Vec<_> = records
        .iter()
        .map(|record| notification(subscription, receiver, record, links))
        .collect();
    let id = match notifications.as_slice() {
        [one] if receiver.batch_size <= 1 => one.notification_id,
        many => {
            let ids: Vec<u8> = many.iter().flat_map(|one| one.notification_id.into_bytes()).collect();
            Uuid::new_v5(&NAMESPACE, &ids)
        }
    };
    let body = match notifications.as_slice() {
        [one] if receiver.batch_size <= 1 => serde_json::to_vec(one),
        many => serde_json::to_vec(many),
    };
    Ok(Told {
        id: id.to_string(),
        body: body.map_err(|error| Error::internal("a notification has no JSON form").with_source(error))?,
        word: records.first().map(|record| record.word()).unwrap_or_default(),
    })
}

fn notification<'a>(
    subscription: &'a SubscriptionId,
    receiver: &'a Receiver,
    record: &'a EventRecord,
    links: &dyn Links,
) -> Notification<'a> {
    let is_gone = record.kind.change() == ChangeKind::Deleted;
    let link = || links.link(receiver.shape, &record.object, &record.object_id);
    let own = || Own {
        subscription_id: subscription,
        event_type: record.word(),
        object_type: &record.object,
        timestamp: record.time,
        sequence: record.sequence,
    };
    Notification {
        notification_id: id(record, subscription),
        consumer_subscription_id: receiver.consumer_subscription_id.as_deref(),
        notification_event_type: record.kind.official(),
        object_ref: if is_gone { None } else { link() },
        prior_object_state: record.before.as_deref(),
        post_object_state: record.after.as_deref(),
        own: (receiver.shape == Shape::Product).then(own),
    }
}

/// A notification about nothing, which shows whether notifications arrive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Test<'a> {
    notification_id: Uuid,
    subscription_id: &'a SubscriptionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    consumer_subscription_id: Option<&'a str>,
    event_type: &'static str,
    timestamp: Timestamp,
}

/// The word of a test.
const TEST: &str = "TestNotification";

/// A test for the receiver of `subscription`, each with an id of its own.
///
/// # Errors
/// `Internal` when it has no JSON form.
pub(super) fn test(subscription: &SubscriptionId, receiver: &Receiver, now: Timestamp) -> Result<Told> {
    let notification_id = Uuid::new_v4();
    let test = Test {
        notification_id,
        subscription_id: subscription,
        consumer_subscription_id: receiver.consumer_subscription_id.as_deref(),
        event_type: TEST,
        timestamp: now,
    };
    let body = serde_json::to_vec(&test);
    Ok(Told {
        id: notification_id.to_string(),
        body: body.map_err(|error| Error::internal("a test has no JSON form").with_source(error))?,
        word: TEST.to_owned(),
    })
}
