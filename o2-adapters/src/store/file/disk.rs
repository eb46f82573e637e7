//! [`Disk`]: the file under the database. It is opened and locked once, and remembers what of it is durable, so that a
//! database that failed can be replaced by another one on the same file.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

/// The first bytes of the file, as redb's file format 3 has them: 64 bytes and two commit slots of 128. They are all that
/// is ever overwritten in place. Every other page that a durable commit reaches stays as it is until the next commit is
/// durable.
pub(super) const HEADER: usize = 64 + 2 * 128;

pub(super) type Header = [u8; HEADER];

/// The name of the format, which the file begins with, the places of its version, one in each commit slot, and the newest
/// one that this program knows.
const FORMAT: &[u8] = b"redb";
const VERSIONS: [usize; 2] = [64, 64 + 128];
const NEWEST: u8 = 3;

/// The file under the database.
#[derive(Debug)]
pub(super) struct Disk {
    file: Box<dyn StorageBackend>,
    known: Mutex<Known>,
    /// Whether the locks of the file have been taken, which are then kept for as long as it is open.
    locked: AtomicBool,
}

#[derive(Debug)]
struct Known {
    /// What has been written, or may have been.
    written: Header,
    /// What was written when the file was last flushed.
    durable: Header,
    len: u64,
}

impl Disk {
    pub(super) fn new(file: Box<dyn StorageBackend>) -> io::Result<Self> {
        let mut written = [0; HEADER];
        // A file that is too short for a header is new, or refused by whoever opens a database in it.
        let len = file.len()?;
        if len >= HEADER as u64 {
            file.read(0, &mut written)?;
        }
        let durable = written;
        Ok(Self {
            file,
            known: Mutex::new(Known { written, durable, len }),
            locked: AtomicBool::new(false),
        })
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The header of the newest commit that has been flushed.
    pub(super) fn durable(&self) -> Header {
        self.known().durable
    }

    /// The format of the file, if it is later than what this program knows. redb takes it for damage.
    pub(super) fn later_format(&self) -> Option<u8> {
        let header = self.durable();
        let newest = VERSIONS.into_iter().map(|at| header[at]).max();
        newest.filter(|version| header.starts_with(FORMAT) && *version > NEWEST)
    }

    /// Keeps the locks that the first database has taken. Otherwise they could be lost to another process while a
    /// database is replaced.
    pub(super) fn keep_locks(&self) {
        self.locked.store(true, Ordering::Release);
    }

    /// Takes back a commit that was written, but not flushed: whoever opens a database begins at the last durable one.
    pub(super) fn take_back(&self) -> io::Result<()> {
        if self.file.len()? == 0 {
            return Err(io::Error::other("the file has been emptied by somebody else"));
        }
        let durable = self.durable();
        if self.known().written != durable {
            self.file.write(0, &durable)?;
            self.known().written = durable;
        }
        Ok(())
    }

    /// How long the file is, as far as this process made it.
    pub(super) fn known_len(&self) -> u64 {
        self.known().len
    }

    pub(super) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }
}

/// The disk as a database writes it.
#[derive(Debug)]
pub(super) struct Writing(pub(super) Arc<Disk>);

impl Writing {
    fn lock(&self, take: impl FnOnce() -> Result<bool, BackendError>) -> Result<bool, BackendError> {
        match self.0.locked.load(Ordering::Acquire) {
            true => Ok(true),
            false => take(),
        }
    }
}

impl StorageBackend for Writing {
    fn len(&self) -> io::Result<u64> {
        self.0.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.file.set_len(len)?;
        self.0.known().len = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        // What is written beside this is for the next flush to make durable.
        let written = self.0.known().written;
        self.0.file.sync_data()?;
        self.0.known().durable = written;
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        if let Some(header) = usize::try_from(offset).ok().filter(|offset| *offset < HEADER) {
            let end = HEADER.min(header + data.len());
            self.0.known().written[header..end].copy_from_slice(&data[..end - header]);
        }
        self.0.file.write(offset, data)
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.lock(|| self.0.file.try_lock_range(start, end))
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match self.0.locked.load(Ordering::Acquire) {
            true => Ok(()),
            false => self.0.file.unlock_range(start, end),
        }
    }
}
