//! What deployments log. There are two containers: `controller` tells the story of the deployment, and each replica has
//! an `app`. The lines are made up, but they come when the things they tell of happen.

use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result, Timestamp};
use o2_dms::{Deployment, DeploymentId, LogLine, LogOptions};

use super::state::{Record, State};
use crate::memory::{Live, Step, follow};

const CONTROLLER: &str = "controller";
const APP: &str = "app";

impl Record {
    /// The controller logs a line.
    pub(super) fn say(&mut self, line: String, time: Timestamp) {
        let source = self.object.name.clone();
        self.log.push(LogLine::new(time, source, CONTROLLER, line));
    }

    /// Every replica logs a line.
    pub(super) fn say_instances(&mut self, line: &str, time: Timestamp) {
        for number in 0..self.object.replicas.unwrap_or_default() {
            let source = instance(&self.object, number);
            let line = format!("{line} ({} {})", self.object.package_id, self.object.package_version);
            self.log.push(LogLine::new(time, source, APP, line));
        }
    }
}

/// The name of a replica.
fn instance(deployment: &Deployment, number: u32) -> String {
    format!("{}-{number}", deployment.name)
}

/// Checks that a part of a deployment exists: a container or a replica.
///
/// # Errors
/// `InvalidInput` naming the containers.
pub(super) fn check_component(deployment: &Deployment, component: &str) -> Result<()> {
    let mut replicas = 0..deployment.replicas.unwrap_or_default();
    if [CONTROLLER, APP].contains(&component) || replicas.any(|number| instance(deployment, number) == component) {
        return Ok(());
    }
    Err(unknown("component", component))
}

fn unknown(attribute: &str, name: &str) -> Error {
    let reason = format!("there is no '{}' (known: {CONTROLLER}, {APP})", Excerpt(name));
    Error::violation(attribute, reason)
}

/// The lines that are there, and if wanted those to come, until the deployment is gone.
pub(super) fn logs(
    live: &Arc<Live<State>>,
    context: &Context,
    id: &DeploymentId,
    options: &LogOptions,
) -> Result<BoxStream<'static, Result<LogLine>>> {
    if let Some(container) = options.container.as_deref()
        && ![CONTROLLER, APP].contains(&container)
    {
        return Err(unknown("container", container));
    }
    let (lines, mut position) = live.read(|state, _| {
        let record = state.deployment(context, id)?;
        Ok::<_, Error>((present(record, options), record.log.end()))
    })??;
    let present = stream::iter(lines.into_iter().map(Ok));
    if !options.follow {
        return Ok(present.boxed());
    }
    let (id, options) = (id.clone(), options.clone());
    let coming = follow(Arc::clone(live), move |state| {
        let Some(record) = state.deployments.get(&id) else {
            return Step::End;
        };
        let lines: Vec<_> = wanted(record.log.from(position), &options).collect();
        position = record.log.end();
        if lines.is_empty() {
            Step::Wait
        } else {
            Step::Items(lines)
        }
    });
    Ok(present.chain(coming).boxed())
}

fn present(record: &Record, options: &LogOptions) -> Vec<LogLine> {
    let mut lines: Vec<_> = wanted(record.log.iter(), options).collect();
    if let Some(tail) = options.tail {
        let older = lines.len().saturating_sub(tail as usize);
        lines.drain(..older);
    }
    lines
}

fn wanted<'l>(lines: impl Iterator<Item = &'l LogLine>, options: &LogOptions) -> impl Iterator<Item = LogLine> {
    lines
        .filter(|line| {
            options
                .container
                .as_ref()
                .is_none_or(|container| line.container == *container)
        })
        .filter(|line| options.since.is_none_or(|since| line.time >= since))
        .cloned()
}
