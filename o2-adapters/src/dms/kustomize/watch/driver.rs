//! [`drive`]: goes on with work that is left, whoever has begun it.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{Either, poll_fn, select};
use o2_core::{Context, ErrorKind, Timestamp};
use o2_dms::DeploymentId;

use super::board::{Board, Task};
use crate::dms::kustomize::site::Site;

/// How soon a deployment is looked at again that did not get any further.
const AGAIN: Duration = Duration::from_secs(1);
/// How soon at the latest, while something is left to be done.
const LATEST: Duration = Duration::from_secs(10);

/// Does what there is to be done on the board, without end. It is polled by who reads the stream of changes, and so whenever
/// the board may have changed.
pub(super) fn drive(site: Arc<Site>, board: Arc<Board>, context: &Context) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    let context = Context::new(context.request_id());
    Box::pin(async move {
        let mut tried: BTreeMap<DeploymentId, Timestamp> = BTreeMap::new();
        loop {
            let (tasks, round) = board.tasks();
            let now = site.clock.now();
            tried.retain(|id, _| tasks.iter().any(|task| task.id == *id));
            let due: Vec<_> = tasks.iter().filter(|task| is_due(task, &tried, now)).collect();
            for task in due {
                tried.insert(task.id.clone(), now);
                go_on(&site, &context, &task.id).await;
            }
            let wait = pause(&tasks, &tried, site.clock.now());
            let news = poll_fn(|_| {
                if board.round() == round {
                    std::task::Poll::Pending
                } else {
                    std::task::Poll::Ready(())
                }
            });
            match wait {
                None => news.await,
                Some(wait) => {
                    let pause = site.clock.sleep(wait);
                    match select(news, pause).await {
                        Either::Left(_) | Either::Right(_) => {}
                    }
                }
            }
        }
    })
}

fn is_due(task: &Task, tried: &BTreeMap<DeploymentId, Timestamp>, now: Timestamp) -> bool {
    let rested = tried.get(&task.id).is_none_or(|last| now.since(*last) >= AGAIN);
    rested && task.at.is_none_or(|at| at <= now)
}

/// How long to wait for something to do, unless the board changes; `None` when there is nothing.
fn pause(tasks: &[Task], tried: &BTreeMap<DeploymentId, Timestamp>, now: Timestamp) -> Option<Duration> {
    let each = tasks.iter().map(|task| match task.at {
        Some(at) if at > now => at.since(now).max(AGAIN),
        _ if tried.contains_key(&task.id) => LATEST,
        _ => AGAIN,
    });
    each.min()
}

async fn go_on(site: &Site, context: &Context, id: &DeploymentId) {
    let gone_on = async {
        let parent = site.find(context, id).await?;
        site.advance(context, parent).await
    };
    match gone_on.await {
        Err(error) if !error.is(ErrorKind::NotFound) => {
            tracing::info!(%id, %error, "work on a deployment cannot be gone on with; it is tried again");
        }
        _ => {}
    }
}
