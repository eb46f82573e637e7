//! [`FileStore`]: everything in one file that survives crashes, for a single gateway.
//!
//! Reads happen on the thread that asks: they take some microseconds from the page cache, and scans are bounded by their
//! limit. Writes go to one thread that the store starts when it is opened and ends when it is dropped. What waits there is
//! written together and made durable with one `fsync` before anybody is answered.
//!
//! When the disk fails, what was committed last is read from a view of the file, and the next write opens the database anew.

mod data;
mod disk;
mod failure;
mod open;
mod read;
#[cfg(test)]
mod tests;
mod view;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Waker;
use std::time::Duration;

use futures::channel::{mpsc, oneshot};
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, SinkExt};
use o2_core::ports::Clock;
use o2_core::store::{Batch, Commit, Entry, Lease, Revision, Store};
use o2_core::{Error, ErrorKind, Result};

use self::data::Data;
use self::open::Opener;
use self::writer::{Job, Writer};

/// Settings of a [`FileStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileStoreOptions {
    /// How many changes the feed remembers for readers that are behind. Default 65 536.
    pub feed_capacity: usize,
    /// How many bytes of the file are kept in memory; 4 MiB more after the disk has failed. Default 64 MiB.
    pub cache: usize,
    /// How many writes may wait before those who bring more have to wait for their turn. Each caller has one write more
    /// in it, so the callers bound it. Default 1024.
    pub queue: usize,
}

impl Default for FileStoreOptions {
    fn default() -> Self {
        Self {
            feed_capacity: 65_536,
            cache: 64 << 20,
            queue: 1024,
        }
    }
}

/// Keeps everything in one file.
///
/// One process has the file open at a time. So leases need not outlive it: they end with the process, and the next one
/// gives higher tokens. They live on the clock's monotonic time.
///
/// ```
/// use std::sync::Arc;
/// use o2_adapters::store::file::{FileStore, FileStoreOptions};
/// use o2_core::ports::Clock;
/// # fn store(clock: Arc<dyn Clock>) -> o2_core::Result<()> {
/// let store = FileStore::open("/var/lib/o2/gateway.o2", clock, FileStoreOptions::default())?;
/// # Ok(())
/// # }
/// ```
pub struct FileStore {
    path: PathBuf,
    clock: Arc<dyn Clock>,
    data: Arc<Data>,
    jobs: mpsc::Sender<Job>,
    writer: Option<Writer>,
}

impl FileStore {
    /// Opens the file, or makes it when there is none in its folder; mends it when the last process was killed. An empty file
    /// is not taken for a new one: it may be what a crash has left of an old one.
    ///
    /// Starts the thread that writes. Blocks for as long as mending takes, which grows with the file.
    ///
    /// # Errors
    /// `Config` when there is no such folder, when the file or the folder may not be written, when the file is something
    /// else, empty or of an earlier or later version; `Unavailable` when another process has it open, or the disk fails;
    /// `Internal` when it is damaged.
    pub fn open(path: impl AsRef<Path>, clock: Arc<dyn Clock>, options: FileStoreOptions) -> Result<Self> {
        let path = path.as_ref();
        Self::with(Opener::file(path, options.cache)?, path, clock, options)
    }

    fn with(opener: Opener, path: &Path, clock: Arc<dyn Clock>, options: FileStoreOptions) -> Result<Self> {
        let data = Arc::new(Data::open(opener, options.feed_capacity)?);
        let (jobs, waiting) = mpsc::channel(options.queue);
        let writer = Writer::start(Arc::clone(&data), Arc::clone(&clock), waiting)?;
        Ok(Self {
            path: path.to_owned(),
            clock,
            data,
            jobs,
            writer: Some(writer),
        })
    }

    /// Gives a job to the writer and waits for its answer.
    async fn ask<T>(&self, job: impl FnOnce(oneshot::Sender<Result<T>>) -> Job + Send) -> Result<T> {
        let (answer, answered) = oneshot::channel();
        let mut jobs = self.jobs.clone();
        jobs.send(job(answer)).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Ends the writer after what it has begun, and the feed.
impl Drop for FileStore {
    fn drop(&mut self) {
        self.jobs.close_channel();
        if let Some(writer) = self.writer.take() {
            writer.join();
        }
        self.data.feed.close().into_iter().for_each(Waker::wake);
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileStore")
            .field("path", &self.path)
            .field("feed", &self.data.feed)
            .finish_non_exhaustive()
    }
}

impl Store for FileStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Entry>>> {
        async move { self.data.read(|transaction| read::get(transaction, key)) }.boxed()
    }

    fn scan<'a>(&'a self, prefix: &'a str, after: Option<&'a str>, limit: usize) -> BoxFuture<'a, Result<Vec<Entry>>> {
        async move {
            self.data
                .read(|transaction| read::scan(transaction, prefix, after, limit))
        }
        .boxed()
    }

    fn commit(&self, batch: Batch) -> BoxFuture<'_, Result<Revision>> {
        self.ask(|answer| Job::Commit(batch, answer)).boxed()
    }

    fn revision(&self) -> BoxFuture<'_, Result<Revision>> {
        async move { self.data.read(read::revision) }.boxed()
    }

    fn changes(&self, prefix: &str, after: Revision) -> BoxStream<'static, Result<Commit>> {
        self.data.feed.changes(prefix, after)
    }

    fn acquire<'a>(&'a self, name: &'a str, holder: &'a str, ttl: Duration) -> BoxFuture<'a, Result<Option<Lease>>> {
        async move {
            let lease = self.data.leases().acquire(name, holder, ttl, self.clock.monotonic());
            // A token that a crash could make forgotten would be given twice.
            let is_kept = |lease: &&Lease| lease.token <= self.data.kept_token.load(Ordering::Acquire);
            if let Some(lease) = lease.as_ref().filter(|lease| !is_kept(lease)) {
                let kept = self.ask(Job::Token).await;
                if let Err(error) = kept {
                    self.data.leases().release(lease);
                    return Err(error);
                }
            }
            Ok(lease)
        }
        .boxed()
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<()>> {
        async move {
            self.data.leases().release(lease);
            Ok(())
        }
        .boxed()
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Unavailable, "the store has been closed")
}
