//! [`Client`]: one session that all calls share, found again when it fails, and attempts that are repeated until a deadline.
//!
//! Every call of the store may be repeated: reads change nothing, a batch is remembered by its id, and whoever takes or
//! gives back a lease twice has taken or given it back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use o2_core::ports::Clock;
use o2_core::{Error, Result};

use super::failure::Failure;
use super::options::RedisOptions;
use super::session::Session;
use crate::kit::backoff::Backoff;

/// The waits between attempts.
const FIRST_WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_millis(500);

pub(super) struct Client {
    pub(super) options: Arc<RedisOptions>,
    pub(super) clock: Arc<dyn Clock>,
    backoff: Backoff,
    opening: Mutex<Option<Opening>>,
}

/// A session that is there or on its way. Whoever needs it drives it.
type Opening = Shared<BoxFuture<'static, Result<Arc<Session>, Failure>>>;

impl Client {
    pub(super) fn new(options: RedisOptions, clock: Arc<dyn Clock>) -> Self {
        Self {
            options: Arc::new(options),
            backoff: Backoff::new(FIRST_WAIT, LONGEST_WAIT, &*clock),
            clock,
            opening: Mutex::default(),
        }
    }

    /// Does `work` with the session, again and again while that may help and there is time.
    pub(super) async fn call<T, F>(&self, work: impl Fn(Arc<Session>) -> F + Sync) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T, Failure>> + Send,
    {
        let deadline = self.clock.monotonic().saturating_add(self.options.timeout);
        let mut failure = Failure::silent();
        for number in 0.. {
            match self.clock.until(deadline, self.attempt(&work)).await {
                Some(Ok(done)) => return Ok(done),
                Some(Err(failed)) => failure = failed,
                None => break,
            }
            let wait = self.backoff.wait(number);
            if !failure.passes() || self.clock.monotonic().saturating_add(wait) >= deadline {
                break;
            }
            self.clock.sleep(wait).await;
        }
        Err(failure.into())
    }

    /// Does `work` once.
    pub(super) async fn once<T, F>(&self, work: impl Fn(Arc<Session>) -> F + Sync) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T, Failure>> + Send,
    {
        self.attempt(&work).await.map_err(Error::from)
    }

    async fn attempt<T, F>(&self, work: &(impl Fn(Arc<Session>) -> F + Sync)) -> Result<T, Failure>
    where
        F: Future<Output = Result<T, Failure>> + Send,
    {
        let opening = self.opening();
        let session = opening.clone().await.inspect_err(|_| self.forget(&opening))?;
        let limit = self.options.answer_timeout + self.options.replica_timeout;
        let done = self.clock.within(limit, work(session)).await;
        let done = done.unwrap_or_else(|_| Err(Failure::silent()));
        done.inspect_err(|failure| {
            if failure.passes() {
                self.forget(&opening);
            }
        })
    }

    fn opening(&self) -> Opening {
        let open = || {
            let session = Session::open(Arc::clone(&self.options), Arc::clone(&self.clock));
            session.map(|opened| opened.map(Arc::new)).boxed().shared()
        };
        self.lock().get_or_insert_with(open).clone()
    }

    /// Lets the next attempt open a session, unless somebody has already begun with that.
    fn forget(&self, failed: &Opening) {
        let mut opening = self.lock();
        let forgotten = opening.take_if(|opening| opening.ptr_eq(failed));
        drop(opening);
        drop(forgotten);
    }

    fn lock(&self) -> MutexGuard<'_, Option<Opening>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
