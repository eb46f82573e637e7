//! An entry of the feed, as the commit script writes it.

use bytes::Bytes;
use o2_core::store::Change;
use redis::Value;

use super::failure::Failure;
use super::layout::number;

/// One commit in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) revision: u64,
    /// The commit before it.
    pub(super) previous: u64,
    pub(super) changes: Vec<Change>,
}

/// What a range of the stream holds.
pub(super) fn entries(range: Value) -> Result<Vec<Entry>, Failure> {
    let entries = list(range).and_then(|entries| entries.into_iter().map(entry).collect());
    entries.ok_or_else(|| Failure::foreign("the feed has entries that the store did not write"))
}

/// `[id, ["previous", revision, "changes", changes]]`
fn entry(value: Value) -> Option<Entry> {
    let [id, fields] = list(value)?.try_into().ok()?;
    let [_, previous, _, changes] = list(fields)?.try_into().ok()?;
    Some(Entry {
        revision: number(text(id)?.strip_suffix(b"-0")?)?,
        previous: number(&text(previous)?)?,
        changes: changes_in(text(changes)?.into())?,
    })
}

fn list(value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn text(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    }
}

/// Key, value before, value after, and so on: each `length:bytes`, or `-` where there is none.
fn changes_in(mut rest: Bytes) -> Option<Vec<Change>> {
    let mut changes = Vec::new();
    while !rest.is_empty() {
        let key = part(&mut rest)??;
        let key = std::str::from_utf8(&key).ok()?;
        let change = Change::new(key, part(&mut rest)?, part(&mut rest)?);
        changes.push(change);
    }
    Some(changes)
}

fn part(rest: &mut Bytes) -> Option<Option<Bytes>> {
    if rest.first() == Some(&b'-') {
        rest.split_to_checked(1)?;
        return Some(None);
    }
    let colon = rest.iter().position(|&byte| byte == b':')?;
    let length = usize::try_from(number(&rest.split_to_checked(colon)?)?).ok()?;
    rest.split_to_checked(1)?;
    Some(Some(rest.split_to_checked(length)?))
}

trait SplitChecked {
    fn split_to_checked(&mut self, at: usize) -> Option<Bytes>;
}

impl SplitChecked for Bytes {
    fn split_to_checked(&mut self, at: usize) -> Option<Bytes> {
        (at <= self.len()).then(|| self.split_to(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &[u8]) -> Value {
        Value::BulkString(text.to_vec())
    }

    fn stream(id: &[u8], changes: &[u8]) -> Value {
        let fields = vec![bulk(b"previous"), bulk(b"6"), bulk(b"changes"), bulk(changes)];
        Value::Array(vec![Value::Array(vec![bulk(id), Value::Array(fields)])])
    }

    #[test]
    fn changes_are_read_as_they_were_written() {
        let read = entries(stream(b"7-0", b"1:a-1:-1:b3:\x00:\xff-0:0:1:x")).unwrap();
        let bytes = |bytes: &'static [u8]| Some(Bytes::from_static(bytes));
        let changes = vec![
            Change::new("a", None, bytes(b"-")),
            Change::new("b", bytes(b"\x00:\xff"), None),
            Change::new("", bytes(b""), bytes(b"x")),
        ];
        let expected = Entry {
            revision: 7,
            previous: 6,
            changes,
        };
        assert_eq!(read, vec![expected]);
    }

    #[test]
    fn what_the_store_did_not_write_is_refused() {
        for (id, changes) in [
            (&b"7-1"[..], &b""[..]),
            (b"x-0", b""),
            (b"7-0", b"-"),
            (b"7-0", b"1:a"),
            (b"7-0", b"1:a-9:short"),
            (b"7-0", b"99999999999999999999:a--"),
            (b"7-0", b"1:\xff--"),
            (b"7-0", b"nonsense"),
        ] {
            entries(stream(id, changes)).unwrap_err();
        }
        entries(Value::Nil).unwrap_err();
    }
}
