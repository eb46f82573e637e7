//! A deployment backend that does what its script says, in virtual time.

mod calls;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use o2_core::model::Version;
use o2_core::ports::Clock;
use o2_core::{
    Capabilities, Category, Context, Error, ErrorKind, Health, Operation, Plugin, PluginInfo, Result, TenantId,
    async_trait,
};
use o2_dms::{Deployment, DeploymentPackage, DeploymentRevision, DeploymentStatus, LogLine, PackageId, op};
use o2_testkit::ManualClock;
use serde::Serialize;
use serde_json::Value;

/// Work that takes this long unless the script says otherwise.
pub(crate) const USUAL: Duration = Duration::from_secs(10);

pub(crate) struct Fake {
    info: PluginInfo,
    capabilities: Capabilities,
    clock: Arc<ManualClock>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) packages: BTreeMap<String, Arc<DeploymentPackage>>,
    deployments: BTreeMap<String, Work>,
    /// Log lines, and how long after the one before they come.
    pub(crate) logs: Vec<(Duration, Result<LogLine, ErrorKind>)>,
    pub(crate) takes: Duration,
    /// The next work ends like this.
    pub(crate) fails: Option<&'static str>,
    /// The next call that sets work in motion is refused.
    pub(crate) refuses: Option<ErrorKind>,
    /// The next call that sets work in motion is done, but its answer never comes.
    pub(crate) hangs: bool,
    /// Happens after the next call that sets work in motion, before its answer.
    pub(crate) before_answer: Option<Box<dyn FnOnce() + Send>>,
    /// No call is answered.
    pub(crate) down: bool,
    /// It hands out what belongs to other tenants, which it should not.
    pub(crate) leaks: bool,
    /// The methods that were called.
    pub(crate) calls: Vec<&'static str>,
    /// The version that the last update expected.
    pub(crate) expected: Option<String>,
    /// The last request that came with one.
    pub(crate) request: Value,
}

/// A deployment and what is done to it.
#[derive(Debug, Clone)]
struct Work {
    deployment: Deployment,
    began: Duration,
    ends: Duration,
    becomes: Option<DeploymentStatus>,
    words: &'static str,
    revisions: Vec<DeploymentRevision>,
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fake({})", self.info.name)
    }
}

impl Fake {
    pub(crate) fn new(name: &str, lacks: &[&'static Operation], clock: &Arc<ManualClock>) -> Arc<Self> {
        let all = Capabilities::new(op::ALL.iter().copied());
        let capabilities = lacks.iter().fold(all, |all, operation| all.without(operation));
        Arc::new(Self {
            info: PluginInfo::new(Category::Dms, "fake", name, "1").unwrap(),
            capabilities,
            clock: Arc::clone(clock),
            state: Mutex::new(State {
                takes: USUAL,
                ..State::default()
            }),
        })
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn add_package(&self, id: &str, tenant: Option<&str>) {
        let mut package = DeploymentPackage::new(id, id, "1.0", "helm-chart");
        package.tenant_id = tenant.map(TenantId::new);
        self.script().packages.insert(id.to_owned(), Arc::new(package));
    }

    /// How often a method was called.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.script().calls.iter().filter(|call| **call == method).count()
    }

    /// Takes a deployment away, as somebody else might.
    pub(crate) fn lose(&self, id: &str) {
        self.script().deployments.remove(id).unwrap();
    }

    fn called(&self, method: &'static str) -> Result<MutexGuard<'_, State>> {
        let mut state = self.script();
        state.calls.push(method);
        if state.down {
            return Err(Error::new(ErrorKind::Unavailable, "connection refused"));
        }
        Ok(state)
    }

    /// A deployment as it is now.
    fn find(&self, state: &State, context: &Context, id: &str) -> Result<Work> {
        let missing = || Error::not_found("deployment", id);
        let mut work = state.deployments.get(id).cloned().ok_or_else(missing)?;
        if !state.leaks && !context.sees(work.deployment.tenant_id.as_ref()) {
            return Err(missing());
        }
        if self.clock.monotonic() >= work.ends {
            work.deployment.status = work.becomes.ok_or_else(missing)?;
            work.deployment.status_message = work.words.to_owned();
        }
        let version = format!("{}-{}", work.began.as_millis(), work.deployment.status.as_str());
        work.deployment.version = Some(Version::new(version));
        Ok(work)
    }

    /// Does something to a deployment.
    async fn work(
        &self,
        context: &Context,
        method: &'static str,
        id: &str,
        status: DeploymentStatus,
        change: impl FnOnce(&mut Work) -> Result<()> + Send,
    ) -> Result<Arc<Deployment>> {
        let (deployment, hangs) = {
            let mut state = self.called(method)?;
            let mut work = self.find(&state, context, id)?;
            if let Some(kind) = state.refuses.take() {
                return Err(Error::new(kind, "the backend does not want to"));
            }
            change(&mut work)?;
            let now = self.clock.monotonic();
            work.deployment.status = status;
            work.deployment.status_message = String::new();
            work.deployment.updated_at = Some(self.clock.now());
            (work.began, work.ends) = (now, now + state.takes);
            work.words = state.fails.take().unwrap_or_default();
            work.becomes = match (status, work.words) {
                (_, words) if !words.is_empty() => Some(DeploymentStatus::Failed),
                (DeploymentStatus::Terminating, _) => None,
                _ => Some(DeploymentStatus::Deployed),
            };
            state.deployments.insert(id.to_owned(), work.clone());
            if let Some(happens) = state.before_answer.take() {
                happens();
            }
            (work.deployment, std::mem::take(&mut state.hangs))
        };
        if hangs {
            futures::future::pending::<()>().await;
        }
        Ok(Arc::new(deployment))
    }

    fn package(state: &State, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let package = state.packages.get(id.as_str()).cloned();
        package.ok_or_else(|| Error::invalid(format!("no chart '{id}'")))
    }

    fn note(&self, request: &impl Serialize) {
        self.script().request = serde_json::to_value(request).unwrap();
    }
}

#[async_trait]
impl Plugin for Fake {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(self.clock.now())
    }
}
