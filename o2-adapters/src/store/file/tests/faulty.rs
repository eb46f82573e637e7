//! [`FaultyDisk`]: a disk in memory that fails when it is told to.

use std::io;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use o2_core::Result;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;

use crate::store::file::open::Opener;
use crate::store::file::{FileStore, FileStoreOptions};

/// A disk that is full, or goes away, now and then. Clones are the same disk.
#[derive(Debug, Clone, Default)]
pub(super) struct FaultyDisk(Arc<State>);

#[derive(Debug)]
pub(super) struct State {
    data: InMemoryBackend,
    /// Takes nothing any more.
    pub(super) full: AtomicBool,
    /// Takes nothing behind this.
    pub(super) room: AtomicU64,
    /// Takes everything, but does not say that it is safe.
    pub(super) unsafe_: AtomicBool,
    /// Neither reads nor writes.
    pub(super) gone: AtomicBool,
    /// Takes no other length after the next flush.
    pub(super) rigid_after_flush: AtomicBool,
    rigid: AtomicBool,
    /// How often another length was refused.
    pub(super) refused_lengths: AtomicUsize,
    /// Writing waits for this.
    pub(super) gate: Mutex<()>,
    /// Those who came to the gate.
    pub(super) at_gate: AtomicUsize,
    /// How often something was written.
    pub(super) writes: AtomicUsize,
}

impl Default for State {
    fn default() -> Self {
        Self {
            data: InMemoryBackend::new(),
            full: AtomicBool::default(),
            room: AtomicU64::new(u64::MAX),
            unsafe_: AtomicBool::default(),
            gone: AtomicBool::default(),
            rigid_after_flush: AtomicBool::default(),
            rigid: AtomicBool::default(),
            refused_lengths: AtomicUsize::default(),
            gate: Mutex::default(),
            at_gate: AtomicUsize::default(),
            writes: AtomicUsize::default(),
        }
    }
}

impl Deref for FaultyDisk {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl FaultyDisk {
    pub(super) fn store(&self) -> Result<FileStore> {
        self.store_with(FileStoreOptions::default())
    }

    /// A store that keeps nothing in memory, so that every read comes to the disk.
    pub(super) fn store_without_cache(&self) -> Result<FileStore> {
        self.store_with(FileStoreOptions {
            cache: 0,
            ..FileStoreOptions::default()
        })
    }

    fn store_with(&self, options: FileStoreOptions) -> Result<FileStore> {
        let opener = Opener::new("'disk'".to_owned(), Box::new(self.clone()), options.cache)?;
        FileStore::with(opener, Path::new("disk"), o2_testkit::ManualClock::auto(), options)
    }

    fn present(&self) -> io::Result<()> {
        fail_if(&self.gone, || io::Error::other("the disk is gone"))
    }

    fn room_until(&self, end: u64) -> io::Result<()> {
        self.present()?;
        fail_if(&self.full, || io::ErrorKind::StorageFull.into())?;
        match end > self.room.load(Ordering::SeqCst) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }
}

fn fail_if(flag: &AtomicBool, error: impl FnOnce() -> io::Error) -> io::Result<()> {
    match flag.load(Ordering::SeqCst) {
        true => Err(error()),
        false => Ok(()),
    }
}

impl StorageBackend for FaultyDisk {
    fn len(&self) -> io::Result<u64> {
        self.present()?;
        self.data.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.present()?;
        StorageBackend::read(&self.data, offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.room_until(len)?;
        fail_if(&self.rigid, || {
            self.refused_lengths.fetch_add(1, Ordering::SeqCst);
            io::Error::other("the length cannot be changed")
        })?;
        self.data.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.room_until(0)?;
        fail_if(&self.unsafe_, || io::Error::other("the cache cannot be written back"))?;
        let rigid = self.rigid_after_flush.load(Ordering::SeqCst);
        self.rigid.store(rigid, Ordering::SeqCst);
        self.data.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.at_gate.fetch_add(1, Ordering::SeqCst);
        drop(self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        self.room_until(offset + data.len() as u64)?;
        self.writes.fetch_add(1, Ordering::SeqCst);
        StorageBackend::write(&self.data, offset, data)
    }
}
