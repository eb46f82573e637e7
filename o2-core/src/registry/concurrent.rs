//! Running several futures at once, but not all of them, and keeping a plugin's misbehaviour away from the others.

use std::fmt;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};

use crate::ports::Clock;

/// Starts work for every item, at most `limit` at the same time (one, if `limit` is zero), and hands over each output,
/// with its item and the item's number, as soon as it is there. `Break` drops what is still running.
pub(crate) async fn for_each<'a, T, R>(
    limit: usize,
    items: &'a [T],
    start: impl Fn(&'a T) -> BoxFuture<'a, R>,
    mut done: impl FnMut(usize, &'a T, R) -> ControlFlow<()>,
) {
    let mut waiting = items.iter().enumerate();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < limit.max(1)
            && let Some((number, item)) = waiting.next()
        {
            let work = start(item);
            running.push(async move { (number, item, work.await) });
        }
        let Some((number, item, output)) = running.next().await else {
            return;
        };
        if done(number, item, output).is_break() {
            return;
        }
    }
}

/// As [`for_each`], for all outputs, in the order of the items.
pub(crate) async fn in_order<'a, T, R>(
    limit: usize,
    items: &'a [T],
    start: impl Fn(&'a T) -> BoxFuture<'a, R>,
) -> Vec<(&'a T, R)> {
    let mut outputs = Vec::with_capacity(items.len());
    for_each(limit, items, start, |number, item, output| {
        outputs.push((number, item, output));
        ControlFlow::Continue(())
    })
    .await;
    outputs.sort_by_key(|(number, ..)| *number);
    outputs.into_iter().map(|(_, item, output)| (item, output)).collect()
}

/// Why [`guarded`] work has no result.
pub(super) enum Mishap {
    Late(Duration),
    Panic,
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Late(limit) => write!(f, "no answer within {limit:?}"),
            Self::Panic => f.write_str("the plugin panicked"),
        }
    }
}

/// Runs work of a plugin that may hang or panic.
pub(super) async fn guarded<T>(
    clock: &dyn Clock,
    limit: Duration,
    work: impl Future<Output = T> + Send,
) -> Result<T, Mishap> {
    let caught = AssertUnwindSafe(work).catch_unwind();
    match clock.within(limit, caught).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(_)) => Err(Mishap::Panic),
        Err(limit) => Err(Mishap::Late(limit)),
    }
}
