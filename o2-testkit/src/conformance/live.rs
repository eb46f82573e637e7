//! Suites as a test binary: what a backend that really runs is tried with. Feature `libtest`.
//!
//! Every case is a trial of its own, `smo::execute_workflow/timeout_is_kept`, so that a terminal, an editor and a build
//! server show it like any other test: `--list`, filters, `--exact` and `--skip` work. What cannot be tried is shown as
//! ignored, with the reason. Cases run one after the other unless `--test-threads` says something else, as they share the
//! backend.
//!
//! The binary is a test target with `harness = false`. It decides what is tried, by whatever it likes; nothing is read
//! here:
//!
//! ```no_run
//! use std::process::ExitCode;
//! use std::sync::Arc;
//! use futures::executor::block_on;
//! use o2_testkit::conformance::live::Live;
//! use o2_testkit::conformance::{Harness, ObservabilityWorld, SmoWorld, observability_suite, smo_suite};
//! # fn orchestrator(_url: &str) -> Arc<dyn Harness<dyn SmoWorld>> { std::process::abort() }
//! # fn monitoring(_url: &str) -> Arc<dyn Harness<dyn ObservabilityWorld>> { std::process::abort() }
//!
//! fn main() -> ExitCode {
//!     let mut live = Live::new(|future| block_on(future));
//!     if let Ok(url) = std::env::var("O2_TEST_ONAP_URL") {
//!         live = live.with(smo_suite(), orchestrator(&url));
//!     }
//!     if let Ok(url) = std::env::var("O2_TEST_PROMETHEUS_URL") {
//!         live = live.with(observability_suite(), monitoring(&url));
//!     }
//!     let report = std::env::var_os("O2_TEST_REPORT");
//!     live.run(std::env::args(), report.as_ref().map(AsRef::as_ref))
//! }
//! ```

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use super::run::Attempt;
use super::{Broken, CaseReport, Harness, Outcome, Report, Subject, Suite};

type Executor = dyn Fn(BoxFuture<'_, ()>) + Send + Sync;

/// Suites and what they are to be run on.
pub struct Live {
    executor: Arc<Executor>,
    trials: Vec<Trial>,
    reports: Vec<Arc<Mutex<Growing>>>,
}

/// A report to which trials add, in whatever order they end.
struct Growing {
    report: Report,
    places: Vec<usize>,
}

impl Live {
    /// Nothing yet; futures will be awaited by `executor`, which may be called by several threads at once.
    pub fn new(executor: impl for<'a> Fn(BoxFuture<'a, ()>) + Send + Sync + 'static) -> Self {
        Self {
            executor: Arc::new(executor),
            trials: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// And this suite on this backend.
    #[must_use]
    pub fn with<P, W>(mut self, suite: Suite<P, W>, harness: Arc<dyn Harness<W>>) -> Self
    where
        P: ?Sized + Subject,
        W: ?Sized + Send + Sync + 'static,
    {
        let report = Report::new(P::NAME, harness.name());
        let growing = Arc::new(Mutex::new(Growing {
            report,
            places: Vec::new(),
        }));
        let suite = Arc::new(suite);
        for place in 0..suite.cases.len() {
            let trial = trial(&suite, place, &harness, &self.executor, &growing);
            self.trials.extend(trial);
        }
        self.reports.push(growing);
        self
    }

    /// Does what the arguments of the program ask for, and says how it went.
    ///
    /// The reports of all suites of which a case was run are written to the file `report` as one line of JSON, an array;
    /// the file `-` is the standard output, and without a file nothing is written. A report that cannot be written is
    /// a failure.
    pub fn run(self, arguments: impl IntoIterator<Item = String>, report: Option<&Path>) -> ExitCode {
        let mut arguments = Arguments::from_iter(arguments);
        arguments.test_threads.get_or_insert(1);
        let conclusion = libtest_mimic::run(&arguments, self.trials);
        let reports: Vec<_> = self
            .reports
            .iter()
            .map(|growing| lock(growing).report.clone())
            .collect();
        let written = report.map_or(Ok(()), |file| write(&reports, file));
        if let Err(error) = written {
            let _ = writeln!(io::stderr(), "the report cannot be written: {error}");
            return ExitCode::FAILURE;
        }
        conclusion.exit_code()
    }
}

fn trial<P, W>(
    suite: &Arc<Suite<P, W>>,
    place: usize,
    harness: &Arc<dyn Harness<W>>,
    executor: &Arc<Executor>,
    growing: &Arc<Mutex<Growing>>,
) -> Option<Trial>
where
    P: ?Sized + Subject,
    W: ?Sized + Send + Sync + 'static,
{
    let name = format!("{}::{}", P::NAME, suite.cases.get(place)?.name);
    let (suite, harness) = (Arc::clone(suite), Arc::clone(harness));
    let (executor, growing) = (Arc::clone(executor), Arc::clone(growing));
    Some(Trial::ignorable_test(name, move || {
        let mut ended = None;
        executor(Box::pin(async {
            if let Some(case) = suite.cases.get(place) {
                ended = Some(suite.attempt(case, &*harness).await);
            }
        }));
        let attempt = ended.ok_or("the executor did not run the case")?;
        let conclusion = conclusion(&attempt.case);
        lock(&growing).add(place, attempt);
        conclusion
    }))
}

impl Growing {
    /// Adds what the case at this place of the suite came to; cases stay in the order of the suite.
    fn add(&mut self, place: usize, attempt: Attempt) {
        let at = self.places.partition_point(|earlier| *earlier < place);
        self.places.insert(at, place);
        self.report.add(attempt);
        self.report.cases[at..].rotate_right(1);
    }
}

fn conclusion(case: &CaseReport) -> Result<Completion, Failed> {
    match &case.outcome {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::Skipped(why) | Outcome::Inapplicable(why) => Ok(Completion::ignored_with(why)),
        Outcome::Failed(Broken { what, expected, got }) => {
            let contract = &case.contract;
            let text = format!("contract:  {contract}\nlooked at: {what}\nexpected:  {expected}\ngot:       {got}");
            Err(text.into())
        }
    }
}

fn write(reports: &[Report], file: &Path) -> io::Result<()> {
    let ran: Vec<_> = reports.iter().filter(|report| !report.cases.is_empty()).collect();
    if ran.is_empty() {
        return Ok(());
    }
    let mut line = serde_json::to_vec(&ran)?;
    line.push(b'\n');
    if file == Path::new("-") {
        io::stdout().write_all(&line)
    } else {
        std::fs::write(file, line)
    }
}

fn lock(growing: &Mutex<Growing>) -> std::sync::MutexGuard<'_, Growing> {
    growing.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("trials", &self.trials.len())
            .finish_non_exhaustive()
    }
}
