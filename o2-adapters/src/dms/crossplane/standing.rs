//! [`Standing`]: how a claim or a composite resource is doing, by what Crossplane has said about its present state.
//!
//! Releases 2.x say which state a condition is about. Releases 1.x do not, and what a claim says is what the composite
//! resource was when the claim was looked at; so what is said shortly after a change is not taken as being about it. Once
//! readiness is lost later than that, it was there before: the workload is unwell, and no work in motion.

use std::time::Duration;

use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;

use super::config::CrossplaneConfig;
use super::object::Object;
use super::wire::{Finding, generation_of};
use crate::kube::deployed::{NotedWork, WorkKind};

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

/// How long what may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) work: Duration,
    pub(super) error: Duration,
    pub(super) settle: Duration,
}

impl Limits {
    pub(super) fn of(config: &CrossplaneConfig) -> Self {
        Self {
            work: config.work_timeout.get(),
            error: config.error_patience.get(),
            settle: config.settle_time.get(),
        }
    }
}

/// What is looked at to find it out.
pub(super) struct Looking<'a> {
    pub(super) object: &'a Object,
    /// What a claim is bound to.
    pub(super) bound: Option<&'a Object>,
    pub(super) is_claim: bool,
    /// The last work that O2 has begun, if nobody has changed the object since.
    pub(super) work: Option<&'a NotedWork>,
    pub(super) now: Timestamp,
    pub(super) limits: Limits,
}

