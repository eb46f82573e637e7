//! [`Played`]: a played API server with controllers that do things a while later, by virtual time.
//!
//! A test plays a controller with `on_change` of the server and [`Played::later`]. What is due happens before the next
//! request is answered, so nobody sees the server as it was before that.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use o2_core::ports::Clock;
use o2_testkit::kubernetes::{ApiServer, Body as Answer};
use tower_service::Service;

type Step = Box<dyn FnOnce(&Played) + Send>;

/// A played server, and what is to be done on it.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) server: ApiServer,
    pub(crate) clock: Arc<dyn Clock>,
    steps: Arc<Mutex<BTreeMap<(Duration, u64), Step>>>,
}

impl Played {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            server: ApiServer::with_clock(Arc::clone(&clock)),
            clock,
            steps: Arc::default(),
        }
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> Client {
        Client::new(self.clone(), "default")
    }

    fn steps(&self) -> MutexGuard<'_, BTreeMap<(Duration, u64), Step>> {
        self.steps.lock().unwrap()
    }

    /// Does something so many seconds later.
    pub(crate) fn later(&self, seconds: u64, step: impl FnOnce(&Self) + Send + 'static) {
        let due = self.clock.monotonic() + Duration::from_secs(seconds);
        let mut steps = self.steps();
        let number = steps.keys().map(|(_, number)| number + 1).max().unwrap_or(0);
        steps.insert((due, number), Box::new(step));
    }

    /// Does what is due.
    pub(crate) fn tick(&self) {
        loop {
            let now = self.clock.monotonic();
            let mut steps = self.steps();
            let Some(step) = steps
                .first_entry()
                .filter(|step| step.key().0 <= now)
                .map(|step| step.remove())
            else {
                return;
            };
            drop(steps);
            step(self);
        }
    }

    /// Lets time pass until there is nothing more to be done, and whoever watches has seen it.
    pub(crate) async fn settle(&self) {
        loop {
            self.tick();
            let next = self.steps().keys().next().map(|(due, _)| *due);
            match next {
                Some(due) => self.clock.sleep(due.saturating_sub(self.clock.monotonic())).await,
                None => break,
            }
        }
        self.clock.sleep(Duration::from_secs(5)).await;
    }
}

impl Service<Request<Body>> for Played {
    type Response = Response<Answer>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Response<Answer>>>;

    fn poll_ready(&mut self, _: &mut Task<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.tick();
        self.server.call(request)
    }
}
