//! The change feed: reads what the stream has, and waits on a connection of its own for more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, Stream};
use o2_core::store::{Commit, Revision};
use o2_core::{Error, Result};
use redis::Value;
use redis::aio::MultiplexedConnection;

use super::client::Client;
use super::entry::{Entry, entries};
use super::failure::Failure;
use super::layout::Keys;
use super::session::Session;

/// How many commits are read at a time.
const PAGE: usize = 64;

/// How long the stream is awaited before a look at whether everything is as it was.
const BLOCK: Duration = Duration::from_secs(1);

/// A wait that fails is not repeated at once.
const PAUSE: Duration = Duration::from_millis(100);

/// One reader.
pub(super) struct Watch {
    client: Arc<Client>,
    keys: Arc<Keys>,
    prefix: String,
    /// The newest commit this reader knows.
    position: u64,
    /// Commits that have been read and not been asked for.
    ready: VecDeque<Commit>,
    /// Where the reader waits, and in which session.
    waiting: Option<(Arc<Session>, MultiplexedConnection)>,
}

impl Watch {
    pub(super) fn new(client: Arc<Client>, keys: Arc<Keys>, prefix: &str, after: Revision) -> Self {
        Self {
            client,
            keys,
            prefix: prefix.to_owned(),
            position: after.0,
            ready: VecDeque::new(),
            waiting: None,
        }
    }

    /// The commits; nothing more after an error.
    pub(super) fn stream(self) -> impl Stream<Item = Result<Commit>> + Send {
        stream::unfold(Some(self), |watch| async {
            let mut watch = watch?;
            match watch.next().await {
                Ok(commit) => Some((Ok(commit), Some(watch))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next(&mut self) -> Result<Commit> {
        loop {
            if let Some(commit) = self.ready.pop_front() {
                return Ok(commit);
            }
            let (session, page) = self
                .client
                .call(|session| read(&self.keys, self.position, session))
                .await?;
            match page.entries.is_empty() {
                false => self.follow(page.entries)?,
                true if page.newest == self.position => self.wait(session).await,
                true => return Err(unknown(self.position)),
            }
        }
    }

    /// Takes in the entries. Each names the commit before it, so none that is missing goes unnoticed.
    fn follow(&mut self, entries: Vec<Entry>) -> Result<()> {
        for entry in entries {
            if entry.previous != self.position {
                return Err(unknown(self.position));
            }
            self.position = entry.revision;
            let mut changes = entry.changes;
            changes.retain(|change| change.key.starts_with(&self.prefix));
            if !changes.is_empty() {
                self.ready.push_back(Commit::new(Revision(entry.revision), changes));
            }
        }
        Ok(())
    }

    /// Waits for a commit, or for a while.
    async fn wait(&mut self, session: Arc<Session>) {
        let limit = BLOCK + self.client.options.answer_timeout;
        let clock = Arc::clone(&self.client.clock);
        let waited = clock.within(limit, self.block(session)).await;
        if !matches!(waited, Ok(Ok(()))) {
            self.waiting = None;
            clock.sleep(PAUSE).await;
        }
    }

    async fn block(&mut self, session: Arc<Session>) -> Result<(), Failure> {
        let connection = match self.waiting.take() {
            Some((known, connection)) if Arc::ptr_eq(&known, &session) => connection,
            _ => session.another().await?,
        };
        let (_, connection) = self.waiting.insert((session, connection));
        let mut question = redis::cmd("XREAD");
        question.arg("COUNT").arg(1).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        question
            .arg("STREAMS")
            .arg(&self.keys.feed)
            .arg(format!("{}-0", self.position));
        question.query_async::<Value>(connection).await?;
        Ok(())
    }
}

/// What the stream has after a position, and the newest commit, both as of one moment.
struct Page {
    entries: Vec<Entry>,
    newest: u64,
}

async fn read(keys: &Keys, position: u64, session: Arc<Session>) -> Result<(Arc<Session>, Page), Failure> {
    let mut question = redis::pipe();
    question.atomic();
    let range = question.cmd("XRANGE").arg(&keys.feed);
    range.arg(format!("({position}-0")).arg("+").arg("COUNT").arg(PAGE);
    question.cmd("GET").arg(&keys.revision);
    let (range, newest): (Value, Option<u64>) = session.ask_together(&question).await?;
    let page = Page {
        entries: entries(range)?,
        newest: newest.unwrap_or_default(),
    };
    Ok((session, page))
}

fn unknown(position: u64) -> Error {
    Error::conflict(format!(
        "the changes after revision {position} are not known; read everything again and follow from the newest revision"
    ))
}
