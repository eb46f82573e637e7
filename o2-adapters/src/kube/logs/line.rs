//! [`Line`]: a line as the kubelet writes it, its time before its text, and reading such lines from a stream of bytes.

use std::pin::Pin;

use futures::io::{AsyncBufRead, AsyncBufReadExt};
use o2_core::Timestamp;

/// The longest line that is shown whole; the kubelet cuts its lines at 16 KiB itself.
const LONGEST: usize = 64 * 1024;

/// Bytes that come from the API server.
pub(super) type Bytes = Pin<Box<dyn AsyncBufRead + Send>>;

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) time: Timestamp,
    pub(super) text: String,
}

impl Line {
    /// Reads `2026-01-01T00:00:00.5Z text`. The kubelet's own remarks have no time: they get that of the line before.
    fn read(bytes: &[u8], before: Timestamp) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        let (time, rest) = text.split_once(' ').unwrap_or((text, ""));
        match Timestamp::parse(time) {
            Ok(time) => Self {
                time,
                text: rest.to_owned(),
            },
            Err(_) => Self {
                time: before,
                text: text.to_owned(),
            },
        }
    }
}

/// Reads lines one after the other.
pub(super) struct Lines {
    bytes: Bytes,
    before: Timestamp,
}

impl Lines {
    /// Lines from `bytes`; those without a time at the beginning were written at `since`.
    pub(super) fn new(bytes: Bytes, since: Timestamp) -> Self {
        Self { bytes, before: since }
    }

    /// The next line; `None` at the end.
    pub(super) async fn next(&mut self) -> std::io::Result<Option<Line>> {
        let mut line = Vec::new();
        loop {
            let part = self.bytes.fill_buf().await?;
            if part.is_empty() {
                if line.is_empty() {
                    return Ok(None);
                }
                break;
            }
            let end = part.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(part.len(), |end| end + 1);
            let room = LONGEST.saturating_sub(line.len());
            line.extend_from_slice(&part[..taken.min(room)]);
            self.bytes.consume_unpin(taken);
            if end.is_some() {
                break;
            }
        }
        let line = Line::read(&line, self.before);
        self.before = line.time;
        Ok(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;
    use futures::io::Cursor;

    use super::*;

    #[test]
    fn lines_are_read_whatever_is_in_them() {
        let long = "x".repeat(LONGEST * 2);
        let text = format!(
            "2026-01-01T00:00:01.5Z one two\n\
             2026-01-01T00:00:02Z \n\
             failed to rotate\r\n\
             2026-01-01T00:00:03Z {long}\n\
             2026-01-01T00:00:04Z last"
        );
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(b" \xff");
        let mut lines = Lines::new(Box::pin(Cursor::new(bytes)), Timestamp::UNIX_EPOCH);
        let mut read = Vec::new();
        while let Some(line) = block_on(lines.next()).unwrap() {
            read.push((line.time.to_string(), line.text));
        }
        assert_eq!(read[3].1.len(), LONGEST - "2026-01-01T00:00:03Z ".len());
        read[3].1.truncate(1);
        let expected = [
            ("2026-01-01T00:00:01.500Z", "one two"),
            ("2026-01-01T00:00:02Z", ""),
            ("2026-01-01T00:00:02Z", "failed to rotate"),
            ("2026-01-01T00:00:03Z", "x"),
            ("2026-01-01T00:00:04Z", "last \u{fffd}"),
        ];
        assert_eq!(read, expected.map(|(time, line)| (time.to_owned(), line.to_owned())));
    }
}
