//! [`Writer`]: the one thread that writes. Jobs that wait are written together, each as a commit of its own, and answered
//! when all of them are durable.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use futures::executor::block_on;
use o2_core::ports::Clock;
use o2_core::store::{Batch, Change, Commit, Condition, Revision, Write};
use o2_core::{Error, Result};
use redb::{Database, Durability, ReadableTable, Table, WriteTransaction};

use super::data::{Data, Written};
use super::failure::{self, Failure};
use super::read::{self, NUMBERS, REVISION, ROWS, TOKEN};

/// Jobs that are written together at most.
const GROUP: usize = 512;

/// Something to write, and whom to answer.
pub(super) enum Job {
    Commit(Batch, oneshot::Sender<Result<Revision>>),
    /// Remembers the tokens that have been given.
    Token(oneshot::Sender<Result<()>>),
}

/// Whom to answer when what was written is durable, and what.
enum Answer {
    Commit(oneshot::Sender<Result<Revision>>, Result<Revision>),
    Token(oneshot::Sender<Result<()>>),
}

pub(super) struct Writer(JoinHandle<()>);

impl Writer {
    pub(super) fn start(data: Arc<Data>, clock: Arc<dyn Clock>, jobs: mpsc::Receiver<Job>) -> Result<Self> {
        let thread = thread::Builder::new().name("o2-store".to_owned());
        let handle = thread.spawn(move || run(&data, &*clock, jobs));
        let handle =
            handle.map_err(|error| Error::internal("the thread of the store cannot start").with_source(error))?;
        Ok(Self(handle))
    }

    pub(super) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the thread of the store panicked");
        }
    }
}

fn run(data: &Data, clock: &dyn Clock, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = block_on(jobs.next()) {
        let mut group = vec![first];
        while group.len() < GROUP {
            match jobs.try_recv() {
                Ok(job) => group.push(job),
                Err(_) => break,
            }
        }
        write(data, clock.monotonic(), group);
    }
}

/// Writes a group. What was changed is told before anybody is answered, so that whoever is answered finds it in the feed.
fn write(data: &Data, now: Duration, group: Vec<Job>) {
    let (mut batches, mut answers) = (Vec::with_capacity(group.len()), Vec::with_capacity(group.len()));
    for job in group {
        let (batch, answer) = match job {
            Job::Commit(batch, answer) => (Some(batch), Answer::Commit(answer, Ok(Revision::default()))),
            Job::Token(answer) => (None, Answer::Token(answer)),
        };
        batches.push(batch);
        answers.push(answer);
    }
    match data.write(|database| transact(database, data, now, batches, &mut answers)) {
        Ok(commits) => {
            let readers: Vec<Waker> = commits.into_iter().flat_map(|commit| data.feed.push(commit)).collect();
            readers.into_iter().for_each(Waker::wake);
            answers.into_iter().for_each(Answer::give);
        }
        Err(error) => answers.into_iter().for_each(|answer| answer.fail(&error)),
    }
}

fn transact(
    database: &Database,
    data: &Data,
    now: Duration,
    batches: Vec<Option<Batch>>,
    answers: &mut [Answer],
) -> Result<Written<Vec<Commit>>, Failure> {
    let mut transaction = database.begin_write()?;
    transaction.set_durability(Durability::Immediate)?;
    let mut commits = Vec::new();
    let token = data.leases().last_token();
    {
        let mut rows = transaction.open_table(ROWS)?;
        let mut numbers = transaction.open_table(NUMBERS)?;
        let mut revision = Revision(numbers.get(REVISION)?.map_or(0, |number| number.value()));
        for (batch, answer) in batches.into_iter().zip(answers) {
            if let (Some(batch), Answer::Commit(_, result)) = (batch, answer) {
                *result = apply(&mut rows, data, now, batch, &mut revision, &mut commits)?;
            }
        }
        numbers.insert(REVISION, revision.0)?;
        numbers.insert(TOKEN, token)?;
    }
    let trouble = commit(transaction, data)?;
    data.kept_token.fetch_max(token, Ordering::Release);
    Ok(Written {
        value: commits,
        trouble,
    })
}

/// Makes a transaction durable. What fails afterwards, while redb tidies up, does not undo it, and is handed out.
fn commit(transaction: WriteTransaction, data: &Data) -> Result<Option<Failure>, Failure> {
    let before = data.durable_header();
    match transaction.commit() {
        Ok(()) => Ok(None),
        Err(trouble) if data.durable_header() != before => Ok(Some(trouble.into())),
        Err(failure) => Err(failure.into()),
    }
}

/// Writes one batch, or says which of its conditions does not hold.
fn apply(
    rows: &mut Table<'_, &str, &[u8]>,
    data: &Data,
    now: Duration,
    batch: Batch,
    revision: &mut Revision,
    commits: &mut Vec<Commit>,
) -> Result<Result<Revision>, Failure> {
    for condition in &batch.conditions {
        if !holds(rows, data, now, condition)? {
            return Ok(Err(condition.failed()));
        }
    }
    let writes = batch.into_last_writes();
    if writes.is_empty() {
        return Ok(Ok(*revision));
    }
    revision.0 += 1;
    let mut changes = Vec::with_capacity(writes.len());
    for write in writes {
        changes.extend(change(rows, write, *revision)?);
    }
    commits.push(Commit::new(*revision, changes));
    Ok(Ok(*revision))
}

fn holds(rows: &Table<'_, &str, &[u8]>, data: &Data, now: Duration, condition: &Condition) -> Result<bool, Failure> {
    Ok(match condition {
        Condition::Absent(key) => rows.get(key.as_str())?.is_none(),
        Condition::Present(key) => rows.get(key.as_str())?.is_some(),
        Condition::Unchanged(key, revision) => match rows.get(key.as_str())? {
            Some(stored) => read::decode(key, stored.value())?.0 == *revision,
            None => false,
        },
        Condition::Holding(lease) => data.leases().holds(lease, now),
    })
}

fn change(rows: &mut Table<'_, &str, &[u8]>, write: Write, revision: Revision) -> Result<Option<Change>, Failure> {
    match write {
        Write::Put(key, value) => {
            let before = rows.insert(key.as_str(), read::encode(revision, &value).as_slice())?;
            let before = before.map(|stored| read::decode(&key, stored.value())).transpose()?;
            Ok(Some(Change::new(key, before.map(|(_, value)| value), Some(value))))
        }
        Write::Delete(key) => {
            let before = rows.remove(key.as_str())?;
            let before = before.map(|stored| read::decode(&key, stored.value())).transpose()?;
            Ok(before.map(|(_, value)| Change::new(key, Some(value), None)))
        }
    }
}

impl Answer {
    /// Whoever does not wait any more is not answered.
    fn give(self) {
        match self {
            Self::Commit(answer, result) => drop(answer.send(result)),
            Self::Token(answer) => drop(answer.send(Ok(()))),
        }
    }

    fn fail(self, error: &Error) {
        match self {
            Self::Commit(answer, _) => drop(answer.send(Err(failure::repeated(error)))),
            Self::Token(answer) => drop(answer.send(Err(failure::repeated(error)))),
        }
    }
}
