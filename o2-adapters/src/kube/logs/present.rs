//! [`Present`]: the lines that are there.

use std::collections::BTreeMap;

use futures::future::{BoxFuture, FutureExt};
use futures::stream::{self, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1 as core;
use kube::api::LogParams;
use kube::{Api, Client};
use o2_core::{Context, Result, Timestamp};
use o2_dms::{LogLine, LogOptions};

use super::line::{Bytes, Line, Lines};
use super::pod::{Container, Pod};
use super::{AT_ONCE, Wanted};
use crate::kube::failure::error_of;

/// Lines of one container that are read back at most, and bytes.
const MOST_LINES: u32 = 10_000;
const MOST_BYTES: i64 = 4 * 1024 * 1024;

/// Where the lines of a container have been read to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct End {
    /// The time of the last line, and how many lines have it.
    pub(super) last: Option<(Timestamp, usize)>,
}

impl End {
    pub(super) fn pass(&mut self, time: Timestamp) {
        self.last = match self.last {
            Some((last, lines)) if last == time => Some((last, lines + 1)),
            _ => Some((time, 1)),
        };
    }
}

/// A container of a pod, by the pod's uid and its own name.
pub(super) type Key = (String, String);

pub(super) fn key(pod: &Pod, container: &Container) -> Key {
    (pod.uid.clone(), container.name.clone())
}

/// The lines that are there, oldest first, and where each container was read to.
pub(super) struct Present {
    pub(super) lines: Vec<LogLine>,
    pub(super) ends: BTreeMap<Key, End>,
}

impl Present {
    pub(super) async fn read(wanted: &Wanted, context: &Context, pods: &[Pod]) -> Result<Self> {
        let began = pods.iter().flat_map(|pod| {
            let began = pod.containers.iter().filter(|container| container.began);
            began.map(move |container| (pod, container))
        });
        let each = began.map(|(pod, container)| async move {
            let lines = lines_of(wanted, context, pod, container).await?;
            Ok::<_, o2_core::Error>((pod, container, lines))
        });
        let each: Vec<_> = each.collect();
        let read: Vec<_> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
        let (mut all, mut ends) = (Vec::new(), BTreeMap::<Key, End>::new());
        for (pod, container, lines) in read {
            let end = ends.entry(key(pod, container)).or_default();
            for line in lines {
                end.pass(line.time);
                all.push(shown(pod, container, line));
            }
        }
        all.retain(|line| wanted.options.since.is_none_or(|since| line.time >= since));
        all.sort_by_key(|line: &LogLine| line.time);
        if let Some(tail) = wanted.options.tail {
            let older = all.len().saturating_sub(tail as usize);
            all.drain(..older);
        }
        Ok(Self { lines: all, ends })
    }
}

pub(super) fn shown(pod: &Pod, container: &Container, line: Line) -> LogLine {
    LogLine::new(line.time, pod.name.as_str(), container.name.as_str(), line.text)
}

/// What a container has written, before its last restart and since.
async fn lines_of(wanted: &Wanted, context: &Context, pod: &Pod, container: &Container) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    if container.restarts > 0 {
        lines.extend(run_of(wanted, context, pod, container, true).await?);
    }
    lines.extend(run_of(wanted, context, pod, container, false).await?);
    Ok(lines)
}

async fn run_of(
    wanted: &Wanted,
    context: &Context,
    pod: &Pod,
    container: &Container,
    previous: bool,
) -> Result<Vec<Line>> {
    let parameters = LogParams {
        previous,
        // Where nothing is wanted, it must be known all the same where the log ends.
        tail_lines: Some(wanted.options.tail.unwrap_or(MOST_LINES).clamp(1, MOST_LINES).into()),
        limit_bytes: Some(MOST_BYTES),
        ..parameters(&container.name, &wanted.options)
    };
    let now = wanted.cluster.clock().now();
    let read = |client: Client| {
        let opening = open(client, pod, parameters.clone());
        async move {
            let mut lines = Lines::new(opening.await?, now);
            let mut all = Vec::new();
            while let Some(line) = lines.next().await.map_err(kube::Error::ReadEvents)? {
                all.push(line);
            }
            Ok(all)
        }
        .boxed()
    };
    wanted.cluster.call_or(context, read, nothing_yet).await
}

/// A container that is about to start is refused as a bad request, and a pod may be gone; both have no lines.
pub(super) fn nothing_yet<T: Default>(error: kube::Error) -> Result<T> {
    match error {
        kube::Error::Api(status) if matches!(status.code, 400 | 404) => Ok(T::default()),
        error => Err(error_of(error)),
    }
}

pub(super) fn parameters(container: &str, options: &LogOptions) -> LogParams {
    LogParams {
        container: Some(container.to_owned()),
        timestamps: true,
        since_time: options.since.and_then(whole_second),
        ..LogParams::default()
    }
}

/// The API server knows whole seconds; what was written earlier within the second is left out when it is read.
pub(super) fn whole_second(time: Timestamp) -> Option<k8s_openapi::jiff::Timestamp> {
    k8s_openapi::jiff::Timestamp::from_second(time.unix_seconds()).ok()
}

pub(super) fn open(client: Client, pod: &Pod, parameters: LogParams) -> BoxFuture<'static, kube::Result<Bytes>> {
    let (api, name) = (Api::<core::Pod>::namespaced(client, &pod.namespace), pod.name.clone());
    async move {
        let bytes = api.log_stream(&name, &parameters).await?;
        Ok(Box::pin(bytes) as Bytes)
    }
    .boxed()
}
