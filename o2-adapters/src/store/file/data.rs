//! [`Data`]: the open database, and what is kept in memory beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use o2_core::Result;
use o2_core::store::{Feed, Leases};
use redb::Database;

use super::failure::Failure;
use super::open::{Opener, closed};
use super::read;

/// The open database, and what is kept in memory beside it.
pub(super) struct Data {
    opener: Opener,
    /// `None` after a failure that the database has to be opened anew for, until that succeeds.
    database: RwLock<Option<Database>>,
    pub(super) feed: Feed,
    leases: Mutex<Leases>,
    /// The highest fencing token that is in the file.
    pub(super) kept_token: AtomicU64,
}

impl Data {
    pub(super) fn open(opener: Opener, feed_capacity: usize) -> Result<Self> {
        let database = opener.open()?;
        let numbers = guarded(|| Ok((read::revision(&database)?, read::token(&database)?)));
        let (newest, token) = numbers.map_err(|failure| failure.into_error(opener.name()))?;
        Ok(Self {
            opener,
            database: RwLock::new(Some(database)),
            feed: Feed::new(feed_capacity, newest),
            leases: Mutex::new(Leases::after(token)),
            kept_token: AtomicU64::new(token),
        })
    }

    pub(super) fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the database, if it is open.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T> {
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let open = database.as_ref().ok_or_else(|| closed(self.opener.name()))?;
        guarded(|| work(open)).map_err(|failure| failure.into_error(self.opener.name()))
    }

    /// The same for the writer: a database that failed is opened anew, now or when it is written to the next time.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failure>) -> Result<T> {
        self.reopen_if_closed()?;
        let result = {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            let open = database.as_ref().ok_or_else(|| closed(self.opener.name()))?;
            guarded(|| work(open))
        };
        result.map_err(|failure| {
            if failure.needs_reopening() {
                self.close();
                if let Err(error) = self.reopen_if_closed() {
                    tracing::warn!(%error, detail = error.detail(), "the store stays closed until the next write");
                }
            }
            failure.into_error(self.opener.name())
        })
    }

    fn close(&self) {
        // The lock on the file goes with the database.
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn reopen_if_closed(&self) -> Result<()> {
        let mut database = self.database.write().unwrap_or_else(PoisonError::into_inner);
        if database.is_none() {
            *database = Some(self.opener.open()?);
        }
        Ok(())
    }
}

/// Does something with a database. In a damaged one, redb finds what it holds to be impossible, and panics.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let what = "the database panicked; its message is in the standard error output";
        Err(Failure::damaged(what.to_owned()))
    })
}
