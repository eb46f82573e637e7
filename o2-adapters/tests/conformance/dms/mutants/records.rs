//! Faults with what is recorded: histories and logs.

use futures::StreamExt;
use futures::stream;
use o2_core::{Context, ErrorKind, Result, async_trait};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRevision, LogLine, LogOptions};
use serde_json::json;

use super::{Row, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Lines, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(Forgets, "list_deployment_revisions/every_change_is_there"),
        row(NewestFirst, "list_deployment_revisions/every_change_is_there"),
        row(OnlyThePast, "list_deployment_revisions/begins_with_the_first"),
        row(RewritesHistory, "list_deployment_revisions/the_past_stays_as_it_was"),
        row(LogsItsStatus, "get_deployment_logs/lines_are_lines"),
        row(LogsNamelessly, "get_deployment_logs/lines_are_lines"),
        row(LogsBackwards, "get_deployment_logs/oldest_come_first"),
        row(LogsEverything, "get_deployment_logs/tail_is_the_end"),
        row(LogsTheBeginning, "get_deployment_logs/tail_is_the_end"),
        row(LogsAllContainers, "get_deployment_logs/containers_are_told_apart"),
        row(LogsNoContainer, "get_deployment_logs/unknown_containers_are_refused"),
        row(LogsForAllTime, "get_deployment_logs/since_leaves_out_the_older"),
        row(StopsFollowing, "get_deployment_logs/following_goes_on"),
        row(FollowsForEver, "get_deployment_logs/following_ends_with_the_deployment"),
    ]
}

/// Knows the newest revision only.
#[derive(Debug)]
struct Forgets;

#[async_trait]
impl Twist for Forgets {
    async fn revisions(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let revisions = p.list_deployment_revisions(c, id).await?;
        Ok(revisions.into_iter().next_back().into_iter().collect())
    }
}

/// Tells the history backwards.
#[derive(Debug)]
struct NewestFirst;

#[async_trait]
impl Twist for NewestFirst {
    async fn revisions(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let revisions = p.list_deployment_revisions(c, id).await?;
        Ok(revisions.into_iter().rev().collect())
    }
}

/// Leaves the current revision out.
#[derive(Debug)]
struct OnlyThePast;

#[async_trait]
impl Twist for OnlyThePast {
    async fn revisions(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let mut revisions = p.list_deployment_revisions(c, id).await?;
        revisions.pop();
        Ok(revisions)
    }
}

/// Gives every revision the package of the newest.
#[derive(Debug)]
struct RewritesHistory;

#[async_trait]
impl Twist for RewritesHistory {
    async fn revisions(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let package = p.get_deployment(c, id).await?.package_id.clone();
        let mut revisions = p.list_deployment_revisions(c, id).await?;
        for revision in &mut revisions {
            revision.package_id.clone_from(&package);
        }
        Ok(revisions)
    }
}

/// Answers with what it knows about the deployment.
#[derive(Debug)]
struct LogsItsStatus;

#[async_trait]
impl Twist for LogsItsStatus {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &LogOptions) -> Lines {
        let report = p.get_deployment_status(c, id).await?;
        let text = serde_json::to_string_pretty(&json!(report)).unwrap_or_default();
        let line = |text: &str| Ok(LogLine::new(report.updated_at, "status", "status", text));
        Ok(stream::iter(text.lines().map(line).collect::<Vec<_>>()).boxed())
    }
}

/// The lines, changed by a plain function.
async fn mapped(lines: Lines, change: fn(&mut LogLine)) -> Lines {
    let change = move |line: Result<LogLine>| {
        line.map(|mut line| {
            change(&mut line);
            line
        })
    };
    Ok(lines?.map(change).boxed())
}

/// Does not say who has written a line.
#[derive(Debug)]
struct LogsNamelessly;

#[async_trait]
impl Twist for LogsNamelessly {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        mapped(p.get_deployment_logs(c, id, options).await, |line| line.source.clear()).await
    }
}

/// Begins with the newest line.
#[derive(Debug)]
struct LogsBackwards;

#[async_trait]
impl Twist for LogsBackwards {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        let mut lines: Vec<_> = p.get_deployment_logs(c, id, options).await?.collect().await;
        lines.reverse();
        Ok(stream::iter(lines).boxed())
    }
}

/// The lines for options that were changed.
async fn with(p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions, change: fn(&mut LogOptions)) -> Lines {
    let mut options = options.clone();
    change(&mut options);
    p.get_deployment_logs(c, id, &options).await
}

/// Does not look at `tail`.
#[derive(Debug)]
struct LogsEverything;

#[async_trait]
impl Twist for LogsEverything {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        with(p, c, id, options, |options| options.tail = None).await
    }
}

/// Takes the first lines for the last.
#[derive(Debug)]
struct LogsTheBeginning;

#[async_trait]
impl Twist for LogsTheBeginning {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        let lines = with(p, c, id, options, |options| options.tail = None).await?;
        let count = options.tail.map_or(usize::MAX, |tail| tail as usize);
        Ok(lines.take(count).boxed())
    }
}

/// Does not look at `container`.
#[derive(Debug)]
struct LogsAllContainers;

#[async_trait]
impl Twist for LogsAllContainers {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        with(p, c, id, options, |options| options.container = None).await
    }
}

/// Has no lines for a container that is not there, and no error either.
#[derive(Debug)]
struct LogsNoContainer;

#[async_trait]
impl Twist for LogsNoContainer {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        match p.get_deployment_logs(c, id, options).await {
            Err(error) if error.is(ErrorKind::InvalidInput) => Ok(stream::empty().boxed()),
            lines => lines,
        }
    }
}

/// Does not look at `since`.
#[derive(Debug)]
struct LogsForAllTime;

#[async_trait]
impl Twist for LogsForAllTime {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        with(p, c, id, options, |options| options.since = None).await
    }
}

/// Ends with the lines that are there.
#[derive(Debug)]
struct StopsFollowing;

#[async_trait]
impl Twist for StopsFollowing {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        with(p, c, id, options, |options| options.follow = false).await
    }
}

/// Goes on when the deployment is gone.
#[derive(Debug)]
struct FollowsForEver;

#[async_trait]
impl Twist for FollowsForEver {
    async fn logs(&self, p: &Remote, c: &Context, id: &DeploymentId, options: &LogOptions) -> Lines {
        let lines = p.get_deployment_logs(c, id, options).await?;
        if options.follow {
            Ok(lines.chain(stream::pending()).boxed())
        } else {
            Ok(lines)
        }
    }
}
