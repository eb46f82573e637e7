//! How a collector is doing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;

use crate::Error;
use crate::id::PluginId;
use crate::metrics::CollectorMetrics;
use crate::model::attribute::{AttributeKind as Kind, Field, Shape};
use crate::operation::Category;
use crate::ports::Clock;
use crate::time::Timestamp;

/// How a collector is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CollectorState {
    /// It has not listed everything yet.
    Starting,
    /// It knows everything.
    Current,
    /// Some lists fail, or events wait to be stored.
    Behind,
    /// The backend does not answer.
    Failing,
    /// The plugin is disabled, or nobody runs the collectors any more.
    Stopped,
}

impl CollectorState {
    /// Every state, as the wire shows it.
    pub const WORDS: &'static [&'static str] = &["starting", "current", "behind", "failing", "stopped"];
}

/// A collector, as administration shows it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CollectorView {
    /// The category of the plugin.
    pub category: Category,
    /// The plugin.
    pub plugin: PluginId,
    /// `watch` or `poll`.
    pub mode: &'static str,
    /// How it is doing.
    pub state: CollectorState,
    /// Whether this process tells the events of the plugin.
    pub leads: bool,
    /// When everything was known to be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success: Option<Timestamp>,
    /// How long ago that was, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lag_seconds: Option<u64>,
    /// How many objects of each type are known.
    pub objects: BTreeMap<&'static str, usize>,
    /// What went wrong last, while it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// How many events have been told.
    pub events: u64,
}

impl CollectorView {
    /// Its fields, for the OpenAPI document.
    pub const SHAPE: Shape = Shape::body(
        "Collector",
        &[
            Field::required("category", Kind::String, "The category of the plugin."),
            Field::required("plugin", Kind::String, "The plugin."),
            Field::required("mode", Kind::Enum(&["watch", "poll"]), "How it hears of changes."),
            Field::required("state", Kind::Enum(CollectorState::WORDS), "How it is doing."),
            Field::required(
                "leads",
                Kind::Boolean,
                "Whether this process tells the events of the plugin.",
            ),
            Field::optional("lastSuccess", Kind::DateTime, "When everything was known to be right."),
            Field::optional("lagSeconds", Kind::Integer, "How long ago that was, in seconds."),
            Field::required("objects", Kind::Map, "How many objects of each type are known."),
            Field::optional("lastError", Kind::String, "What went wrong last, while it does."),
            Field::required("events", Kind::Integer, "How many events have been told."),
        ],
    );

    /// Whether it keeps what is known up to date, or is not meant to.
    #[must_use]
    pub fn is_well(&self) -> bool {
        matches!(self.state, CollectorState::Current | CollectorState::Stopped)
    }
}

/// The status that a collector keeps, and others look at.
#[derive(Debug)]
pub(super) struct Status {
    view: Mutex<CollectorView>,
    metrics: CollectorMetrics,
    clock: Arc<dyn Clock>,
}

impl Status {
    pub(super) fn new(category: Category, plugin: PluginId, metrics: CollectorMetrics, clock: Arc<dyn Clock>) -> Self {
        Self {
            view: Mutex::new(CollectorView {
                category,
                plugin,
                mode: "poll",
                state: CollectorState::Starting,
                leads: false,
                last_success: None,
                lag_seconds: None,
                objects: BTreeMap::new(),
                last_error: None,
                events: 0,
            }),
            metrics,
            clock,
        }
    }

    pub(super) fn view(&self) -> CollectorView {
        let mut view = self.lock().clone();
        let lag = |then: Timestamp| self.clock.now().since(then).as_secs();
        view.lag_seconds = view.last_success.map(lag);
        view
    }

    pub(super) fn mode(&self, watches: bool) {
        self.lock().mode = if watches { "watch" } else { "poll" };
    }

    pub(super) fn leads(&self, leads: bool) {
        self.lock().leads = leads;
    }

    /// What is known is right.
    pub(super) fn current(&self) {
        let now = self.clock.now();
        let mut view = self.lock();
        view.state = CollectorState::Current;
        view.last_success = Some(now);
        view.last_error = None;
        self.metrics.success(now);
    }

    /// A part is missing; the rest goes on.
    pub(super) fn behind(&self, error: &Error) {
        self.trouble(CollectorState::Behind, error);
    }

    pub(super) fn failing(&self, error: &Error) {
        self.trouble(CollectorState::Failing, error);
    }

    pub(super) fn stopped(&self) {
        let mut view = self.lock();
        view.state = CollectorState::Stopped;
        view.last_error = None;
        view.leads = false;
    }

    /// The plugin is not there any more.
    pub(super) fn forget(&self) {
        let known: BTreeMap<_, _> = self.lock().objects.keys().map(|object| (*object, 0)).collect();
        self.knows(known);
    }

    pub(super) fn started(&self) {
        self.lock().state = CollectorState::Starting;
    }

    pub(super) fn knows(&self, objects: BTreeMap<&'static str, usize>) {
        self.metrics.objects(&objects);
        self.lock().objects = objects;
    }

    pub(super) fn told(&self, events: usize) {
        self.metrics.told(events as u64);
        self.lock().events += events as u64;
    }

    fn trouble(&self, state: CollectorState, error: &Error) {
        self.metrics.failure();
        let mut view = self.lock();
        view.state = state;
        view.last_error = Some(error.message().to_owned());
    }

    fn lock(&self) -> MutexGuard<'_, CollectorView> {
        self.view.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits that grow with every failure: a second, two, four, up to the longest, each less up to a half.
#[derive(Debug)]
pub(super) struct Backoff {
    pub(super) longest: Duration,
    pub(super) failures: u32,
}

impl Backoff {
    pub(super) fn next(&mut self, jitter: &crate::layers::Jitter) -> Duration {
        let doubled = Duration::from_secs(1).saturating_mul(1 << self.failures.min(20));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(self.longest);
        wait - jitter.up_to(wait / 2)
    }
}
