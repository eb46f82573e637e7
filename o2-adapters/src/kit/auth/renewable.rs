//! [`Renewable`]: something that is fetched once for all who want it, and again when it is stale.
//!
//! The fetching is one future that all waiting callers drive together. Whoever of them is dropped leaves the others in
//! peace; when all are dropped, so is the fetching. Nobody waits longer than until the deadline of its own context.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared, WeakShared};
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result};

use super::Grant;
use crate::kit::again;

/// How long one fetching may take.
const LIMIT: Duration = Duration::from_secs(60);

/// After the backend refused our credentials, nobody tries them again for so long: accounts get locked by that.
const PAUSE: Duration = Duration::from_secs(5);

/// Something fetched, and for how long it is good.
#[derive(Debug)]
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    /// How long it is good; `None` until it is refused.
    pub(crate) lifetime: Option<Duration>,
}

type Outcome<T> = Result<Arc<Held<T>>, Arc<Error>>;
type Flight<T> = Shared<BoxFuture<'static, Outcome<T>>>;
type WeakFlight<T> = WeakShared<BoxFuture<'static, Outcome<T>>>;

struct Held<T> {
    value: Arc<T>,
    grant: Grant,
    /// When it is time for the next one, on the monotonic scale.
    stale: Option<Duration>,
}

pub(crate) struct Renewable<T> {
    clock: Arc<dyn Clock>,
    skew: Duration,
    fetch: Box<dyn Fn() -> BoxFuture<'static, Result<Fetched<T>>> + Send + Sync>,
    state: Arc<Mutex<State<T>>>,
}

struct State<T> {
    held: Option<Arc<Held<T>>>,
    flight: Option<WeakFlight<T>>,
    refusal: Option<(Duration, Arc<Error>)>,
    renewals: u64,
}

enum Look<T> {
    Held(Arc<Held<T>>),
    Refused(Arc<Error>),
    Flying(Flight<T>),
}

impl<T: Send + Sync + 'static> Renewable<T> {
    /// Fetches with `fetch`, and anew when less than `skew` is left, or less than a fifth of a short life.
    pub(crate) fn new(
        clock: Arc<dyn Clock>,
        skew: Duration,
        fetch: impl Fn() -> BoxFuture<'static, Result<Fetched<T>>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            clock,
            skew,
            fetch: Box::new(fetch),
            state: Arc::new(Mutex::new(State {
                held: None,
                flight: None,
                refusal: None,
                renewals: 0,
            })),
        }
    }

    /// What there is, fetched if need be.
    ///
    /// # Errors
    /// Those of fetching; `Timeout` when it takes longer than a minute or than the context permits.
    pub(crate) async fn get(&self, context: &Context) -> Result<(Arc<T>, Grant)> {
        let outcome = match self.look() {
            Look::Held(held) => Ok(held),
            Look::Refused(error) => Err(error),
            Look::Flying(flight) => self.wait(context, flight).await?,
        };
        match outcome {
            Ok(held) => Ok((Arc::clone(&held.value), held.grant)),
            Err(error) => Err(same(&error)),
        }
    }

    /// Forgets what was refused, unless it has been replaced.
    pub(crate) fn forget(&self, refused: Grant) {
        let mut state = lock(&self.state);
        if state.held.as_ref().is_some_and(|held| held.grant == refused) {
            state.held = None;
        }
    }

    /// What was fetched and not refused, without fetching.
    #[cfg(feature = "vsphere")]
    pub(crate) fn held(&self) -> Option<(Arc<T>, Grant)> {
        let state = lock(&self.state);
        state.held.as_ref().map(|held| (Arc::clone(&held.value), held.grant))
    }

    fn look(&self) -> Look<T> {
        let now = self.clock.monotonic();
        let mut state = lock(&self.state);
        if let Some(held) = &state.held
            && held.stale.is_none_or(|stale| now < stale)
        {
            return Look::Held(Arc::clone(held));
        }
        if let Some((until, error)) = &state.refusal
            && now < *until
        {
            return Look::Refused(Arc::clone(error));
        }
        if let Some(flight) = state.flight.as_ref().and_then(WeakShared::upgrade) {
            return Look::Flying(flight);
        }
        let flight = self.fly().shared();
        state.flight = flight.downgrade();
        Look::Flying(flight)
    }

    /// Fetches and keeps.
    fn fly(&self) -> BoxFuture<'static, Outcome<T>> {
        let (clock, state, skew) = (Arc::clone(&self.clock), Arc::clone(&self.state), self.skew);
        let fetching = (self.fetch)();
        async move {
            let fetched = clock.within(LIMIT, fetching).await.unwrap_or_else(|_| Err(late()));
            let now = clock.monotonic();
            let mut state = lock(&state);
            state.flight = None;
            state.keep(fetched, now, skew)
        }
        .boxed()
    }

    async fn wait(&self, context: &Context, flight: Flight<T>) -> Result<Outcome<T>> {
        match context.deadline() {
            None => Ok(flight.await),
            Some(deadline) => self.clock.until(deadline, flight).await.ok_or_else(late),
        }
    }
}

impl<T> State<T> {
    fn keep(&mut self, fetched: Result<Fetched<T>>, now: Duration, skew: Duration) -> Outcome<T> {
        match fetched {
            Ok(fetched) => {
                self.renewals += 1;
                let good = |lifetime: Duration| lifetime.saturating_sub(skew.min(lifetime / 5));
                let held = Arc::new(Held {
                    value: Arc::new(fetched.value),
                    grant: Grant::numbered(self.renewals),
                    stale: fetched.lifetime.map(|lifetime| now.saturating_add(good(lifetime))),
                });
                self.held = Some(Arc::clone(&held));
                self.refusal = None;
                Ok(held)
            }
            Err(error) => {
                let error = Arc::new(error);
                if matches!(error.kind(), ErrorKind::Unauthenticated | ErrorKind::PermissionDenied) {
                    self.refusal = Some((now.saturating_add(PAUSE), Arc::clone(&error)));
                }
                Err(error)
            }
        }
    }
}

fn lock<T>(state: &Mutex<State<T>>) -> MutexGuard<'_, State<T>> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn late() -> Error {
    Error::new(ErrorKind::Timeout, "credentials for the backend were not there in time")
}

/// The same error for another of those who waited, who wait as long before they try again.
fn same(error: &Error) -> Error {
    let copy = again(error);
    match error.retry_after() {
        Some(wait) => copy.with_retry_after(wait),
        None => copy,
    }
}

impl<T> fmt::Debug for Renewable<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.state);
        f.debug_struct("Renewable")
            .field("held", &state.held.is_some())
            .field("renewals", &state.renewals)
            .finish_non_exhaustive()
    }
}
