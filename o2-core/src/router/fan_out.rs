//! Asking several plugins the same question: [`merge`], [`first`] and [`fallback`]. For reads; nothing here undoes what
//! a plugin did before its answer was dropped.
//!
//! How long a plugin may take is decided by the layers around it; what has not answered when the returned future is
//! dropped is dropped with it.

use std::ops::ControlFlow;
use std::sync::Arc;

use futures::future::BoxFuture;

use super::Failures;
use crate::id::PluginId;
use crate::registry::{Registered, for_each, in_order};
use crate::{Error, ErrorKind, Fault, Result};

/// Asks everybody, at most `concurrency` at the same time. The answers have the order of the targets.
///
/// See [`split`] for what to do with them.
pub async fn merge<'a, P: ?Sized, R>(
    targets: &'a [Arc<Registered<P>>],
    concurrency: usize,
    ask: impl Fn(&'a Arc<Registered<P>>) -> BoxFuture<'a, Result<R>>,
) -> Vec<(PluginId, Result<R>)> {
    let answers = in_order(concurrency, targets, ask).await;
    let named = answers
        .into_iter()
        .map(|(target, answer)| (target.name().clone(), answer));
    named.collect()
}

/// Parts good answers from failures. `known` are the failures of those who were not even asked.
///
/// # Errors
/// The worst failure when there is no good answer; `Unavailable` when there is no answer at all.
pub fn split<R>(
    answers: impl IntoIterator<Item = (PluginId, Result<R>)>,
    known: Failures,
) -> Result<(Vec<(PluginId, R)>, Failures)> {
    let mut failures = known;
    let mut good = Vec::new();
    for (plugin, answer) in answers {
        match answer {
            Ok(value) => good.push((plugin, value)),
            Err(error) => failures.push(plugin, error),
        }
    }
    if good.is_empty() {
        Err(failures.into_worst().unwrap_or_else(nobody))
    } else {
        Ok((good, failures))
    }
}

/// Asks everybody, at most `concurrency` at the same time, and returns the fastest good answer. The others are dropped.
///
/// # Errors
/// The worst failure when all fail; `Unavailable` when there are no targets.
pub async fn first<'a, P: ?Sized, R>(
    targets: &'a [Arc<Registered<P>>],
    concurrency: usize,
    ask: impl Fn(&'a Arc<Registered<P>>) -> BoxFuture<'a, Result<R>>,
) -> Result<(PluginId, R)> {
    let mut failures = Failures::new();
    let mut fastest = None;
    for_each(concurrency, targets, ask, |_, target, answer| match answer {
        Ok(value) => {
            fastest = Some((target.name().clone(), value));
            ControlFlow::Break(())
        }
        Err(error) => {
            failures.push(target.name().clone(), error);
            ControlFlow::Continue(())
        }
    })
    .await;
    fastest.ok_or_else(|| failures.into_worst().unwrap_or_else(nobody))
}

/// Asks one after the other until there is a good answer.
///
/// An error that is the caller's fault, such as `NotFound` or `InvalidInput`, is an answer and ends the search: a
/// second plugin must not hide what is wrong with the request. `Unsupported` and `RateLimited` say something about
/// one plugin only, so the next is asked, as it is after every failure of a backend or of the gateway.
///
/// # Errors
/// The caller's error as described; the worst failure when all fail; `Unavailable` when there are no targets.
pub async fn fallback<'a, P: ?Sized, R>(
    targets: &'a [Arc<Registered<P>>],
    ask: impl Fn(&'a Arc<Registered<P>>) -> BoxFuture<'a, Result<R>>,
) -> Result<(PluginId, R)> {
    let mut failures = Failures::new();
    for target in targets {
        match ask(target).await {
            Ok(value) => return Ok((target.name().clone(), value)),
            Err(error) if is_answer(&error) => return Err(error.with_plugin(target.name())),
            Err(error) => failures.push(target.name().clone(), error),
        }
    }
    Err(failures.into_worst().unwrap_or_else(nobody))
}

fn is_answer(error: &Error) -> bool {
    error.fault() == Fault::Caller && !matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::RateLimited)
}

fn nobody() -> Error {
    Error::new(ErrorKind::Unavailable, "there is no plugin to ask")
}
