//! [`Following`]: lines to come, of the pods that are there and of those that come.
//!
//! Every container has a stream of its own, which begins where its lines were read to. The pods are looked at again and
//! again: what has come is followed too, what has restarted is followed anew, and when the deployment is gone there is an
//! end.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::{Either, select};
use futures::stream::{self, BoxStream, SelectAll, StreamExt};
use kube::api::LogParams;
use o2_core::{Context, Result, Timestamp};
use o2_dms::LogLine;

use super::Wanted;
use super::line::{Bytes, Line, Lines};
use super::pod::{Container, Pod};
use super::present::{End, Key, key, nothing_yet, open, parameters, shown, whole_second};

/// How often the pods are looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// What comes from the stream of a container.
enum Event {
    Line(Key, LogLine),
    Ended(Key),
}

/// What is known of a container.
#[derive(Default)]
struct Followed {
    end: End,
    /// Whether its stream is open.
    open: bool,
    /// The run, counted by restarts, whose stream came to its end although it was not running any more.
    done: Option<u32>,
}

/// Follows the logs of a deployment.
pub(super) struct Following {
    wanted: Wanted,
    context: Context,
    streams: SelectAll<BoxStream<'static, Event>>,
    containers: BTreeMap<Key, Followed>,
    /// When the pods are looked at next.
    look: Duration,
}

impl Following {
    /// Goes on where `ends` are.
    pub(super) fn new(wanted: Wanted, context: Context, ends: BTreeMap<Key, End>) -> Self {
        let known = |(key, end)| {
            let followed = Followed {
                end,
                ..Followed::default()
            };
            (key, followed)
        };
        Self {
            wanted,
            context,
            streams: SelectAll::new(),
            containers: ends.into_iter().map(known).collect(),
            look: Duration::ZERO,
        }
    }

    pub(super) fn stream(self) -> BoxStream<'static, Result<LogLine>> {
        stream::try_unfold(self, Self::next).boxed()
    }

    async fn next(mut self) -> Result<Option<(LogLine, Self)>> {
        loop {
            let clock = self.wanted.cluster.clock();
            let wait = self.look.saturating_sub(clock.monotonic());
            if wait.is_zero() {
                if !self.look_at_pods().await? {
                    return Ok(None);
                }
                self.look = self.wanted.cluster.clock().monotonic().saturating_add(PAUSE);
                continue;
            }
            let pause = clock.sleep(wait);
            if self.streams.is_empty() {
                pause.await;
                continue;
            }
            match select(self.streams.next(), pause).await {
                Either::Left((Some(Event::Line(key, line)), _)) => {
                    self.containers.entry(key).or_default().end.pass(line.time);
                    if self.wanted.options.since.is_none_or(|since| line.time >= since) {
                        return Ok(Some((line, self)));
                    }
                }
                Either::Left((Some(Event::Ended(key)), _)) => {
                    self.containers.entry(key).or_default().open = false;
                }
                Either::Left((None, _)) | Either::Right(_) => {}
            }
        }
    }

    /// Opens the streams of what has come; whether there still is a deployment.
    async fn look_at_pods(&mut self) -> Result<bool> {
        let Some(pods) = self.wanted.pods(&self.context).await? else {
            return Ok(false);
        };
        let pods = self.wanted.chosen(pods);
        let mut there = BTreeSet::new();
        for pod in &pods {
            for container in &pod.containers {
                there.insert(key(pod, container));
                self.attend(pod, container).await?;
            }
        }
        self.containers
            .retain(|key, followed| followed.open || there.contains(key));
        Ok(true)
    }

    async fn attend(&mut self, pod: &Pod, container: &Container) -> Result<()> {
        let key = key(pod, container);
        let followed = self.containers.entry(key.clone()).or_default();
        if followed.open || !container.began || followed.done == Some(container.restarts) {
            return Ok(());
        }
        let end = followed.end.clone();
        let Some(bytes) = self.wanted.opened(&self.context, pod, container, &end).await? else {
            return Ok(());
        };
        let followed = self.containers.entry(key).or_default();
        followed.open = true;
        // What does not run writes nothing more in this run; its stream ends with what is there.
        followed.done = (!container.runs).then_some(container.restarts);
        let now = self.wanted.cluster.clock().now();
        self.streams
            .push(events(pod.clone(), container.clone(), bytes, end, now));
        Ok(())
    }
}

impl Wanted {
    /// The bytes of a container from `end` on; `None` when it has written nothing yet.
    async fn opened(&self, context: &Context, pod: &Pod, container: &Container, end: &End) -> Result<Option<Bytes>> {
        let mut parameters = LogParams {
            follow: true,
            ..parameters(&container.name, &self.options)
        };
        if let Some((last, _)) = end.last {
            parameters.since_time = whole_second(last);
        }
        let opened = self.cluster.call_or(
            context,
            |client| {
                let opening = open(client, pod, parameters.clone());
                Box::pin(async move { opening.await.map(Some) })
            },
            nothing_yet,
        );
        opened.await
    }
}

/// The lines of one container behind `end`, and that there are no more.
fn events(pod: Pod, container: Container, bytes: Bytes, end: End, now: Timestamp) -> BoxStream<'static, Event> {
    let reading = Reading {
        lines: Lines::new(bytes, now),
        end,
    };
    let key = key(&pod, &container);
    let over = stream::once(std::future::ready(Event::Ended(key.clone())));
    let lines = stream::unfold(reading, |mut reading| async move {
        let line = reading.next().await?;
        Some((line, reading))
    });
    let lines = lines.map(move |line| Event::Line(key.clone(), shown(&pod, &container, line)));
    lines.chain(over).boxed()
}

struct Reading {
    lines: Lines,
    /// What of the beginning is known already.
    end: End,
}

impl Reading {
    /// The next line that is not known; `None` when the stream has ended, or broke and will be opened again.
    async fn next(&mut self) -> Option<Line> {
        loop {
            let line = match self.lines.next().await {
                Ok(line) => line?,
                Err(error) => {
                    tracing::debug!(%error, "a log stream broke; it is opened again");
                    return None;
                }
            };
            match &mut self.end.last {
                Some((last, _)) if line.time < *last => {}
                Some((last, known)) if line.time == *last && *known > 0 => *known -= 1,
                _ => return Some(line),
            }
        }
    }
}
