//! A batch on its way to Redis.

use std::time::Duration;

use o2_core::store::{Batch, Condition, Revision, Write};
use o2_core::{Error, Result};
use redis::ScriptInvocation;

use super::failure::Failure;
use super::layout::{Keys, held, micros, version};
use super::options::RedisOptions;
use super::scripts::COMMIT;
use super::session::Session;

/// How long Redis remembers which batches it has written, and in any case longer than anybody repeats one.
const REMEMBERED: Duration = Duration::from_secs(60);

/// A batch, ready to be sent as often as it takes: whichever copy arrives first is written, and all get its revision.
pub(super) struct Request {
    invocation: ScriptInvocation<'static>,
    conditions: Vec<Condition>,
    writes: bool,
}

impl Request {
    /// `id` is unlike that of every other batch.
    pub(super) fn new(keys: &Keys, id: &str, options: &RedisOptions, batch: Batch) -> Self {
        let conditions = batch.conditions.clone();
        let writes = batch.into_last_writes();
        let mut invocation = COMMIT.prepare_invoke();
        for key in [
            &keys.index,
            &keys.values,
            &keys.revision,
            &keys.feed,
            &keys.batches,
            &keys.leases,
            &keys.lease_ends,
        ] {
            invocation.key(key);
        }
        let remembered = REMEMBERED.max(options.timeout.saturating_mul(2));
        invocation
            .arg(id)
            .arg(options.feed_capacity)
            .arg(micros(remembered))
            .arg(conditions.len());
        conditions
            .iter()
            .for_each(|condition| add_condition(&mut invocation, condition));
        writes.iter().for_each(|write| add_write(&mut invocation, write));
        Self {
            invocation,
            conditions,
            writes: !writes.is_empty(),
        }
    }

    /// Sends the batch once, and waits for replicas when the session is asked to.
    pub(super) async fn send(&self, session: &Session) -> Result<Reply, Failure> {
        let reply: (usize, u64) = session.run(&self.invocation).await?;
        if reply.0 == 0
            && self.writes
            && let Some(barrier) = &session.barrier
        {
            barrier.pass().await?;
        }
        Ok(Reply(reply.0, Revision(reply.1)))
    }

    /// What became of the batch.
    pub(super) fn judge(&self, reply: Reply) -> Result<Revision> {
        let Reply(failed, revision) = reply;
        match failed.checked_sub(1).map(|index| self.conditions.get(index)) {
            None => Ok(revision),
            Some(Some(condition)) => Err(condition.failed()),
            Some(None) => Err(Error::internal(format!(
                "Redis names condition {failed}, which the batch has not"
            ))),
        }
    }
}

/// The number of the condition that does not hold, counted from 1, or zero and the revision.
pub(super) struct Reply(usize, Revision);

fn add_condition(invocation: &mut ScriptInvocation<'_>, condition: &Condition) {
    let (kind, key, expected) = match condition {
        Condition::Absent(key) => ("absent", key, String::new()),
        Condition::Present(key) => ("present", key, String::new()),
        Condition::Unchanged(key, revision) => ("unchanged", key, version(*revision)),
        Condition::Holding(lease) => ("holding", &lease.name, held(lease)),
    };
    invocation.arg(kind).arg(key).arg(expected);
}

fn add_write(invocation: &mut ScriptInvocation<'_>, write: &Write) {
    match write {
        Write::Put(key, value) => invocation.arg("put").arg(key).arg(&value[..]),
        Write::Delete(key) => invocation.arg("delete").arg(key).arg(""),
    };
}