impl Looking<'_> {
    pub(super) fn standing(&self) -> Standing {
        if self.object.meta.deleting {
            return self.deleting();
        }
        if self.object.is_paused() {
            return self.paused();
        }
        self.unseen()
            .or_else(|| self.refused())
            .or_else(|| self.throttled())
            .unwrap_or_else(|| self.readiness())
    }

    fn condition(&self, kind: &str) -> Option<&Finding> {
        self.object.status.condition(kind)
    }

    fn asked(&self) -> Option<Timestamp> {
        self.work.map(|work| work.at)
    }

    fn kind(&self) -> WorkKind {
        let ready = self.condition("Ready").is_some_and(Finding::holds);
        match self.work {
            Some(work) => work.kind,
            None if ready => WorkKind::Update,
            None => WorkKind::Install,
        }
    }

    fn at_rest(&self, status: Status, message: String, since: Option<Timestamp>) -> Standing {
        Standing {
            status,
            message,
            progress: 100,
            since: since.max(self.asked()),
            due: None,
        }
    }

    /// Work in motion since `began`, unless that is too long ago.
    fn busy(&self, status: Status, message: String, began: Option<Timestamp>) -> Standing {
        let began = began.max(self.asked()).or(self.object.meta.created).unwrap_or(self.now);
        let end = began.plus(self.limits.work);
        if self.now >= end {
            let message = format!("the {} has not ended in time: {message}", self.kind().noun());
            return self.at_rest(Status::Failed, message, Some(end));
        }
        Standing {
            status,
            message,
            progress: if status == Status::Pending { 5 } else { 50 },
            since: Some(began),
            due: Some(end),
        }
    }

    fn deleting(&self) -> Standing {
        let waits = match self.object.meta.finalizers.as_slice() {
            [] => String::new(),
            finalizers => format!("; it waits for {}", finalizers.join(", ")),
        };
        let why = self.condition("Ready").filter(|ready| !ready.message.is_empty());
        let why = why.map(|ready| format!("; {}", ready.words())).unwrap_or_default();
        let message = format!("its objects are being deleted{waits}{why}");
        Standing {
            progress: 10,
            ..self.at_rest(Status::Terminating, message, None)
        }
    }

    fn paused(&self) -> Standing {
        let ready = self.condition("Ready");
        let since = ready.and_then(|ready| ready.last_transition_time);
        let (status, why) = match ready {
            Some(ready) if ready.holds() => (Status::Deployed, ready.words()),
            Some(ready) if ready.fails() => (Status::Failed, ready.words()),
            _ => (Status::Unknown, "it was not ready before".to_owned()),
        };
        self.at_rest(status, format!("paused; {why}"), since)
    }

    /// What Crossplane has not looked at yet, as far as it says what it has looked at.
    fn unseen(&self) -> Option<Standing> {
        let noun = self.kind().noun();
        let message = || format!("Crossplane has not taken up the {noun} yet");
        if self.object.status.conditions.is_empty() {
            let new = self.kind() == WorkKind::Install;
            let state = if new { Status::Pending } else { self.kind().status() };
            return Some(self.busy(state, message(), None));
        }
        if let Some(standing) = self.outdated() {
            return Some(standing);
        }
        let work = self.work?;
        let settled = work.at.plus(self.limits.settle);
        if self.now >= settled || self.is_answered(work) {
            return None;
        }
        let mut standing = self.busy(self.kind().status(), message(), None);
        standing.due = standing.due.map(|due| due.min(settled));
        Some(standing)
    }

    /// What Crossplane says that it has looked at an earlier state of.
    fn outdated(&self) -> Option<Standing> {
        let outdated = |object: &Object| {
            let observed = object.observed();
            observed.is_some_and(|observed| observed < object.meta.generation)
        };
        let synced = self.condition("Synced");
        let resumed = synced.is_some_and(|synced| synced.reason == "ReconcilePaused");
        if !(resumed || outdated(self.object) || self.bound.is_some_and(outdated)) {
            return None;
        }
        let message = || format!("Crossplane has not taken up the {} yet", self.kind().noun());
        let awaited = self.work.filter(|work| {
            let paused = synced
                .and_then(|synced| synced.last_transition_time)
                .filter(|_| resumed);
            let wanted = generation_of(&work.token);
            let unseen = self.object.observed().is_none_or(|observed| Some(observed) < wanted);
            paused.map_or(unseen, |paused| work.at > paused)
        });
        if awaited.is_some() {
            return Some(self.busy(self.kind().status(), message(), None));
        }
        // Somebody else has changed it, or Crossplane itself has while it was at work. Nobody knows when that began.
        let recent = self.work.filter(|work| self.now < work.at.plus(self.limits.work));
        let (status, since) = match recent {
            Some(work) => (work.kind.status(), Some(work.at)),
            None => (WorkKind::Update.status(), None),
        };
        Some(Standing {
            status,
            message: "Crossplane has not taken up the latest change yet".to_owned(),
            progress: 50,
            since: since.max(synced.and_then(|synced| synced.last_transition_time)),
            due: None,
        })
    }

    /// Whether what is said is about what was asked for, without any doubt.
    fn is_answered(&self, work: &NotedWork) -> bool {
        if self.is_claim || self.object.observed().is_none() {
            return false;
        }
        work.kind != WorkKind::Heal || self.object.status.last_handled_reconcile_at == work.token
    }

    /// What Crossplane cannot do. Much of it goes away by itself, so that some time passes until work has failed.
    fn refused(&self) -> Option<Standing> {
        let of = |object: &'_ Object| {
            let synced = object.status.condition("Synced");
            synced.filter(|synced| synced.fails()).cloned()
        };
        let synced = of(self.object).or_else(|| self.bound.and_then(of))?;
        let (since, message) = (synced.last_transition_time, synced.words());
        let began = since.max(self.asked()).or(self.object.meta.created).unwrap_or(self.now);
        let in_motion = match self.work {
            Some(work) => since.is_none_or(|since| since <= work.at.plus(self.limits.work)),
            None => !self.condition("Ready").is_some_and(Finding::holds),
        };
        let end = began.plus(self.limits.error);
        if !in_motion {
            return Some(self.at_rest(Status::Failed, message, since));
        }
        if self.now >= end {
            return Some(self.at_rest(Status::Failed, message, Some(end)));
        }
        let mut standing = self.busy(self.kind().status(), message, since);
        standing.due = standing.due.map(|due| due.min(end));
        Some(standing)
    }

    /// Crossplane leaves alone what changes too often.
    fn throttled(&self) -> Option<Standing> {
        let of = |object: &'_ Object| {
            let responsive = object.status.condition("Responsive");
            responsive.filter(|responsive| responsive.fails()).cloned()
        };
        let found = of(self.object).or_else(|| self.bound.and_then(of))?;
        let message = format!("reconciliation is throttled: {}", found.words());
        Some(self.at_rest(Status::Failed, message, found.last_transition_time))
    }

    fn readiness(&self) -> Standing {
        let Some(ready) = self.condition("Ready") else {
            let message = "Crossplane has not said anything about readiness yet".to_owned();
            return self.busy(self.kind().status(), message, None);
        };
        let since = ready.last_transition_time;
        if ready.holds() {
            return self.at_rest(Status::Deployed, ready.words(), since);
        }
        if ready.reason == "Deleting" {
            let standing = self.at_rest(Status::Terminating, ready.words(), since);
            return Standing {
                progress: 10,
                ..standing
            };
        }
        let lost = self
            .work
            .zip(since)
            .is_some_and(|(work, since)| since > work.at.plus(self.limits.settle));
        if lost {
            return self.at_rest(Status::Failed, format!("not ready any more; {}", ready.words()), since);
        }
        self.busy(self.kind().status(), ready.words(), since)
    }
}
