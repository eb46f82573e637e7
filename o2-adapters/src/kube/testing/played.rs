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

use futures::future::BoxFuture;
use http::{Request, Response};
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use o2_core::ports::Clock;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, Body as Answer};
use tower_service::Service;

use super::remote::Remote;
use super::server::Server;
use super::{FastClock, kubeconfig};

type Step = Box<dyn FnOnce(&Played) + Send>;

/// How long a thread rests between two looks at what is due.
const TICK: Duration = Duration::from_millis(5);

/// A played server, and what is to be done on it.
#[derive(Clone)]
pub(crate) struct Played {
    pub(crate) server: Server,
    pub(crate) clock: Arc<dyn Clock>,
    steps: Arc<Mutex<BTreeMap<(Duration, u64), Step>>>,
    /// Whether everything is over.
    over: Arc<AtomicBool>,
}

impl Played {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            server: Server::new(ApiServer::with_clock(Arc::clone(&clock)), None),
            clock,
            steps: Arc::default(),
            over: Arc::default(),
        }
    }

    /// A part of the server that really runs, if one does.
    pub(crate) fn real(what: &str) -> Option<Self> {
        let remote = Remote::new(what)?;
        let clock: Arc<dyn Clock> = Arc::new(FastClock::default());
        let played = Self {
            server: Server::new(ApiServer::with_clock(ManualClock::new()), Some(remote)),
            clock,
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
        Some(played)
    }

    /// A client of the server.
    pub(crate) fn client(&self) -> Client {
        if self.server.is_real() {
            return real_client();
        }
        Client::new(self.clone(), "default")
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

/// A client that may do everything, on the runtime of the test.
fn real_client() -> Client {
    let file = Kubeconfig::read_from(kubeconfig()).unwrap();
    let options = KubeConfigOptions::default();
    let reading = Config::from_custom_kubeconfig(file, &options);
    Client::try_from(futures::executor::block_on(reading).unwrap()).unwrap()
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
