//! [`View`]: the newest durable commit of a disk, to be read whatever becomes of writing. It needs no room, mends nothing
//! and is there at once: beginning one takes nothing from the disk.
//!
//! redb has databases that follow the commits of a writer in another process. Here the writer is in this process, and says
//! itself which commit is to be read, so nothing has to be locked.

use std::io;
use std::ops::Bound;
use std::sync::Arc;

use redb::{BackendError, Builder, ConcurrencyMode, DatabaseError, ReadOnlyDatabase, StorageBackend};

use super::disk::{Disk, HEADER, Header};

/// How many bytes a view keeps in memory: little, as it is beside the database that is being opened anew.
const CACHE: usize = 4 << 20;

/// Flags in the header of redb's file format 3, and the one that says that the file has not been closed properly. It is set
/// for as long as a database is open; the commit that is read here is whole.
const FLAGS: usize = 9;
const UNCLEAN: u8 = 2;

#[derive(Debug)]
pub(super) struct View(Arc<Disk>);

impl View {
    pub(super) fn open(disk: Arc<Disk>) -> Result<ReadOnlyDatabase, DatabaseError> {
        Builder::new()
            .set_cache_size(CACHE)
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .open_read_only_with_backend(Self(disk))
    }

    fn header(&self) -> Header {
        let mut header = self.0.durable();
        header[FLAGS] &= !UNCLEAN;
        header
    }
}

impl StorageBackend for View {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.known_len())
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let begin = usize::try_from(offset).unwrap_or(usize::MAX);
        match begin.saturating_add(out.len()) {
            // redb reads its header by itself.
            end if end <= HEADER => out.copy_from_slice(&self.header()[begin..end]),
            _ => self.0.read(offset, out)?,
        }
        Ok(())
    }

    fn set_len(&self, _len: u64) -> io::Result<()> {
        Err(read_only())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(read_only())
    }

    fn write(&self, _offset: u64, _data: &[u8]) -> io::Result<()> {
        Err(read_only())
    }

    fn try_lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_shared_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _start: Bound<u64>, _end: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a view is for reading only")
}
