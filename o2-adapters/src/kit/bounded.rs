//! [`Bounded`]: what others packed, unpacked up to a limit.

use std::fmt;
use std::io::{self, Read};

/// Reads so many bytes and no more.
pub(crate) struct Bounded<R> {
    pub(crate) from: R,
    pub(crate) left: u64,
}

#[derive(Debug)]
struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("too large")
    }
}

impl std::error::Error for TooLarge {}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        let left = self.left.checked_sub(read as u64);
        self.left = left.ok_or_else(|| io::Error::other(TooLarge))?;
        Ok(read)
    }
}

/// Whether reading has failed because there was more than the limit.
pub(crate) fn is_too_large(error: &io::Error) -> bool {
    let cause = error.get_ref().and_then(|inner| inner.downcast_ref::<TooLarge>());
    cause.is_some()
}
