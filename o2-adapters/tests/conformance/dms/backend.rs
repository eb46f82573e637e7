//! [`Backend`]: deployments in memory behind a network that may be in trouble.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use futures::StreamExt;
use futures::stream::{self, BoxStream};
use o2_adapters::dms::memory::MemoryDms;
use o2_core::ports::Clock;
use o2_core::{Error, ErrorKind, Fault, Result};
use o2_dms::{DeploymentId, StatusReport};
use o2_testkit::ManualClock;
use o2_testkit::conformance::Trouble;
use std::task::Poll;

#[derive(Debug)]
pub(super) struct Backend {
    pub(super) dms: Arc<MemoryDms>,
    pub(super) clock: Arc<ManualClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    trouble: Option<Trouble>,
    /// Deployments whose workload fails its health checks.
    sick: BTreeSet<DeploymentId>,
    /// Marks of changes that watches have been told.
    told: BTreeSet<String>,
    /// Those of them that are forgotten.
    forgotten: BTreeSet<String>,
    /// Streams that wait, to be told of trouble.
    waiting: Vec<Waker>,
}

impl Backend {
    pub(super) fn new(dms: Arc<MemoryDms>, clock: Arc<ManualClock>) -> Arc<Self> {
        Arc::new(Self {
            dms,
            clock,
            state: Mutex::default(),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) {
        let waiting = {
            let mut state = self.state();
            state.trouble = trouble;
            if trouble == Some(Trouble::Forgetful) {
                let told = std::mem::take(&mut state.told);
                state.forgotten.extend(told);
            }
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// A request on its way to the backend.
    ///
    /// # Errors
    /// What the network or the backend has against it.
    pub(super) async fn request(&self) -> Result<()> {
        tokio::task::yield_now().await;
        if self.state().trouble == Some(Trouble::Hanging) {
            futures::future::pending::<()>().await;
        }
        self.trouble()
    }

    fn trouble(&self) -> Result<()> {
        match self.state().trouble {
            Some(Trouble::Down) => Err(Error::new(ErrorKind::Unavailable, "the backend cannot be reached")),
            Some(Trouble::Denied) => Err(Error::new(
                ErrorKind::PermissionDenied,
                "the backend refuses our credentials",
            )
            .with_fault(Fault::Backend)),
            _ => Ok(()),
        }
    }

    /// A list as the backend sends it: with `None` for an object of a shape that nobody knows.
    pub(super) fn raw<T>(&self, items: Vec<T>) -> Vec<Option<T>> {
        let odd = (self.state().trouble == Some(Trouble::OddObject)).then_some(None);
        odd.into_iter().chain(items.into_iter().map(Some)).collect()
    }

    /// A stream over the network, which breaks when the backend is in trouble.
    pub(super) fn connected<T: Send + 'static>(
        self: &Arc<Self>,
        mut inner: BoxStream<'static, Result<T>>,
    ) -> BoxStream<'static, Result<T>> {
        let backend = Arc::clone(self);
        let mut broken = false;
        stream::poll_fn(move |context| {
            if broken {
                return Poll::Ready(None);
            }
            if let Err(error) = backend.trouble() {
                broken = true;
                return Poll::Ready(Some(Err(error)));
            }
            backend.state().waiting.push(context.waker().clone());
            inner.poll_next_unpin(context)
        })
        .boxed()
    }

    pub(super) fn remember(&self, mark: &str) {
        self.state().told.insert(mark.to_owned());
    }

    pub(super) fn has_forgotten(&self, mark: &str) -> bool {
        self.state().forgotten.contains(mark)
    }

    pub(super) fn sicken(&self, id: DeploymentId) {
        self.state().sick.insert(id);
    }

    pub(super) fn mend(&self, id: &DeploymentId) {
        self.state().sick.remove(id);
    }

    /// The report with what the health checks say.
    pub(super) fn examined(&self, mut report: StatusReport) -> StatusReport {
        if self.state().sick.contains(&report.deployment_id) {
            report.ready_replicas = Some(0);
            for condition in report
                .conditions
                .iter_mut()
                .filter(|condition| condition.kind == "Ready")
            {
                condition.status = "False".to_owned();
                condition.reason = "HealthCheckFailed".to_owned();
            }
        }
        report
    }

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }
}
