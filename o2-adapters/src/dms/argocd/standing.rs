//! [`Standing`]: how an Application is doing, by its operation, its synchronisation and its health.
//!
//! The controller writes these one after the other: when an operation has ended, the health is still the one from before
//! until the controller has looked again. So work is over when an operation has ended, the controller has looked since, and
//! what runs is healthy or will not become so.

use std::time::Duration;

use o2_core::Timestamp;
use o2_dms::DeploymentStatus as Status;

use super::source::Source;
use super::wire::{Application, OperationState, SKIP, TRACKING};
use crate::kube::deployed::{Notes, WorkKind, canonical};

/// How an Application is doing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Standing {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) progress: u8,
    /// Since when, as far as it is known.
    pub(super) since: Option<Timestamp>,
    /// Whether an operation runs that takes longer than work may.
    pub(super) overdue: bool,
    /// When the state becomes another one by the passing of time alone.
    pub(super) due: Option<Timestamp>,
}

/// What is looked at to find it out.
pub(super) struct Looking<'a> {
    pub(super) application: &'a Application,
    pub(super) notes: &'a Notes,
    pub(super) now: Timestamp,
    /// How long work may take.
    pub(super) patience: Duration,
}

/// Conditions that keep an Application from being what it should.
const ERRORS: [&str; 5] = [
    "InvalidSpecError",
    "ComparisonError",
    "SyncError",
    "DeletionError",
    "UnknownError",
];

