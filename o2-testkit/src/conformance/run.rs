//! [`Suite`]: cases, and how they are run.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use o2_core::Operation;

use super::patience::patiently;
use super::{Broken, Case, CaseReport, Harness, Outcome, Report, Stop, Subject, Verdict, World};

/// How long one case may wait for something that does not come, by the world's clock.
const PATIENCE: Duration = Duration::from_secs(600);

/// The cases of one trait `P`, for worlds `W`.
pub struct Suite<P: ?Sized + Send + Sync + 'static, W: ?Sized> {
    /// Every operation of the trait.
    pub operations: &'static [&'static Operation],
    /// The cases.
    pub cases: Vec<Case<W>>,
    /// What a world of this suite has in common with all others.
    pub world: fn(&W) -> &dyn World<P>,
}

/// How one case went, and what there is to know about who it was tried on.
pub(super) struct Attempt {
    pub(super) operations: BTreeMap<String, bool>,
    pub(super) case: CaseReport,
}

impl<P: ?Sized + Subject, W: ?Sized + Send + Sync> Suite<P, W> {
    /// Runs every case that applies to the plugin, one after the other, each in a world of its own.
    pub async fn run(&self, harness: &dyn Harness<W>) -> Report {
        self.run_some(harness, |_| true).await
    }

    /// Runs the applicable cases that `wanted` picks by name.
    pub async fn run_some(&self, harness: &dyn Harness<W>, wanted: impl Fn(&str) -> bool) -> Report {
        let mut report = Report::new(P::NAME, harness.name());
        for case in self.cases.iter().filter(|case| wanted(&case.name)) {
            report.add(self.attempt(case, harness).await);
        }
        report
    }

    /// Tries one case in a world of its own.
    pub(super) async fn attempt(&self, case: &Case<W>, harness: &dyn Harness<W>) -> Attempt {
        let (operations, outcome) = match harness.world().await {
            Ok(world) => (self.declared(&world), self.outcome(case, &world).await),
            Err(error) => {
                let broken = Broken::new("the world", "one to try the case in", format!("{error:?}"));
                (BTreeMap::new(), Outcome::Failed(broken))
            }
        };
        Attempt {
            operations,
            case: CaseReport::new(case, outcome),
        }
    }

    fn declared(&self, world: &W) -> BTreeMap<String, bool> {
        let plugin = (self.world)(world).plugin();
        let declares = |operation: &&'static Operation| {
            let supported = plugin.declared().is_none_or(|declared| declared.supports(operation));
            (operation.name.to_owned(), supported)
        };
        self.operations.iter().map(declares).collect()
    }

    async fn outcome(&self, case: &Case<W>, world: &Arc<W>) -> Outcome {
        let common = (self.world)(world);
        let plugin = common.plugin();
        if let Some(why) = plugin.declared().and_then(|declared| case.inapplicable_to(declared)) {
            return Outcome::Inapplicable(why);
        }
        let clock = common.clock();
        let tried = AssertUnwindSafe(case.run(world)).catch_unwind();
        let verdict = match patiently(&*clock, PATIENCE, tried).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(panic)) => broken("a panic", "none", text(&*panic)),
            Err(limit) => broken("the case", "an end", format!("still waiting after {limit:?}")),
        };
        match verdict {
            Ok(()) => Outcome::Passed,
            Err(Stop::Broken(broken)) => Outcome::Failed(broken),
            Err(Stop::Skipped(why)) => Outcome::Skipped(why),
        }
    }
}

fn broken(what: &str, expected: &str, got: String) -> Verdict {
    Err(Broken::new(what, expected, got).into())
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}

impl<P: ?Sized + Subject, W: ?Sized> fmt::Debug for Suite<P, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("subject", &P::NAME)
            .field("cases", &self.cases)
            .finish_non_exhaustive()
    }
}
