//! [`Standing`]: how a HelmRelease or a Kustomization is doing, by what the controller has said about its present state.
//!
//! A condition about an earlier generation says nothing about this one, and a request that the controller has not answered
//! yet is work in motion. A release that failed is tried again so often as it says, and then stands still; a Kustomization
//! that failed is tried again for ever, so that each failure is one.

use std::time::Duration;

use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;

use super::objects::{Engine, Object};
use super::wire::{Finding, MADE_BY_KUSTOMIZATION, MADE_BY_RELEASE, REQUESTED};
use crate::kube::deployed::{Notes, WorkKind};

/// How a deployment is doing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) progress: u8,
    /// Since when, as far as it is known.
    pub(super) since: Option<Timestamp>,
    /// When the state becomes another one by the passing of time alone.
    pub(super) due: Option<Timestamp>,
}

/// What is looked at to find it out.
pub(super) struct Looking<'a> {
    pub(super) object: &'a Object,
    pub(super) notes: &'a Notes,
    pub(super) now: Timestamp,
    /// How long work may take.
    pub(super) patience: Duration,
}

/// Reasons for which something that it takes is waited for.
const WAITS: [&str; 3] = ["ArtifactFailed", "DependencyNotReady", "SourceNotReady"];

impl Looking<'_> {
    pub(super) fn standing(&self) -> Standing {
        if self.object.meta.deleting {
            return Standing {
                progress: 10,
                ..self.at_rest(Status::Terminating, "its objects are being deleted".to_owned(), None)
            };
        }
        if self.object.is_suspended() {
            return self.suspended();
        }
        self.unseen()
            .or_else(|| self.stalled())
            .or_else(|| self.reconciling())
            .unwrap_or_else(|| self.ready())
    }

    fn condition(&self, kind: &str) -> Option<&Finding> {
        self.object.status.condition(kind)
    }

    /// When the work began that the notes tell of, if it was asked for last.
    fn noted(&self) -> Option<(WorkKind, Timestamp)> {
        let work = self.notes.work.as_ref()?;
        let same = self.object.meta.annotation(REQUESTED) == Some(work.token.as_str());
        same.then_some((work.kind, work.at))
    }

    fn kind(&self) -> WorkKind {
        match self.noted() {
            Some((kind, _)) => kind,
            None if self.object.status.last_attempted_revision.is_empty() => WorkKind::Install,
            None => WorkKind::Update,
        }
    }

    fn at_rest(&self, status: Status, message: String, since: Option<Timestamp>) -> Standing {
        Standing {
            status,
            message,
            progress: 100,
            since: since.max(self.noted().map(|(_, at)| at)),
            due: None,
        }
    }

    /// Work in motion since `began`, unless that is too long ago.
    fn busy(&self, status: Status, message: String, progress: u8, began: Option<Timestamp>) -> Standing {
        let asked = self.noted().map(|(_, at)| at);
        let began = began.max(asked).or(self.object.meta.created).unwrap_or(self.now);
        let end = began.plus(self.patience);
        if self.now >= end {
            let message = format!("the {} has not ended in time: {message}", self.kind().noun());
            return self.at_rest(Status::Failed, message, Some(end));
        }
        Standing {
            status,
            message,
            progress,
            since: Some(began),
            due: Some(end),
        }
    }

    /// The state while the work is in motion.
    fn state(&self) -> Status {
        self.kind().status()
    }

    fn suspended(&self) -> Standing {
        let ready = self.condition("Ready");
        let since = ready.and_then(|ready| ready.last_transition_time);
        let (status, why) = match ready {
            Some(ready) if ready.holds() => (Status::Deployed, ready.words()),
            Some(ready) if ready.fails() => (Status::Failed, ready.words()),
            _ => (Status::Unknown, "it was not ready before".to_owned()),
        };
        self.at_rest(status, format!("suspended; {why}"), since)
    }

    /// What the controller has not seen yet, or is working at: an answer comes when it is done.
    fn unseen(&self) -> Option<Standing> {
        let (meta, status) = (&self.object.meta, &self.object.status);
        let unanswered = meta
            .annotation(REQUESTED)
            .is_some_and(|token| token != status.last_handled_reconcile_at);
        let seen = self.condition("Ready").map_or(0, |ready| ready.observed_generation);
        let outdated = seen.max(status.observed_generation) < meta.generation;
        if !unanswered && !outdated {
            return None;
        }
        let noun = self.kind().noun();
        let Some(working) = self.condition("Reconciling").filter(|working| working.holds()) else {
            let new = status.conditions.is_empty() && self.kind() == WorkKind::Install;
            let state = if new { Status::Pending } else { self.state() };
            let message = format!("the controller has not taken up the {noun} yet");
            return Some(self.busy(state, message, 10, None));
        };
        let message = format!("the {noun} is in motion: {}", working.words());
        Some(self.busy(self.state(), message, 40, None))
    }

    fn stalled(&self) -> Option<Standing> {
        let stalled = self.condition("Stalled").filter(|stalled| stalled.holds())?;
        let why = self.condition("Ready").filter(|ready| ready.fails());
        let why = why.map(|ready| format!("; {}", ready.words())).unwrap_or_default();
        let message = format!("{}{why}", stalled.words());
        Some(self.at_rest(Status::Failed, message, stalled.last_transition_time))
    }

    fn reconciling(&self) -> Option<Standing> {
        let ready = self.condition("Ready");
        if let Some(ready) = ready.filter(|ready| ready.fails() && WAITS.contains(&ready.reason.as_str())) {
            return Some(self.busy(self.state(), ready.words(), 40, ready.last_transition_time));
        }
        let working = self.condition("Reconciling").filter(|working| working.holds());
        let failed = ready.is_some_and(Finding::fails);
        match (working, self.object.engine) {
            (Some(_), Engine::Kustomize) if failed => None,
            (Some(working), _) => Some(self.busy(self.state(), working.words(), 60, working.last_transition_time)),
            (None, _) => {
                let ready = ready.filter(|ready| ready.status == "Unknown")?;
                Some(self.busy(self.state(), ready.words(), 60, ready.last_transition_time))
            }
        }
    }

    fn ready(&self) -> Standing {
        let Some(ready) = self.condition("Ready") else {
            return self.busy(
                Status::Pending,
                "the controller has not said anything yet".to_owned(),
                10,
                None,
            );
        };
        let since = ready.last_transition_time;
        match ready.status.as_str() {
            "True" => self.at_rest(Status::Deployed, ready.words(), since),
            "False" => self.at_rest(Status::Failed, ready.words(), since),
            _ => self.at_rest(Status::Unknown, ready.words(), since),
        }
    }
}

/// Why nobody may change a deployment, if so.
pub(super) fn barred(object: &Object) -> Option<String> {
    let made_by = |label: &str, kind: &str| {
        let name = object.meta.label(label)?;
        Some(format!(
            "the {kind} {name} makes this deployment and would undo the change"
        ))
    };
    made_by(MADE_BY_KUSTOMIZATION, "Kustomization").or_else(|| made_by(MADE_BY_RELEASE, "HelmRelease"))
}
