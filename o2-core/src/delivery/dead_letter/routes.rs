//! The HTTP routes of dead letters, for the API of administration.

use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use super::{DeadLetter, DeadLetters, Which};
use crate::admin::op;
use crate::http::{Answer, BodyKind, Exchange, QueryDoc, Reply, Route};
use crate::model::attribute::{AttributeKind, Field, Shape};
use crate::subscription::SubscriptionId;
use crate::{Error, Result, Timestamp};

/// A service that has dead letters.
pub trait HasDeadLetters: Send + Sync + 'static {
    /// The dead letters.
    fn dead_letters(&self) -> &DeadLetters;
}

const ONE: &str = "/deadLetters/{deadLetterId}";

const WHICH: Shape = Shape::body(
    "DeadLetterSelection",
    &[
        Field::optional("subscriptionId", AttributeKind::String, "Those of this subscription."),
        Field::optional(
            "since",
            AttributeKind::DateTime,
            "Those that are dead letters since this moment or later.",
        ),
        Field::optional(
            "until",
            AttributeKind::DateTime,
            "Those that were dead letters before this moment.",
        ),
    ],
);

/// Which dead letters a request is about.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Selection {
    subscription_id: Option<SubscriptionId>,
    since: Option<Timestamp>,
    until: Option<Timestamp>,
}

#[derive(Serialize)]
struct Count {
    count: usize,
}

/// The routes.
pub(in crate::delivery) fn routes<S: HasDeadLetters>() -> Vec<Route<S>> {
    vec![
        Route::get("/deadLetters", &op::LIST_DEAD_LETTERS, |s: &S, x| {
            Box::pin(list(s.dead_letters(), x))
        })
        .summary("List notifications that could not be delivered")
        .query(QueryDoc::list::<DeadLetter>())
        .answers(Answer::list::<DeadLetter>()),
        Route::get(ONE, &op::GET_DEAD_LETTER, |s: &S, x| Box::pin(get(s.dead_letters(), x)))
            .summary("Read a notification that could not be delivered")
            .query(QueryDoc::object::<DeadLetter>())
            .answers(Answer::object::<DeadLetter>()),
        Route::new(Method::DELETE, ONE, &op::PURGE_DEAD_LETTERS, |s: &S, x| {
            Box::pin(purge(s.dead_letters(), x))
        })
        .summary("Remove a dead letter"),
        Route::post(
            "/deadLetters/{deadLetterId}/replay",
            &op::REPLAY_DEAD_LETTERS,
            |s: &S, x| Box::pin(replay(s.dead_letters(), x)),
        )
        .summary("Send a dead letter again")
        .answers(Answer::Empty(StatusCode::ACCEPTED)),
        Route::post("/deadLetters/replay", &op::REPLAY_DEAD_LETTERS, |s: &S, x| {
            Box::pin(replay_all(s.dead_letters(), x))
        })
        .summary("Send dead letters again")
        .takes(BodyKind::Json, WHICH)
        .answers(Answer::Json(StatusCode::ACCEPTED)),
        Route::post("/deadLetters/purge", &op::PURGE_DEAD_LETTERS, |s: &S, x| {
            Box::pin(purge_all(s.dead_letters(), x))
        })
        .summary("Remove dead letters")
        .takes(BodyKind::Json, WHICH)
        .answers(Answer::Json(StatusCode::OK)),
    ]
}

async fn list(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    let query = exchange.query::<DeadLetter>()?;
    let listing = letters.list(&exchange.context, &query).await?;
    Reply::list(&exchange, &listing, &query.selection)
}

async fn get(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    let selection = exchange.selection::<DeadLetter>(&[])?;
    let letter = letters.get(&exchange.context, id(&exchange)).await?;
    Reply::selected(&*letter, &selection)
}

async fn purge(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    letters.purge(&exchange.context, id(&exchange)).await?;
    Ok(Reply::no_content())
}

async fn replay(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    letters.replay(&exchange.context, id(&exchange)).await?;
    Ok(Reply::empty(StatusCode::ACCEPTED))
}

async fn replay_all(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    let which = which(&exchange)?;
    let count = letters.replay_all(&exchange.context, &which).await?;
    Reply::json(StatusCode::ACCEPTED, &Count { count })
}

async fn purge_all(letters: &DeadLetters, exchange: Exchange) -> Result<Reply> {
    let which = which(&exchange)?;
    let count = letters.purge_all(&exchange.context, &which).await?;
    Reply::ok(&Count { count })
}

fn id(exchange: &Exchange) -> &str {
    exchange.path.get("deadLetterId")
}

/// Which letters the body means. An empty object means all of them; a body has to be there.
fn which(exchange: &Exchange) -> Result<Which> {
    exchange.expect_params(&[])?;
    let selection: Selection = exchange.json()?;
    if let (Some(since), Some(until)) = (selection.since, selection.until)
        && since >= until
    {
        return Err(Error::violation("body.until", "must be later than since"));
    }
    Ok(Which {
        subscription: selection.subscription_id,
        since: selection.since,
        until: selection.until,
    })
}
