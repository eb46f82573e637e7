//! [`Suite`]: cases, and how they are run.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use o2_core::{Category, Operation, Plugin};

use super::patience::patiently;
use super::{Broken, Case, CaseReport, Harness, Outcome, Report, Stop, Verdict, World};

/// How long one case may wait for something that does not come, by the world's clock.
const PATIENCE: Duration = Duration::from_secs(600);

/// The cases of one trait `P`, for worlds `W`.
pub struct Suite<P: ?Sized + Send + Sync + 'static, W: ?Sized> {
    /// The category of the trait.
    pub category: Category,
    /// Every operation of the trait.
    pub operations: &'static [&'static Operation],
    /// The cases.
    pub cases: Vec<Case<W>>,
    /// What a world of this suite has in common with all others.
    pub world: fn(&W) -> &dyn World<P>,
}

impl<P: ?Sized + Plugin, W: ?Sized + Send + Sync> Suite<P, W> {
    /// Runs every case that applies to the plugin, one after the other, each in a world of its own.
    pub async fn run(&self, harness: &dyn Harness<W>) -> Report {
        self.run_some(harness, |_| true).await
    }

    /// Runs the applicable cases that `wanted` picks by name.
    pub async fn run_some(&self, harness: &dyn Harness<W>, wanted: impl Fn(&str) -> bool) -> Report {
        let mut report = Report::new(self.category, harness.name());
        for case in self.cases.iter().filter(|case| wanted(&case.name)) {
            let outcome = match harness.world().await {
                Ok(world) => {
                    report.learn((self.world)(&world).plugin().capabilities(), self.operations);
                    self.outcome(case, &world).await
                }
                Err(error) => Outcome::Failed(Broken::new("the world", "one to try the case in", format!("{error:?}"))),
            };
            report.cases.push(CaseReport::new(case, outcome));
        }
        report
    }

    async fn outcome(&self, case: &Case<W>, world: &Arc<W>) -> Outcome {
        let common = (self.world)(world);
        if let Some(why) = case.inapplicable_to(common.plugin().capabilities()) {
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

impl<P: ?Sized + Send + Sync + 'static, W: ?Sized> fmt::Debug for Suite<P, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite")
            .field("category", &self.category)
            .field("cases", &self.cases)
            .finish_non_exhaustive()
    }
}
