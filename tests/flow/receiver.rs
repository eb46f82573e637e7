//! [`Receivers`]: subscribers behind a real socket that keep what they are told, and may fail at random.

use std::collections::HashSet;
use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use futures::future::try_join_all;
use serde_json::Value;
use tokio::net::TcpListener;

use super::log::{Entry, What};
use super::random::Random;

/// How receivers fail.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    /// So many percent of requests are refused unread.
    pub(crate) refused: u64,
    /// So many percent are read, and the answer is an error.
    pub(crate) forgotten: u64,
    /// So many percent are answered late.
    pub(crate) late: u64,
    /// How late.
    pub(crate) delay: Duration,
}

/// Something a receiver was told.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The id of the notification.
    pub(crate) id: String,
    pub(crate) told: Told,
    pub(crate) sequence: u64,
    pub(crate) at: Instant,
}

/// A change as a notification shows it: what happened, and the number of the pool after it, or before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Told {
    pub(crate) what: What,
    pub(crate) number: u64,
}

impl Told {
    pub(crate) fn of(entry: &Entry) -> Self {
        let number = match entry.what {
            What::Created | What::Updated => entry.number,
            What::Deleted => entry.before.unwrap_or_default(),
        };
        Self {
            what: entry.what,
            number,
        }
    }

    fn read(notification: &Value) -> Option<Self> {
        let (what, state) = match notification.get("notificationEventType")?.as_u64()? {
            0 => (What::Created, "postObjectState"),
            1 => (What::Updated, "postObjectState"),
            _ => (What::Deleted, "priorObjectState"),
        };
        let number = notification.get(state)?.get("description")?.as_str()?.parse().ok()?;
        Some(Self { what, number })
    }
}

/// What one receiver was told.
#[derive(Debug, Default)]
struct Heard {
    arrivals: Vec<Arrival>,
    changes: HashSet<Told>,
}

/// Subscribers, each at an address of its own.
#[derive(Debug)]
pub(crate) struct Receivers {
    heard: Vec<Mutex<Heard>>,
    faults: Mutex<Faults>,
    /// Receivers that take requests and never answer.
    silent: Vec<usize>,
    random: Random,
}

impl Receivers {
    pub(crate) fn new(count: usize, silent: Vec<usize>, seed: u64) -> Arc<Self> {
        Arc::new(Self {
            heard: (0..count).map(|_| Mutex::default()).collect(),
            faults: Mutex::default(),
            silent,
            random: Random::new(seed),
        })
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    fn of(&self, receiver: usize) -> MutexGuard<'_, Heard> {
        self.heard[receiver].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, receiver: usize, arrivals: Vec<Arrival>) {
        let mut heard = self.of(receiver);
        heard.changes.extend(arrivals.iter().map(|arrival| arrival.told));
        heard.arrivals.extend(arrivals);
    }

    /// What this receiver was told, in order of arrival.
    pub(crate) fn arrivals(&self, receiver: usize) -> Vec<Arrival> {
        self.of(receiver).arrivals.clone()
    }

    pub(crate) fn count(&self, receiver: usize) -> usize {
        self.of(receiver).arrivals.len()
    }

    /// How many different changes this receiver was told.
    pub(crate) fn changes(&self, receiver: usize) -> usize {
        self.of(receiver).changes.len()
    }

    /// Serves each of them at an address of its own, until the future is dropped.
    pub(crate) async fn serve(self: Arc<Self>) -> std::io::Result<(Vec<SocketAddr>, impl Future<Output = ()>)> {
        let mut addresses = Vec::new();
        let mut servers = Vec::new();
        for receiver in 0..self.heard.len() {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
            addresses.push(listener.local_addr()?);
            let app = Router::new()
                .route("/", post(take))
                .with_state((Arc::clone(&self), receiver));
            servers.push(axum::serve(listener, app).into_future());
        }
        Ok((addresses, async move {
            if let Err(error) = try_join_all(servers).await {
                tracing::error!(%error, "the receivers ended");
            }
        }))
    }
}

async fn take(State((all, receiver)): State<(Arc<Receivers>, usize)>, body: Bytes) -> StatusCode {
    let at = Instant::now();
    if all.silent.contains(&receiver) {
        std::future::pending::<()>().await;
    }
    let faults = *all.faults.lock().unwrap_or_else(PoisonError::into_inner);
    if all.random.happens(faults.refused) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    let Ok(body) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST;
    };
    let notifications = body.as_array().map_or(std::slice::from_ref(&body), Vec::as_slice);
    let read: Option<Vec<_>> = notifications.iter().map(|one| arrival(one, at)).collect();
    let Some(read) = read else {
        return StatusCode::UNPROCESSABLE_ENTITY;
    };
    all.take(receiver, read);
    if all.random.happens(faults.late) {
        tokio::time::sleep(faults.delay).await;
    }
    if all.random.happens(faults.forgotten) {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::NO_CONTENT
}

fn arrival(notification: &Value, at: Instant) -> Option<Arrival> {
    Some(Arrival {
        id: notification.get("notificationId")?.as_str()?.to_owned(),
        told: Told::read(notification)?,
        sequence: notification.get("sequence")?.as_u64()?,
        at,
    })
}
