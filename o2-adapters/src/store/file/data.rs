//! [`Data`]: the open database, and what is kept in memory beside it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use o2_core::Result;
use o2_core::store::{Feed, Leases};
use redb::{Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase};

use super::disk::Header;
use super::failure::Failure;
use super::open::Opener;
use super::read;

/// The open database, and what is kept in memory beside it.
pub(super) struct Data {
    opener: Opener,
    /// Whoever reads holds this while reading, and nobody for longer: a view that is replaced must not be read any more,
    /// because what is written afterwards may be where it reads.
    open: RwLock<Open>,
    pub(super) feed: Feed,
    leases: Mutex<Leases>,
    /// The highest fencing token that is in the file.
    pub(super) kept_token: AtomicU64,
}

/// What is read from.
#[derive(Clone)]
enum Open {
    Writable(Arc<Database>),
    /// A view of the last durable commit, after a failure, until the database can be opened anew.
    Readable(Arc<ReadOnlyDatabase>),
}

impl Open {
    fn begin(&self) -> Result<ReadTransaction, Failure> {
        Ok(match self {
            Self::Writable(database) => database.begin_read()?,
            Self::Readable(view) => view.begin_read()?,
        })
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Writable(one), Self::Writable(other)) => Arc::ptr_eq(one, other),
            (Self::Readable(one), Self::Readable(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl Data {
    pub(super) fn open(opener: Opener, feed_capacity: usize) -> Result<Self> {
        let open = Open::Writable(Arc::new(opener.open()?));
        let numbers = guarded(|| {
            let transaction = open.begin()?;
            Ok((read::revision(&transaction)?, read::token(&transaction)?))
        });
        let (newest, token) = numbers.map_err(|failure| failure.into_error(opener.name()))?;
        Ok(Self {
            opener,
            open: RwLock::new(open),
            feed: Feed::new(feed_capacity, newest),
            leases: Mutex::new(Leases::after(token)),
            kept_token: AtomicU64::new(token),
        })
    }

    pub(super) fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what was committed last. When the database does not work any more, this goes on with a view of it.
    pub(super) fn read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Failure>) -> Result<T> {
        let result = self.try_read(&work).or_else(|(failure, failed)| {
            if !failure.needs_reopening() {
                return Err(failure);
            }
            self.fall_back(&failed)?;
            self.try_read(&work).map_err(|(failure, _)| failure)
        });
        result.map_err(|failure| failure.into_error(self.opener.name()))
    }

    fn try_read<T>(&self, work: impl Fn(&ReadTransaction) -> Result<T, Failure>) -> Result<T, (Failure, Open)> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        guarded(|| work(&open.begin()?)).map_err(|failure| (failure, open.clone()))
    }

    /// Does something with the database, which is opened anew if it failed before. For the one thread that writes.
    pub(super) fn write<T>(&self, work: impl FnOnce(&Database) -> Result<Written<T>, Failure>) -> Result<T> {
        let database = self.writable()?;
        let result = guarded(|| work(&database));
        let trouble = match &result {
            Ok(written) => written.trouble.as_ref(),
            Err(failure) => Some(failure),
        };
        if trouble.is_some_and(Failure::needs_reopening)
            && let Err(failure) = self.fall_back(&Open::Writable(database))
        {
            // It is not what the caller has to be told; whoever reads tries again, and is told.
            self.warn(failure, "the store cannot be read after a failure");
        }
        let written = result.map_err(|failure| failure.into_error(self.opener.name()))?;
        if let Some(trouble) = written.trouble {
            self.warn(trouble, "the store failed after a commit that is durable");
        }
        Ok(written.value)
    }

    fn warn(&self, failure: Failure, what: &str) {
        let error = failure.into_error(self.opener.name());
        tracing::warn!(%error, detail = error.detail(), "{what}");
    }

    /// Is another one after each commit that became durable.
    pub(super) fn durable_header(&self) -> Header {
        self.opener.disk().durable()
    }

    fn writable(&self) -> Result<Arc<Database>> {
        if let Open::Writable(database) = &*self.open.read().unwrap_or_else(PoisonError::into_inner) {
            return Ok(Arc::clone(database));
        }
        // Others read the view meanwhile: mending what a failure left behind takes its time.
        let database = Arc::new(self.opener.open_anew()?);
        self.replace(|_| true, Open::Writable(Arc::clone(&database)));
        Ok(database)
    }

    /// Reads on from a view of the last durable commit, unless somebody else has seen to it that `failed` is not used.
    fn fall_back(&self, failed: &Open) -> Result<(), Failure> {
        let view = guarded(|| self.opener.view())?;
        self.replace(|open| open.is(failed), Open::Readable(Arc::new(view)));
        Ok(())
    }

    fn replace(&self, expected: impl FnOnce(&Open) -> bool, by: Open) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if expected(&open) {
            let replaced = std::mem::replace(&mut *open, by);
            // Nobody has to wait while it is closed. Closing a database that failed writes nothing.
            drop(open);
            drop(replaced);
        }
    }
}

/// What was written durably.
pub(super) struct Written<T> {
    pub(super) value: T,
    /// What went wrong after it had become durable.
    pub(super) trouble: Option<Failure>,
}

/// Does something with a database. In a damaged one, redb finds what it holds to be impossible, and panics.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let what = "the database panicked; its message is in the standard error output";
        Err(Failure::damaged(what.to_owned()))
    })
}
