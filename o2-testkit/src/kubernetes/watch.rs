//! [`Watch`]: the endless answer to a watch, read from the log of the store.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use serde_json::{Value, json};

use super::call::Call;
use super::object;
use super::route::Target;
use super::selector::Selector;
use super::server::Shared;
use super::state::State;
use super::status::{Outcome, Status};
use super::store::{ChangeType, Collection, Entry, Write};
use super::view::View;

/// One open watch.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    number: u64,
    scope: Scope,
    /// What is told before the log.
    first: VecDeque<Bytes>,
    /// The entry of the log that comes next.
    next: usize,
    /// The length of the log when the watch began; what ends watches before that does not end this one.
    born: usize,
    has_ended: bool,
}

/// What is watched, and how it is told.
#[derive(Debug)]
struct Scope {
    collection: Collection,
    namespace: String,
    selector: Selector,
    wants_bookmarks: bool,
    view: View,
}

impl State {
    /// Begins a watch. One that asks for versions that are forgotten gets an error event and ends.
    pub(super) fn watch(&mut self, target: &Target, call: &Call, shared: &Arc<Shared>) -> Outcome<Watch> {
        let scope = Scope {
            collection: target.resource.collection(),
            namespace: target.namespace.clone(),
            selector: Selector::of(call, &target.resource)?,
            wants_bookmarks: call.flag("allowWatchBookmarks"),
            view: View::of(target, call),
        };
        let since = call.resource_version()?;
        self.watches += 1;
        let mut watch = Watch {
            shared: Arc::clone(shared),
            number: self.watches,
            scope,
            first: VecDeque::new(),
            next: self.store.log.len(),
            born: self.store.log.len(),
            has_ended: false,
        };
        match since {
            Some(since) if since < self.store.oldest => watch.expire(since, self.store.oldest),
            Some(since) if !call.flag("sendInitialEvents") => watch.next = self.store.after(since),
            _ => watch.begin_with(self, target, call),
        }
        Ok(watch)
    }
}

impl Watch {
    fn expire(&mut self, since: u64, oldest: u64) {
        let status = Status::expired(format!("too old resource version: {since} ({oldest})"));
        self.first.push_back(line("ERROR", status.body()));
        self.has_ended = true;
    }

    /// Everything that is there, as if it came to be now.
    fn begin_with(&mut self, state: &State, target: &Target, call: &Call) {
        for (_, object) in state.listed(target, &self.scope.selector, None) {
            self.first.push_back(line("ADDED", &self.scope.view.object(&object)));
        }
        if call.flag("sendInitialEvents") && self.scope.wants_bookmarks {
            let mut end = self.scope.view.bookmark(state.store.version);
            end["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            self.first.push_back(line("BOOKMARK", &end));
        }
    }

    /// The next line, when there is one.
    pub(super) fn poll_line(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if !state.is_hanging() {
            if let Some(line) = self.first.pop_front() {
                return Poll::Ready(Some(Ok(line)));
            }
            while !self.has_ended && self.next < state.store.log.len() {
                let entry = &state.store.log[self.next];
                let is_new = self.next >= self.born;
                self.next += 1;
                if let Some(told) = self.tell(entry, is_new) {
                    return Poll::Ready(Some(told));
                }
            }
            if self.has_ended {
                return Poll::Ready(None);
            }
        }
        state.wakers.insert(self.number, context.waker().clone());
        Poll::Pending
    }

    fn tell(&mut self, entry: &Entry, is_new: bool) -> Option<io::Result<Bytes>> {
        match entry {
            Entry::Write(write) => self.scope.event(write).map(Ok),
            Entry::Bookmark(version) if is_new && self.scope.wants_bookmarks => {
                Some(Ok(line("BOOKMARK", &self.scope.view.bookmark(*version))))
            }
            Entry::Bookmark(_) => None,
            Entry::End => {
                self.has_ended = is_new;
                None
            }
            Entry::Break => {
                self.has_ended = is_new;
                is_new.then(|| {
                    Err(io::Error::new(
                        io::ErrorKind::ConnectionReset,
                        "connection reset by peer",
                    ))
                })
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let forgotten = self.shared.lock().wakers.remove(&self.number);
        drop(forgotten);
    }
}

impl Scope {
    /// What a write means to somebody who sees only what the selector chooses.
    fn event(&self, write: &Write) -> Option<Bytes> {
        let is_here = self.namespace.is_empty() || self.namespace == write.key.namespace;
        if write.key.collection != self.collection || !is_here {
            return None;
        }
        let previous = write.previous.as_deref().filter(|object| self.selector.matches(object));
        let now = Some(write.object.as_ref())
            .filter(|object| write.change != ChangeType::Deleted && self.selector.matches(object));
        match (previous, now) {
            (None, Some(now)) => Some(line("ADDED", &self.view.object(now))),
            (Some(_), Some(now)) => Some(line("MODIFIED", &self.view.object(now))),
            (Some(last), None) => {
                let mut last = self.view.object(last);
                object::set_metadata(&mut last, "resourceVersion", json!(write.version.to_string()));
                Some(line("DELETED", &last))
            }
            (None, None) => None,
        }
    }
}

fn line(event: &str, object: &Value) -> Bytes {
    let mut line = json!({"type": event, "object": object}).to_string();
    line.push('\n');
    line.into()
}
