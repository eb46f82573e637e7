//! The HTTP routes of subscriptions, for any API whose service has some.

use http::{Method, StatusCode};
use serde_json::Value;

use super::{
    Created, NewSubscription, RetryProfile, SecretChange, Subscription, SubscriptionId, SubscriptionStatus,
    Subscriptions, TestOutcome, op,
};
use crate::http::{Answer, BodyKind, ETag, Exchange, ProblemDetails, QueryDoc, Reply, Route};
use crate::model::attribute::{AttributeKind, Field, Shape};
use crate::{Error, Result};

/// A service that keeps subscriptions.
pub trait HasSubscriptions: Send + Sync + 'static {
    /// The subscriptions.
    fn subscriptions(&self) -> &Subscriptions;
}

const NEW: Shape = Shape::body(
    "NewSubscription",
    &[
        Field::required(
            "callback",
            AttributeKind::String,
            "Where to send notifications: an http or https URL.",
        ),
        Field::optional(
            "consumerSubscriptionId",
            AttributeKind::String,
            "What the subscriber calls it.",
        ),
        Field::optional(
            "filter",
            AttributeKind::Any,
            "What it is about: an expression or an object.",
        ),
        Field::optional(
            "filterMode",
            AttributeKind::Enum(&["select", "suppress"]),
            "Whether matching changes are reported or suppressed.",
        ),
        Field::optional(
            "status",
            AttributeKind::Enum(&["active", "paused"]),
            "Whether it shall be told of anything.",
        ),
        Field::optional(
            "expiresAt",
            AttributeKind::DateTime,
            "When it shall end by itself; not in the past.",
        ),
        Field::optional(
            "secret",
            AttributeKind::String,
            "What notifications are signed with, `whsec_` and base64, or 16 to 64 bytes of text; kept when absent, removed by null, never shown.",
        ),
        Field::optional(
            "headers",
            AttributeKind::Map,
            "Request headers that notifications shall have; *** stands for a value that is there already.",
        ),
        Field::optional(
            "retryProfile",
            AttributeKind::Enum(RetryProfile::WORDS),
            "How long the gateway shall try to deliver.",
        ),
        Field::optional(
            "batchSize",
            AttributeKind::Integer,
            "The most changes in one notification, 1 to 100.",
        ),
        Field::optional(
            "checkCallback",
            AttributeKind::Boolean,
            "Whether the callback must answer a GET with 2xx before the gateway believes it.",
        ),
        Field::optional(
            "subscriptionId",
            AttributeKind::String,
            "Ignored: the gateway makes the id.",
        ),
    ],
);

const ONE: &str = "/subscriptions/{subscriptionId}";
const PAUSE: &str = "/subscriptions/{subscriptionId}/pause";
const RESUME: &str = "/subscriptions/{subscriptionId}/resume";
const TEST: &str = "/subscriptions/{subscriptionId}/test";

/// The routes.
#[must_use]
pub fn routes<S: HasSubscriptions>() -> Vec<Route<S>> {
    vec![
        Route::get("/subscriptions", &op::LIST_SUBSCRIPTIONS, |s: &S, x| {
            Box::pin(list(s.subscriptions(), x))
        })
        .summary("List subscriptions")
        .query(QueryDoc::list::<Subscription>())
        .answers(Answer::list::<Subscription>()),
        Route::post("/subscriptions", &op::CREATE_SUBSCRIPTION, |s: &S, x| {
            Box::pin(create(s.subscriptions(), x))
        })
        .summary("Subscribe to changes")
        .takes(BodyKind::Json, NEW)
        .answers(Answer::created::<Subscription>()),
        Route::get(ONE, &op::GET_SUBSCRIPTION, |s: &S, x| {
            Box::pin(get(s.subscriptions(), x))
        })
        .summary("Read a subscription")
        .query(QueryDoc::object::<Subscription>())
        .answers(Answer::object::<Subscription>()),
        Route::put(ONE, &op::UPDATE_SUBSCRIPTION, |s: &S, x| {
            Box::pin(replace(s.subscriptions(), x))
        })
        .summary("Replace a subscription")
        .takes(BodyKind::Json, NEW)
        .answers(Answer::object::<Subscription>()),
        Route::patch(ONE, &op::UPDATE_SUBSCRIPTION, |s: &S, x| {
            Box::pin(patch(s.subscriptions(), x))
        })
        .summary("Change parts of a subscription")
        .takes(BodyKind::MergePatch, NEW)
        .answers(Answer::object::<Subscription>()),
        Route::new(Method::DELETE, ONE, &op::DELETE_SUBSCRIPTION, |s: &S, x| {
            Box::pin(delete(s.subscriptions(), x))
        })
        .summary("End a subscription"),
        Route::post(PAUSE, &op::PAUSE_SUBSCRIPTION, |s: &S, x| {
            Box::pin(set_status(s.subscriptions(), x, SubscriptionStatus::Paused))
        })
        .summary("Pause a subscription")
        .answers(Answer::object::<Subscription>()),
        Route::post(RESUME, &op::RESUME_SUBSCRIPTION, |s: &S, x| {
            Box::pin(set_status(s.subscriptions(), x, SubscriptionStatus::Active))
        })
        .summary("Resume a subscription")
        .answers(Answer::object::<Subscription>()),
        Route::post(TEST, &op::TEST_SUBSCRIPTION, |s: &S, x| {
            Box::pin(test(s.subscriptions(), x))
        })
        .summary("Send a test notification")
        .answers(Answer::object::<TestOutcome>()),
    ]
}

