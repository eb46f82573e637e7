//! [`State`]: what a cache knows.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::Error;

use super::Cached;
use super::feed::Event;

/// How a cache is.
#[derive(Debug, Clone, Default)]
pub(crate) enum Status {
    /// Nothing is known yet.
    #[default]
    Loading,
    /// It holds what is there.
    Current,
    /// The server does not have the kind.
    Absent,
    /// We may not look; it holds what was there when we last could.
    Denied(Arc<Error>),
    /// The server does not answer since that time of the clock; it holds what was there before.
    Troubled(Arc<Error>, Duration),
}

/// What a cache knows, and how often that changed.
pub(super) struct State<T> {
    objects: BTreeMap<String, Arc<T>>,
    /// Of the list that is being read.
    listed: BTreeMap<String, Arc<T>>,
    /// When that list was begun.
    begun: Duration,
    /// When the list was begun that was complete last.
    read: Option<Duration>,
    status: Status,
    round: u64,
}

impl<T> Default for State<T> {
    fn default() -> Self {
        Self {
            objects: BTreeMap::new(),
            listed: BTreeMap::new(),
            begun: Duration::ZERO,
            read: None,
            status: Status::Loading,
            round: 0,
        }
    }
}

impl<T: Cached> State<T> {
    pub(super) fn objects(&self) -> &BTreeMap<String, Arc<T>> {
        &self.objects
    }

    pub(super) fn status(&self) -> Status {
        self.status.clone()
    }

    /// Whether everything that can be seen was listed after that moment.
    pub(super) fn is_read_since(&self, since: Duration) -> bool {
        match self.status {
            Status::Current => self.read.is_some_and(|read| read >= since),
            Status::Absent | Status::Denied(_) => true,
            Status::Loading | Status::Troubled(..) => false,
        }
    }

    /// Grows whenever objects or status change.
    pub(super) fn round(&self) -> u64 {
        self.round
    }

    /// A list begins of which nothing is known yet; what was there before stays until it is complete.
    pub(super) fn reload(&mut self) {
        self.status = Status::Loading;
    }

    pub(super) fn take(&mut self, event: Event<T>, now: Duration) {
        match event {
            Event::Begin => {
                self.listed.clear();
                self.begun = now;
            }
            Event::Listed(object) => {
                self.listed.insert(object.meta().uid.clone(), Arc::new(object));
            }
            Event::Complete => self.complete(),
            Event::Applied(object) => {
                self.apply(object);
                self.set(Status::Current);
            }
            Event::Deleted(uid) => {
                self.round += u64::from(self.objects.remove(&uid).is_some());
                self.set(Status::Current);
            }
            Event::Absent => {
                self.round += u64::from(!self.objects.is_empty());
                self.objects.clear();
                self.set(Status::Absent);
            }
            Event::Pause(_) => {}
            Event::Denied(error) => self.set(Status::Denied(Arc::new(error))),
            Event::Failed(error) => {
                let since = match &self.status {
                    Status::Troubled(_, since) => *since,
                    _ => now,
                };
                self.round += 1;
                self.status = Status::Troubled(Arc::new(error), since);
            }
        }
    }

    /// Takes the list for what is there. Objects that are as they were stay the very same.
    fn complete(&mut self) {
        let mut listed = std::mem::take(&mut self.listed);
        for (uid, object) in &mut listed {
            match self.objects.get(uid) {
                Some(known) if known == object => *object = Arc::clone(known),
                _ => self.round += 1,
            }
        }
        let gone = self.objects.keys().filter(|uid| !listed.contains_key(*uid)).count();
        self.round += gone as u64;
        self.objects = listed;
        self.read = Some(self.begun);
        self.set(Status::Current);
    }

    fn apply(&mut self, object: T) {
        let uid = &object.meta().uid;
        if self.objects.get(uid).is_none_or(|known| **known != object) {
            self.objects.insert(uid.clone(), Arc::new(object));
            self.round += 1;
        }
    }

    fn set(&mut self, status: Status) {
        if std::mem::discriminant(&self.status) != std::mem::discriminant(&status) {
            self.round += 1;
        }
        self.status = status;
    }
}
