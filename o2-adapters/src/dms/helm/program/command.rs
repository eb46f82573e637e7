//! [`Change`]: what the program is asked to do, and the arguments that say so.
//!
//! The program is never told to wait for workloads: whether these become ready is seen without it, and a program that waits
//! is one more thing that can be interrupted.

use std::time::Duration;

use bytes::Bytes;
use o2_core::Extensions;

use super::version::HelmVersion;
use crate::dms::helm::release::OwnLabels;

/// The release that is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Target {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

/// A change of a release.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    /// A new release.
    Install(Revision),
    /// A new revision.
    Upgrade(Revision),
    /// An earlier revision, as a new one.
    Rollback(u32),
    /// No release any more.
    Uninstall,
}

/// What a revision is made of. It has exactly these values, whatever the one before had.
#[derive(Debug, Clone)]
pub(crate) struct Revision {
    pub(crate) chart: Bytes,
    pub(crate) values: Extensions,
    pub(crate) labels: OwnLabels,
    /// For the history.
    pub(crate) description: String,
}

/// What is the same for all changes.
#[derive(Debug, Clone)]
pub(super) struct Options {
    pub(super) timeout: Duration,
    pub(super) history: u32,
    pub(super) create_namespaces: bool,
}

impl Change {
    pub(super) fn chart_and_values(&self) -> Option<(&Bytes, &Extensions)> {
        match self {
            Self::Install(revision) | Self::Upgrade(revision) => Some((&revision.chart, &revision.values)),
            Self::Rollback(_) | Self::Uninstall => None,
        }
    }

    /// What it is called in errors.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Self::Install(_) => "install",
            Self::Upgrade(_) => "upgrade",
            Self::Rollback(_) => "rollback",
            Self::Uninstall => "uninstall",
        }
    }

    /// The arguments for this version of the program.
    pub(super) fn arguments(&self, target: &Target, version: HelmVersion, options: &Options) -> Vec<String> {
        let timeout = format!("{}s", options.timeout.as_secs().max(1));
        let history = options.history.to_string();
        let revision = match self {
            Self::Rollback(revision) => revision.to_string(),
            _ => String::new(),
        };
        let mut arguments = vec![self.noun(), target.name.as_str()];
        match self {
            Self::Install(_) | Self::Upgrade(_) => arguments.push("./chart.tgz"),
            Self::Rollback(_) => arguments.push(&revision),
            Self::Uninstall => arguments.push("--ignore-not-found"),
        }
        arguments.extend(["--namespace", &target.namespace, "--timeout", &timeout]);
        if matches!(self, Self::Upgrade(_) | Self::Rollback(_)) {
            arguments.extend(["--history-max", &history]);
        }
        if matches!(self, Self::Upgrade(_)) {
            arguments.push("--reset-values");
        }
        if matches!(self, Self::Install(_)) && options.create_namespaces {
            arguments.push("--create-namespace");
        }
        // Helm 4 waits for hooks unless it is told something else, and Helm 3 always does.
        if version.is_four() && matches!(self, Self::Install(_) | Self::Upgrade(_) | Self::Rollback(_)) {
            arguments.push("--wait=hookOnly");
        }
        let mut arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
        if let Self::Install(revision) | Self::Upgrade(revision) = self {
            let labels = revision.labels.text();
            let more = [
                "--values",
                "-",
                "--labels",
                &labels,
                "--description",
                &revision.description,
            ];
            arguments.extend(more.map(str::to_owned));
        }
        arguments
    }
}
