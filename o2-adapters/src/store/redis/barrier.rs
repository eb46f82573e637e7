//! [`Barrier`]: waiting until replicas have what was written.
//!
//! `WAIT` blocks its connection, so it has one of its own, and commits that come while one waits share the next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, Shared};
use o2_core::ErrorKind;
use o2_core::ports::Clock;
use redis::aio::MultiplexedConnection;

use super::failure::Failure;
use super::layout::Keys;
use super::options::RedisOptions;

pub(super) struct Barrier(Arc<Replicas>);

struct Replicas {
    connection: MultiplexedConnection,
    key: String,
    wanted: u16,
    timeout: Duration,
    answer_timeout: Duration,
    clock: Arc<dyn Clock>,
    rounds: Mutex<Rounds>,
}

/// At most one round asks the replicas, and one gathers those who come meanwhile.
#[derive(Default)]
struct Rounds {
    asking: Option<Round>,
    gathering: Option<Round>,
}

type Round = Shared<BoxFuture<'static, Result<(), Failure>>>;

impl Barrier {
    pub(super) fn new(connection: MultiplexedConnection, options: &RedisOptions, clock: &Arc<dyn Clock>) -> Self {
        Self(Arc::new(Replicas {
            connection,
            key: Keys::new(&options.name).barrier,
            wanted: options.wait_replicas,
            timeout: options.replica_timeout,
            answer_timeout: options.answer_timeout,
            clock: Arc::clone(clock),
            rounds: Mutex::default(),
        }))
    }

    /// Ends when enough replicas have everything that was written before this call.
    pub(super) fn pass(&self) -> Round {
        let mut rounds = self.0.rounds();
        let Rounds { asking, gathering } = &mut *rounds;
        let next = || Arc::clone(&self.0).round(asking.clone()).boxed().shared();
        gathering.get_or_insert_with(next).clone()
    }
}

/// A round has a part in what it is kept in; whoever still waits for one keeps it himself.
impl Drop for Barrier {
    fn drop(&mut self) {
        let rounds = std::mem::take(&mut *self.0.rounds());
        drop(rounds);
    }
}

impl Replicas {
    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn round(self: Arc<Self>, before: Option<Round>) -> Result<(), Failure> {
        if let Some(before) = before {
            // How it ended matters to those who waited for it.
            let _ = before.await;
        }
        self.close();
        let limit = self.timeout + self.answer_timeout;
        let answer = self.clock.within(limit, self.ask()).await;
        let having = answer.unwrap_or_else(|_| Err(Failure::silent()))?;
        if having >= self.wanted {
            return Ok(());
        }
        Err(Failure::lasting(
            ErrorKind::Unavailable,
            "the write was not confirmed by enough replicas; whether it lasts is open",
            format!(
                "{having} of {} replicas confirmed it within {:?}",
                self.wanted, self.timeout
            ),
        ))
    }

    /// From here on, newcomers gather for the round after this one.
    fn close(&self) {
        let mut rounds = self.rounds();
        rounds.asking = rounds.gathering.take();
    }

    /// How many replicas have everything. The write makes `WAIT` speak of all writes before it, not only of those of this
    /// connection; a server that is no primary any more refuses it.
    async fn ask(&self) -> Result<u16, Failure> {
        let mut question = redis::pipe();
        question.cmd("SET").arg(&self.key).arg("").ignore();
        question
            .cmd("WAIT")
            .arg(self.wanted)
            .arg(self.timeout.as_millis().max(1) as u64);
        let (having,) = question.query_async(&mut self.connection.clone()).await?;
        Ok(having)
    }
}
