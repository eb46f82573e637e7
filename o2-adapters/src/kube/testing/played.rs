//! [`Played`]: an API server with controllers that do things a while later.
//!
//! A test plays a controller with `on_change` of the server and [`Played::later`]. The server is a played one, in virtual time:
//! what is due happens before the next request is answered, so nobody sees the server as it was before that. Or it is one that
//! really runs: then a thread does what is due, and all times are a tenth.

#![allow(
    clippy::disallowed_methods,
    reason = "a server that really runs lives in real time, and what is played on it in a thread"
)]

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use futures::executor::block_on;
use futures::future::BoxFuture;
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use o2_core::ports::Clock;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, Body as Answer};
use tower_service::Service;

use super::FastClock;
use super::peer::client_of;
use super::programs::Programs;
use super::remote::Remote;
use super::server::Server;

type Step = Box<dyn FnOnce(&Played) + Send>;

/// How long a thread rests between two looks at what is due.
const TICK: Duration = Duration::from_millis(5);
/// How long it takes until everybody has seen a change, and done what follows from it at once.
const SEEN: Duration = Duration::from_secs(5);

/// A played server, and what is to be done on it.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) server: Server,
    pub(crate) clock: Arc<dyn Clock>,
    /// The context of a server that really runs.
    pub(crate) context: Option<String>,
    /// The programs that a plugin on a server that really runs has run.
    pub(crate) programs: Programs,
    steps: Arc<Mutex<BTreeMap<(Duration, u64), Step>>>,
    /// Whether everything is over.
    over: Arc<AtomicBool>,
}

impl Played {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            server: Server::new(ApiServer::with_clock(Arc::clone(&clock)), None),
            programs: Programs::new(Arc::clone(&clock)),
            clock,
            context: None,
            steps: Arc::default(),
            over: Arc::default(),
        }
    }

    /// The server that really runs of a context of the kubeconfig.
    pub(crate) fn real(context: &str) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(FastClock::new());
        let played = Self {
            server: Server::new(ApiServer::with_clock(ManualClock::new()), Some(Remote::new(context))),
            programs: Programs::new(Arc::clone(&clock)),
            clock,
            context: Some(context.to_owned()),
            steps: Arc::default(),
            over: Arc::default(),
        };
        let own = played.clone();
        std::thread::spawn(move || {
            while !own.over.load(Ordering::Relaxed) {
                own.tick();
                std::thread::sleep(TICK);
            }
        });
        played
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> Client {
        match &self.context {
            Some(context) => block_on(client_of(context)).expect("the kubeconfig has the context"),
            None => Client::new(self.clone(), "default"),
        }
    }

    /// Ends what was begun on a server that really runs, and takes it away.
    pub(crate) fn clear(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.steps().clear();
        self.server.clear();
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
            if !self.server.is_real() {
                self.tick();
            }
            let next = self.steps().keys().next().map(|(due, _)| *due);
            if let Some(due) = next {
                self.clock.sleep(due.saturating_sub(self.clock.monotonic())).await;
                continue;
            }
            // Of which a real server has but a tenth.
            let slower = if self.server.is_real() { 4 } else { 1 };
            self.clock.sleep(SEEN * slower).await;
            if self.steps().is_empty() {
                break;
            }
        }
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
        (*self.server).clone().call(request)
    }
}
