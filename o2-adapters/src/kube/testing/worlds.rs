//! [`Worlds`]: worlds of the conformance suite for deployments, on played servers or on one that really runs.

#![allow(clippy::disallowed_methods, reason = "whoever runs the tests says how many")]

use std::io::{Write, stderr};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_core::ports::Clock;
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsWorld, Harness, Report, dms, dms_suite};
use tokio::runtime::Builder;

use super::Played;
use super::peer::worlds;
use super::remote::Remote;

/// A world with packages and deployments on a server, whichever it is.
pub(crate) trait Site: DmsWorld + Sized + 'static {
    /// What there is several of, when the backend deploys in several ways.
    type Flavour: Copy + Send + Sync;

    /// What the report is about.
    fn name(flavour: Self::Flavour) -> &'static str;

    fn begin(flavour: Self::Flavour, played: Played) -> BoxFuture<'static, Result<Self>>;

    fn played(&self) -> &Played;

    /// The time of a played server.
    fn time() -> Arc<dyn Clock> {
        ManualClock::auto()
    }
}

/// With this variable set to a number, only every so manieth case is tried on real servers.
const EVERY: &str = "O2_REAL_EVERY";

/// Runs the suite on servers that really run, a part of it on each of them; when none does, a line says so.
pub(crate) async fn conformance_on_real_servers<S: Site>(flavour: S::Flavour) {
    let (servers, name) = (worlds().await, S::name(flavour));
    if servers.is_empty() {
        let remedy = "start servers with tests/real/peers/kubernetes.sh start-worlds";
        // Not with `eprintln!`, which the test harness would swallow.
        let _ = writeln!(stderr(), "SKIPPED kubernetes conformance of {name}: {remedy}");
        return;
    }
    let every = std::env::var(EVERY).ok().and_then(|every| every.parse().ok());
    let cases = applicable::<S>(flavour).await;
    assert!(!cases.is_empty(), "no case applies");
    let cases = cases.into_iter().step_by(every.unwrap_or(1)).collect();
    all::<S>(flavour, &servers, cases).assert_green();
}

/// Tries these cases, as many at once as there are servers.
fn all<S: Site>(flavour: S::Flavour, servers: &[String], cases: Vec<String>) -> Report {
    // Each suite fills the servers with kinds of its own.
    static SERVERS: Mutex<()> = Mutex::new(());
    let alone = SERVERS.lock().unwrap_or_else(PoisonError::into_inner);
    let cases = Mutex::new(cases.into_iter());
    let next = || cases.lock().unwrap().next();
    let reports: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = servers
            .iter()
            .map(|server| scope.spawn(|| some::<S>(flavour, server, next)))
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    drop(alone);
    let mut all = Report::clone(&reports[0]);
    all.cases = reports.into_iter().flat_map(|report| report.cases).collect();
    let _ = writeln!(stderr(), "on a real server: {all}");
    all
}

/// The cases that the plugin's capabilities do not leave out.
async fn applicable<S: Site>(flavour: S::Flavour) -> Vec<String> {
    let site = S::begin(flavour, Played::new(S::time())).await.unwrap();
    let plugin = site.plugin();
    let cases = dms_suite().cases.into_iter();
    cases
        .filter(|case| case.inapplicable_to(plugin.capabilities()).is_none())
        .map(|case| case.name)
        .collect()
}

/// Tries the next case, and the next, each in a world of its own, on one server.
fn some<S: Site>(flavour: S::Flavour, server: &str, next: impl Fn() -> Option<String>) -> Vec<Report> {
    Remote::new(server).wipe();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let worlds = Worlds::<S> {
        server: Some(server.to_owned()),
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
    server: Option<String>,
    last: Mutex<Option<Arc<S>>>,
}

impl<S: Site> Worlds<S> {
    /// Each on a played server of its own.
    pub(crate) fn played(flavour: S::Flavour) -> Self {
        Self {
            flavour,
            server: None,
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

    fn begun(&self) -> Played {
        match &self.server {
            Some(server) => Played::real(server),
            None => Played::new(S::time()),
        }
    }
}

impl<S: Site> Harness<dyn DmsWorld> for Worlds<S> {
    fn name(&self) -> &str {
        S::name(self.flavour)
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async {
            self.clear();
            let site = Arc::new(S::begin(self.flavour, self.begun()).await?);
            if self.server.is_some() {
                *self.last.lock().unwrap() = Some(Arc::clone(&site));
            }
            Ok(site as Arc<dyn DmsWorld>)
        }
        .boxed()
    }
}
