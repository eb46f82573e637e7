//! Logs: as a stream for hosts, and as a bounded collection for answers that cannot stream.

use std::time::Duration;

use futures::StreamExt;
use futures::stream::BoxStream;
use o2_core::{Context, Error, Result};

use super::DmsService;
use crate::model::{DeploymentId, LogLine, LogOptions};
use crate::op;

/// The most lines of a collection.
pub(crate) const MOST_LINES: u32 = 10_000;
/// The most bytes of text of a collection.
const MOST_BYTES: usize = 4 << 20;

/// Log lines that were collected, the oldest first.
#[derive(Debug)]
#[non_exhaustive]
pub struct CollectedLogs {
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Why there are no more.
    pub end: LogEnd,
}

/// Why a collection of log lines ends.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogEnd {
    /// There are no more.
    Complete,
    /// It is as long as it may be: 10 000 lines or 4 MiB. Go on after the time of the last line.
    Full,
    /// The time is over.
    Timeout,
    /// The backend failed after some lines.
    Failed(Error),
}

impl DmsService {
    /// What a deployment's workloads have logged, and with `options.follow` what they log from now on.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let owner = self.plugins.owner(context, &op::GET_DEPLOYMENT_LOGS, id)?;
        let plugin = owner.plugin.plugin();
        plugin.get_deployment_logs(context, &owner.native, options).await
    }

    /// As [`Self::get_deployment_logs`], as far as the lines come within `limit` and before the caller's deadline. At
    /// most the last 10 000 lines that are there already, and not more than 10 000 lines and 4 MiB.
    ///
    /// # Errors
    /// `NotFound`; the plugin's, when it fails before the first line.
    pub async fn collect_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
        limit: Duration,
    ) -> Result<CollectedLogs> {
        let tail = options.tail.map_or(MOST_LINES, |lines| lines.min(MOST_LINES));
        let options = options.clone().with_tail(tail);
        let mut stream = self.get_deployment_logs(context, id, &options).await?;

        let mut lines = Vec::new();
        let collecting = collect(&mut stream, &mut lines);
        let ended = self.clock.within(self.patience(context, limit), collecting).await;
        match ended.unwrap_or(LogEnd::Timeout) {
            LogEnd::Failed(error) if lines.is_empty() => Err(error),
            end => Ok(CollectedLogs { lines, end }),
        }
    }
}

async fn collect(stream: &mut BoxStream<'static, Result<LogLine>>, lines: &mut Vec<LogLine>) -> LogEnd {
    let mut bytes = 0;
    while let Some(line) = stream.next().await {
        let line = match line {
            Ok(line) => line,
            Err(error) => return LogEnd::Failed(error),
        };
        bytes += line.source.len() + line.container.len() + line.line.len();
        if lines.len() == MOST_LINES as usize || bytes > MOST_BYTES {
            return LogEnd::Full;
        }
        lines.push(line);
    }
    LogEnd::Complete
}