fn id(exchange: &Exchange) -> SubscriptionId {
    exchange.id("subscriptionId")
}

async fn list(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<Subscription>()?;
    let listing = subscriptions.list(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

async fn create(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let new: NewSubscription = exchange.json()?;
    match subscriptions.create(&exchange.context, new).await? {
        Created::New(subscription) => {
            let location = exchange.location("subscriptions", subscription.subscription_id.as_str());
            Ok(Reply::json(StatusCode::CREATED, &subscription)?
                .with_location(&location)
                .with_etag(&ETag::of(&*subscription)?))
        }
        Created::Duplicate(known) => duplicate(&exchange, &known),
    }
}

/// 409, and where the subscription is that is there already.
fn duplicate(exchange: &Exchange, known: &Subscription) -> Result<Reply> {
    let id = known.subscription_id.as_str();
    let error = Error::already_exists("subscription", id);
    let problem = ProblemDetails::of(&error).with_request_id(exchange.context.request_id());
    let mut reply = Reply::json(StatusCode::CONFLICT, &problem)?;
    let content_type = http::HeaderValue::from_static(crate::http::problem::CONTENT_TYPE_PROBLEM);
    reply.headers.insert(http::header::CONTENT_TYPE, content_type);
    Ok(reply.with_location(&exchange.location("subscriptions", id)))
}

async fn get(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<Subscription>(&[])?;
    let subscription = subscriptions.get(&exchange.context, &id(&exchange)).await?;
    Ok(Reply::selected(&*subscription, &selection)?.with_etag(&ETag::of(&*subscription)?))
}

async fn replace(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    update(subscriptions, &exchange, |current| exchange.replacement(NEW, current)).await
}

async fn patch(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    update(subscriptions, &exchange, |current| {
        let mut new: NewSubscription = exchange.patched(&NewSubscription::of(current))?;
        // A merge patch says so by `null`, which leaves no trace in what is patched.
        if exchange.json::<Value>()?.get("secret").is_some_and(Value::is_null) {
            new.secret = SecretChange::Remove;
        }
        Ok(new)
    })
    .await
}

async fn update(
    subscriptions: &Subscriptions,
    exchange: &Exchange,
    change: impl Fn(&Subscription) -> Result<NewSubscription> + Send + Sync,
) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    let subscription = subscriptions
        .update(&exchange.context, &id(exchange), &condition, change)
        .await?;
    Ok(Reply::ok(&subscription)?.with_etag(&ETag::of(&*subscription)?))
}

async fn set_status(subscriptions: &Subscriptions, exchange: Exchange, status: SubscriptionStatus) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    let subscription = subscriptions
        .set_status(&exchange.context, &id(&exchange), &condition, status)
        .await?;
    Ok(Reply::ok(&subscription)?.with_etag(&ETag::of(&*subscription)?))
}

async fn test(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(&subscriptions.test(&exchange.context, &id(&exchange)).await?)
}

async fn delete(subscriptions: &Subscriptions, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let condition = exchange.if_match()?;
    subscriptions
        .delete(&exchange.context, &id(&exchange), &condition)
        .await?;
    Ok(Reply::no_content())
}
