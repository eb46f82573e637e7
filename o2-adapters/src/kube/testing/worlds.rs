//! [`Worlds`]: worlds of the conformance suite for deployments, on played servers or on one that really runs.

#![allow(clippy::disallowed_methods, reason = "whoever runs the tests says how many")]

use std::io::{Write, stderr};
use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsWorld, Harness, Report, dms, dms_suite};
use tokio::runtime::Builder;

use super::{Played, peer};

/// A world with packages and deployments on a server, whichever it is.
pub(crate) trait Site: DmsWorld + Sized + 'static {
    /// What there is several of, when the backend deploys in several ways.
    type Flavour: Copy + Send + Sync;

    /// Whether worlds on one server do not see each other.
    const SHARES_NOTHING: bool = true;

    /// What the report is about.
    fn name(flavour: Self::Flavour) -> &'static str;

    fn begin(flavour: Self::Flavour, played: Played) -> BoxFuture<'static, Result<Self>>;

    fn played(&self) -> &Played;
}

/// How many cases are tried at once on a real server, where most of the time each of them waits.
const AT_ONCE: usize = 12;
/// With this variable set to `all` the suite is tried on a real server. That takes minutes, and times are a tenth of what they
/// say: on a busy machine they are too short.
const CASES: &str = "O2_REAL_CASES";

/// Runs the suite on the server that really runs; when none does, a line says so.
pub(crate) async fn conformance_on_a_real_server<S: Site>(flavour: S::Flavour) {
    if peer(&format!("conformance of {}", S::name(flavour))).await.is_none() {
        return;
    }
    if std::env::var(CASES).is_ok_and(|cases| cases == "all") {
        all::<S>(flavour).await.assert_green();
        return;
    }
    let name = S::name(flavour);
    // Not with `eprintln!`, which the test harness would swallow.
    let _ = writeln!(
        stderr(),
        "SKIPPED conformance of {name} on a real server: {CASES}=all tries it"
    );
}

async fn all<S: Site>(flavour: S::Flavour) -> Report {
    let cases = applicable::<S>(flavour).await;
    assert!(!cases.is_empty(), "no case applies");
    let threads = if S::SHARES_NOTHING { AT_ONCE } else { 1 };
    let cases = Mutex::new(cases.into_iter());
    let next = || cases.lock().unwrap().next();
    let reports: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(|| some::<S>(flavour, next))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut all = Report::clone(&reports[0]);
    all.cases = reports.into_iter().flat_map(|report| report.cases).collect();
    let _ = writeln!(stderr(), "on a real server: {all}");
    all
}

/// The cases that the plugin's capabilities do not leave out.
async fn applicable<S: Site>(flavour: S::Flavour) -> Vec<String> {
    let site = S::begin(flavour, Played::new(ManualClock::auto())).await.unwrap();
    let plugin = site.plugin();
    let cases = dms_suite().cases.into_iter();
    cases
        .filter(|case| case.inapplicable_to(plugin.capabilities()).is_none())
        .map(|case| case.name)
        .collect()
}

/// Tries the next case, and the next, each in a world of its own.
fn some<S: Site>(flavour: S::Flavour, next: impl Fn() -> Option<String>) -> Vec<Report> {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let worlds = Worlds::<S> {
        real: true,
        ..Worlds::played(flavour)
    };
    let suite = dms_suite();
    let mut reports = Vec::new();
    while let Some(case) = next() {
        reports.push(runtime.block_on(suite.run_some(&worlds, |name| name == case)));
    }
    worlds.clear();
    reports
}

/// Makes one world after another. On a real server the last one is taken away when the next begins.
pub(crate) struct Worlds<S: Site> {
    flavour: S::Flavour,
    real: bool,
    last: Mutex<Option<Arc<S>>>,
}

impl<S: Site> Worlds<S> {
    /// Each on a played server of its own.
    pub(crate) fn played(flavour: S::Flavour) -> Self {
        Self {
            flavour,
            real: false,
            last: Mutex::default(),
        }
    }

    /// Runs the suite.
    pub(crate) async fn report(&self) -> Report {
        let report = dms(self).await;
        println!("{report}");
        report
    }

    fn clear(&self) {
        let last = self.last.lock().unwrap().take();
        last.iter().for_each(|site| site.played().clear());
    }

    fn server(&self) -> Result<Played> {
        if !self.real {
            return Ok(Played::new(ManualClock::auto()));
        }
        let played = Played::real(S::name(self.flavour));
        played.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the server does not run any more"))
    }
}

impl<S: Site> Harness<dyn DmsWorld> for Worlds<S> {
    fn name(&self) -> &str {
        S::name(self.flavour)
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async {
            self.clear();
            let site = Arc::new(S::begin(self.flavour, self.server()?).await?);
            if self.real {
                *self.last.lock().unwrap() = Some(Arc::clone(&site));
            }
            Ok(site as Arc<dyn DmsWorld>)
        }
        .boxed()
    }
}