impl Looking<'_> {
    pub(super) fn standing(&self) -> Standing {
        self.deletion()
            .or_else(|| self.operation())
            .or_else(|| self.failure())
            .or_else(|| self.errors())
            .or_else(|| self.never_synced())
            .unwrap_or_else(|| self.health())
    }

    fn state(&self) -> Option<&OperationState> {
        self.application.status.operation_state.as_ref()
    }

    /// When the last operation ended.
    fn finished(&self) -> Option<Timestamp> {
        self.state().filter(|state| !runs(state))?.finished_at
    }

    /// When the work began that the notes tell of, if it is the operation that is asked for or ran last.
    fn noted(&self) -> Option<(WorkKind, Timestamp)> {
        let work = self.notes.work.as_ref()?;
        let same = self.application.token() == Some(work.token.as_str());
        same.then_some((work.kind, work.at))
    }

    fn kind(&self) -> WorkKind {
        let first = match self.finished() {
            Some(_) => 1,
            None => 0,
        };
        match self.noted() {
            Some((kind, _)) => kind,
            None if self.application.status.history.len() <= first => WorkKind::Install,
            None => WorkKind::Update,
        }
    }

    fn at_rest(&self, status: Status, message: impl Into<String>, since: Option<Timestamp>) -> Standing {
        Standing {
            status,
            message: message.into(),
            progress: 100,
            since: since.max(self.noted().map(|(_, at)| at)),
            overdue: false,
            due: None,
        }
    }

    /// Work in motion since `began`; that is for so long.
    fn busy(&self, status: Status, message: String, progress: u8, began: Timestamp) -> Standing {
        let since = self.noted().map_or(began, |(_, at)| at.max(began));
        Standing {
            status,
            message,
            progress,
            since: Some(since),
            overdue: false,
            due: Some(since.plus(self.patience)),
        }
    }

    /// Whether what began then takes too long.
    fn is_late(&self, began: Timestamp) -> bool {
        let since = self.noted().map_or(began, |(_, at)| at.max(began));
        self.now >= since.plus(self.patience)
    }

    fn deletion(&self) -> Option<Standing> {
        if !self.application.meta.deleting {
            return None;
        }
        let message = self
            .error(&["DeletionError"])
            .map_or("its objects are being deleted", |(message, _)| message);
        Some(Standing {
            progress: 10,
            ..self.at_rest(Status::Terminating, message, None)
        })
    }

    /// An operation that is asked for, or runs, or whose effect the controller has not looked at yet.
    fn operation(&self) -> Option<Standing> {
        let asked = self.application.operation.as_ref();
        let state = self.state();
        let running = state.filter(|state| runs(state));
        let noun = self.kind().noun();
        if let Some(state) = running {
            if self.is_late(state.started_at) {
                let message = format!("the {noun} has not ended in time: {}", state.message);
                return Some(self.late(message, state.started_at));
            }
            let message = format!("the {noun} is in motion: {}", state.message);
            return Some(self.busy(self.kind().status(), message, progress(state), state.started_at));
        }
        if asked.is_some() {
            let began = self.noted().map(|(_, at)| at).or(self.application.meta.created)?;
            if self.is_late(began) {
                let message = format!("the controller has not taken up the {noun}");
                return Some(self.late(message, began));
            }
            let status = match self.kind() {
                WorkKind::Install => Status::Pending,
                kind => kind.status(),
            };
            return Some(self.busy(status, format!("the {noun} is asked for"), 5, began));
        }
        let state = state.filter(|state| state.phase == "Succeeded")?;
        let finished = state.finished_at?;
        let looked = self.application.status.reconciled_at.is_some_and(|at| at >= finished);
        if looked || self.is_late(finished) {
            return None;
        }
        let message = format!("the {noun} is done, its effect is awaited");
        Some(self.busy(self.kind().status(), message, 80, finished))
    }

    fn late(&self, message: String, began: Timestamp) -> Standing {
        Standing {
            overdue: true,
            ..self.at_rest(Status::Failed, message, Some(began.plus(self.patience)))
        }
    }

    /// The message and time of a condition of these types.
    fn error(&self, kinds: &[&str]) -> Option<(&str, Option<Timestamp>)> {
        let conditions = &self.application.status.conditions;
        let found = conditions
            .iter()
            .find(|condition| kinds.contains(&condition.kind.as_str()))?;
        Some((&found.message, found.last_transition_time))
    }

    fn errors(&self) -> Option<Standing> {
        let (message, since) = self.error(&ERRORS)?;
        Some(self.at_rest(Status::Failed, message, since.max(self.finished())))
    }

    /// An operation that failed, and nothing was synchronised since.
    fn failure(&self) -> Option<Standing> {
        let state = self
            .state()
            .filter(|state| matches!(state.phase.as_str(), "Failed" | "Error"))?;
        let ended = state.finished_at.unwrap_or(state.started_at);
        let newest = self
            .application
            .status
            .history
            .iter()
            .map(|item| item.deployed_at)
            .max();
        if newest.is_some_and(|newest| newest > ended) {
            return None;
        }
        let message = format!("the {} failed: {}", self.kind().noun(), state.message);
        Some(self.at_rest(Status::Failed, message, Some(ended)))
    }

    fn never_synced(&self) -> Option<Standing> {
        let status = &self.application.status;
        if !status.history.is_empty() || status.sync.status != "OutOfSync" || self.state().is_some() {
            return None;
        }
        let since = self.application.meta.created;
        if self.is_automated() {
            return Some(Standing {
                progress: 25,
                ..self.at_rest(Status::Pending, "nothing is synchronised yet", since)
            });
        }
        let message = "nothing is synchronised, and nobody has asked for it";
        Some(self.at_rest(Status::Unknown, message, since))
    }

    /// Whether the controller synchronises by itself.
    pub(super) fn is_automated(&self) -> bool {
        is_automated(self.application)
    }

    fn health(&self) -> Standing {
        let health = &self.application.status.health;
        let since = health.last_transition_time.max(self.finished());
        if self.is_automated() && self.is_stale() {
            let began = since.or(self.application.meta.created).unwrap_or(self.now);
            return self.busy(Status::Updating, "the change is not compared yet".to_owned(), 10, began);
        }
        match health.status.as_str() {
            "Healthy" => self.at_rest(Status::Deployed, "healthy", since),
            "Suspended" => self.at_rest(Status::Deployed, words("suspended", &health.message), since),
            "Degraded" => self.at_rest(Status::Failed, self.degraded(), since),
            "Progressing" | "Missing" => self.progressing(since),
            _ => self.at_rest(
                Status::Unknown,
                words("its health is not known", &health.message),
                since,
            ),
        }
    }

    /// What is not healthy yet: the effect of work that was done lately, or something that has happened since.
    fn progressing(&self, since: Option<Timestamp>) -> Standing {
        let health = &self.application.status.health;
        let message = words(&health.status.to_lowercase(), &health.message);
        let began = self.finished().or(self.application.meta.created).unwrap_or(self.now);
        let end = began.plus(self.patience);
        if since.is_some_and(|since| since > end) {
            return self.at_rest(Status::Deployed, message, since);
        }
        if self.now >= end {
            let message = format!("not healthy in time: {message}");
            return self.at_rest(Status::Failed, message, Some(end));
        }
        let mut standing = self.busy(self.kind().status(), message, 85, since.unwrap_or(began));
        standing.due = Some(end);
        standing
    }

    fn degraded(&self) -> String {
        let health = &self.application.status.health;
        let resources = self.application.status.resources.iter();
        let sick = resources.filter(|resource| resource.health.status == "Degraded");
        let sick: Vec<_> = sick
            .map(|resource| {
                words(
                    &format!("{} {}", resource.kind, resource.name),
                    &resource.health.message,
                )
            })
            .collect();
        match sick.is_empty() {
            true => words("degraded", &health.message),
            false => words("degraded", &sick.join("; ")),
        }
    }

    /// Whether the controller has not compared what the Application says now.
    fn is_stale(&self) -> bool {
        let compared = &self.application.status.sync.compared_to;
        let differs = |member: &str| {
            let of = |value: &serde_json::Value| value.get(member).map(canonical).unwrap_or_default();
            of(compared) != of(&self.application.spec)
        };
        !compared.is_null() && (differs("source") || differs("sources"))
    }
}

