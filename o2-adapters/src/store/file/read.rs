//! The tables of the file, and reading them.

use std::ops::Bound;

use bytes::Bytes;
use o2_core::store::{Entry, Revision};
use redb::{ReadTransaction, TableDefinition};

use super::failure::Failure;

/// Keys with values; the first eight bytes of a value are the revision that wrote it, big-endian.
pub(super) const ROWS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("rows");
/// Numbers of the whole store.
pub(super) const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
/// The number of the newest commit.
pub(super) const REVISION: &str = "revision";
/// The highest fencing token.
pub(super) const TOKEN: &str = "token";
/// The version of this layout.
pub(super) const FORMAT: &str = "format";

const REVISION_BYTES: usize = size_of::<u64>();

pub(super) fn encode(revision: Revision, value: &[u8]) -> Vec<u8> {
    let mut stored = Vec::with_capacity(REVISION_BYTES + value.len());
    stored.extend_from_slice(&revision.0.to_be_bytes());
    stored.extend_from_slice(value);
    stored
}

/// The revision and the value of what is stored.
pub(super) fn decode(key: &str, stored: &[u8]) -> Result<(Revision, Bytes), Failure> {
    let (revision, value) = stored
        .split_first_chunk::<REVISION_BYTES>()
        .ok_or_else(|| Failure::damaged(format!("the value of key '{key}' has no revision")))?;
    Ok((Revision(u64::from_be_bytes(*revision)), Bytes::copy_from_slice(value)))
}

pub(super) fn get(transaction: &ReadTransaction, key: &str) -> Result<Option<Entry>, Failure> {
    let rows = transaction.open_table(ROWS)?;
    let stored = rows.get(key)?;
    stored.map(|stored| entry(key, stored.value())).transpose()
}

pub(super) fn scan(
    transaction: &ReadTransaction,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Entry>, Failure> {
    let rows = transaction.open_table(ROWS)?;
    let start = match after {
        Some(after) if after >= prefix => Bound::Excluded(after),
        _ => Bound::Included(prefix),
    };
    let mut entries = Vec::new();
    for row in rows.range::<&str>((start, Bound::Unbounded))?.take(limit) {
        let (key, stored) = row?;
        if !key.value().starts_with(prefix) {
            break;
        }
        entries.push(entry(key.value(), stored.value())?);
    }
    Ok(entries)
}

pub(super) fn revision(transaction: &ReadTransaction) -> Result<Revision, Failure> {
    number(transaction, REVISION).map(Revision)
}

pub(super) fn token(transaction: &ReadTransaction) -> Result<u64, Failure> {
    number(transaction, TOKEN)
}

pub(super) fn format(transaction: &ReadTransaction) -> Result<u64, Failure> {
    number(transaction, FORMAT)
}

fn number(transaction: &ReadTransaction, name: &str) -> Result<u64, Failure> {
    let numbers = transaction.open_table(NUMBERS)?;
    let number = numbers.get(name)?;
    Ok(number.map_or(0, |number| number.value()))
}

fn entry(key: &str, stored: &[u8]) -> Result<Entry, Failure> {
    let (revision, value) = decode(key, stored)?;
    Ok(Entry::new(key, value, revision))
}
