//! [`Change`] and the hooks that are told of it, with which tests play controllers.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::server::ApiServer;
use super::state::State;
use super::store::{ChangeType, Entry, Write};
use super::view::View;

/// How many changes in a row controllers may cause before they are taken for endless.
const LIMIT: usize = 10_000;

type Hook = Arc<dyn Fn(&ApiServer, &Change) + Send + Sync>;

/// A change of an object, as controllers are told of it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// What happened.
    pub change: ChangeType,
    /// The group of the kind, empty for core.
    pub group: String,
    /// The kind, such as `Node`.
    pub kind: String,
    /// The namespace, empty for what is outside namespaces.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// The object as it is now, or as it last was, in the preferred version.
    pub object: Value,
    /// The object as it was before.
    pub previous: Option<Value>,
}

impl Change {
    /// What happened to an object, for controllers that are played on another server than this one.
    #[must_use]
    pub fn of(change: ChangeType, object: Value, previous: Option<Value>) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let group = text("/apiVersion").split_once('/').map_or("", |(group, _)| group);
        Self {
            change,
            group: group.to_owned(),
            kind: text("/kind").to_owned(),
            namespace: text("/metadata/namespace").to_owned(),
            name: text("/metadata/name").to_owned(),
            previous,
            object,
        }
    }
}

/// Who is told of changes, and how far they have been told.
#[derive(Default)]
pub(super) struct Hooks {
    all: Vec<Hook>,
    told: usize,
    are_running: bool,
}

impl ApiServer {
    /// Calls a hook after each change from now on, with the server itself, on which it may do what a controller does.
    ///
    /// Hooks are called outside the lock and one change after another: what a hook changes is told when all hooks have
    /// been told of the present change. A request is answered, and a direct write returns, when everything has been told;
    /// but one that comes from within a hook, or from another thread meanwhile, returns at once. Writes that change
    /// nothing are no changes.
    ///
    /// # Panics
    /// Whoever makes a change that does not come to rest within ten thousand others.
    pub fn on_change(&self, hook: impl Fn(&Self, &Change) + Send + Sync + 'static) {
        let mut state = self.lock();
        if state.hooks.all.is_empty() {
            state.hooks.told = state.store.log.len();
        }
        state.hooks.all.push(Arc::new(hook));
    }

    /// Tells the hooks what they have not been told.
    pub(super) fn settle(&self) {
        if !self.lock().hooks.begin() {
            return;
        }
        let running = Running { server: self };
        for _ in 0..LIMIT {
            let Some((hooks, change)) = self.lock().next_change() else {
                return;
            };
            for hook in hooks {
                hook(self, &change);
            }
        }
        let last = self.lock().next_change();
        drop(running);
        if let Some((_, change)) = last {
            let Change {
                kind, namespace, name, ..
            } = change;
            panic!("the controllers of the test do not come to rest; last changed: {kind} {namespace}/{name}");
        }
    }
}

/// Lets others run hooks again, also when one has panicked.
struct Running<'a> {
    server: &'a ApiServer,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.server.lock().hooks.are_running = false;
    }
}

impl Hooks {
    fn begin(&mut self) -> bool {
        let may = !self.all.is_empty() && !self.are_running;
        self.are_running |= may;
        may
    }
}

impl State {
    fn next_change(&mut self) -> Option<(Vec<Hook>, Change)> {
        while let Some(entry) = self.store.log.get(self.hooks.told) {
            self.hooks.told += 1;
            if let Entry::Write(write) = entry
                && let Some(change) = self.change(write)
            {
                return Some((self.hooks.all.clone(), change));
            }
        }
        self.hooks.are_running = false;
        None
    }

    /// `None` for kinds that are no longer served.
    fn change(&self, write: &Write) -> Option<Change> {
        let mut resources = self.registry.all();
        let resource = resources.find(|resource| resource.is_stored_in(&write.key.collection))?;
        let view = View::stored(resource);
        Some(Change {
            change: write.change,
            group: resource.group.clone(),
            kind: resource.kind.clone(),
            namespace: write.key.namespace.clone(),
            name: write.key.name.clone(),
            object: view.object(&write.object),
            previous: write.previous.as_ref().map(|previous| view.object(previous)),
        })
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("hooks", &self.all.len())
            .finish_non_exhaustive()
    }
}