fn words(what: &str, why: &str) -> String {
    match why {
        "" => what.to_owned(),
        why => format!("{what}: {why}"),
    }
}

fn runs(state: &OperationState) -> bool {
    matches!(state.phase.as_str(), "Running" | "Terminating")
}

/// How far an operation is, by the objects that have a result.
fn progress(state: &OperationState) -> u8 {
    let resources = state.sync_result.iter().flat_map(|result| &result.resources);
    let (done, all) = resources.fold((0_u32, 0_u32), |(done, all), resource| {
        (done + u32::from(!resource.status.is_empty()), all + 1)
    });
    let percent = (done * 70).checked_div(all).unwrap_or(0).min(70);
    10 + u8::try_from(percent).unwrap_or(70)
}

/// Whether the controller synchronises an Application by itself.
pub(super) fn is_automated(application: &Application) -> bool {
    let policy = application
        .spec
        .get("syncPolicy")
        .and_then(|policy| policy.get("automated"));
    let Some(policy) = policy.filter(|policy| !policy.is_null()) else {
        return false;
    };
    policy.get("enabled") != Some(&serde_json::Value::Bool(false))
}

/// Why nobody may change an Application, if so.
pub(super) fn barred(application: &Application) -> Option<String> {
    let meta = &application.meta;
    let owner = meta.owners.iter().find(|owner| owner.kind == "ApplicationSet");
    if let Some(owner) = owner {
        return Some(format!(
            "the ApplicationSet {} owns this deployment and would undo the change",
            owner.name
        ));
    }
    // Whoever copies an object copies the annotation too, but then it is about another one.
    let own = format!(":argoproj.io/Application:{}", meta.path());
    if let Some(parent) = meta.annotation(TRACKING).and_then(|id| id.strip_suffix(own.as_str())) {
        return Some(format!(
            "the Application {parent} makes this deployment and would undo the change"
        ));
    }
    if meta.annotation(SKIP) == Some("true") {
        return Some(format!("the annotation {SKIP} keeps the controller from looking at it"));
    }
    None
}

/// The source of an Application.
pub(super) fn source(application: &Application) -> Option<Source> {
    Source::of(&application.spec)
}
