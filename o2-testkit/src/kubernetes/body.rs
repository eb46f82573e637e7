//! [`Body`]: what an answer carries, at once or without end.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http_body::Frame;

use super::watch::Watch;

/// The body of an answer: one document, or the lines of a watch.
///
/// A stream of chunks too, for those who read it without HTTP.
pub struct Body {
    content: Content,
}

enum Content {
    Whole(Option<Bytes>),
    Watch(Box<Watch>, Turn),
}

/// Whose turn it is. As with a connection, the next line is there only after whoever took the last one let others work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Ours,
    Others,
}

impl Body {
    pub(super) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self {
            content: Content::Whole(Some(bytes.into())),
        }
    }

    pub(super) fn watch(watch: Watch) -> Self {
        Self {
            content: Content::Watch(Box::new(watch), Turn::Ours),
        }
    }

    /// Everything until the end. Of a watch this waits until somebody ends it.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn collect(mut self) -> io::Result<Bytes> {
        let mut all = Vec::new();
        while let Some(chunk) = self.next().await {
            all.extend_from_slice(&chunk?);
        }
        Ok(all.into())
    }
}

impl Stream for Body {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.content {
            Content::Whole(bytes) => Poll::Ready(bytes.take().filter(|bytes| !bytes.is_empty()).map(Ok)),
            Content::Watch(_, turn @ Turn::Others) => {
                *turn = Turn::Ours;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Content::Watch(watch, turn) => {
                let line = watch.poll_line(context);
                if line.is_ready() {
                    *turn = Turn::Others;
                }
                line
            }
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.poll_next(context).map_ok(Frame::data)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.content {
            Content::Whole(bytes) => f.debug_tuple("Whole").field(bytes).finish(),
            Content::Watch(..) => f.write_str("Watch"),
        }
    }
}
