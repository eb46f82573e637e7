//! [`Tracker`]: reads the vCenter, and makes one journal of changes out of what it reads and what the vCenter tells.

mod round;
mod stream;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::{BoxFuture, Shared, WeakShared};
use futures::stream::BoxStream;
use o2_core::context::Consistency;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result};
use o2_ims::{InventoryChange, InventoryObject};

use super::bell::Bell;
use super::draw::{Settings, Site, draw};
use super::vim::{About, Collector, Element, Kept, Read, Ref, Vim};
use crate::held::{Drawn, Journal};
use crate::kit::watch::{Event, Known};

/// How many changes are kept for streams that go on where an earlier one ended.
const HISTORY: usize = 10_000;

/// What a question for changes ends with.
type Asked = BoxFuture<'static, Result<(), Arc<Error>>>;

/// One question for changes, which all streams drive together.
type Flight = Shared<Asked>;

pub(super) struct Tracker {
    pub(super) vim: Vim,
    pub(super) settings: Settings,
    clock: Arc<dyn Clock>,
    seconds: u32,
    bell: Bell,
    state: Mutex<State>,
}

struct State {
    closed: bool,
    /// Whether somebody has watched, so that changes are written down.
    loaded: bool,
    known: Known<InventoryObject>,
    journal: Journal<InventoryObject>,
    about: About,
    kept: Kept,
    /// The reads that have begun, and the latest of those that were taken in.
    begun: u64,
    taken: u64,
    /// When the latest of those that were taken in began.
    read_at: Duration,
    /// The hardware of hosts as it was last known: the vCenter forgets that of hosts which it cannot reach.
    hardware: BTreeMap<Ref, Element>,
    /// The types of objects of which our account did not see everything at the last read.
    forbidden: BTreeSet<String>,
    collector: Option<Collector>,
    flight: Option<WeakShared<Asked>>,
}

/// A read: its number, and when it began.
#[derive(Debug, Clone, Copy)]
struct Begun {
    number: u64,
    at: Duration,
}

/// The inventory at one time.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) about: About,
    pub(super) kept: Kept,
    pub(super) drawn: Drawn,
}

impl Seen {
    pub(super) fn site<'s>(&'s self, settings: &'s Settings) -> Site<'s> {
        Site {
            settings,
            about: &self.about,
            kept: &self.kept,
        }
    }
}

impl Tracker {
    pub(super) fn new(vim: Vim, settings: Settings, clock: Arc<dyn Clock>, seconds: u32) -> Self {
        let state = State {
            closed: false,
            loaded: false,
            known: Known::new(),
            journal: Journal::new(clock.now(), HISTORY),
            about: About::default(),
            kept: Kept::new(),
            begun: 0,
            taken: 0,
            read_at: Duration::ZERO,
            hardware: BTreeMap::new(),
            forbidden: BTreeSet::new(),
            collector: None,
            flight: None,
        };
        Self {
            vim,
            settings,
            clock,
            seconds,
            bell: Bell::default(),
            state: Mutex::new(state),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.state().closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }

    /// Ends all streams, and refuses everything from now on.
    pub(super) fn close(&self) {
        {
            let mut state = self.state();
            state.closed = true;
            state.collector = None;
        }
        self.bell.ring();
    }

    /// The types of objects of which our account may not see everything.
    pub(super) fn forbidden(&self) -> BTreeSet<String> {
        self.state().forbidden.clone()
    }

    /// Everything, as it is now. What is different from what was known is told to those who watch.
    pub(super) async fn read(&self, context: &Context) -> Result<Seen> {
        self.check_open()?;
        let begun = self.begun();
        let about = self.vim.about(context).await?;
        let read = self.vim.read(context).await?;
        let kept = self.state().supplement(read);
        let seen = Seen {
            drawn: draw(Site {
                settings: &self.settings,
                about: &about,
                kept: &kept,
            }),
            about,
            kept,
        };
        let news = self.take(begun, &seen);
        self.tell(news);
        Ok(seen)
    }

    /// A read that begins now.
    fn begun(&self) -> Begun {
        let at = self.clock.monotonic();
        let mut state = self.state();
        state.begun += 1;
        Begun {
            number: state.begun,
            at,
        }
    }

    /// Everything as those who watch know it, if it is not older than the caller allows.
    pub(super) fn known(&self, context: &Context) -> Option<Vec<InventoryObject>> {
        let Consistency::AtMost(age) = context.consistency() else {
            return None;
        };
        let since = self.clock.monotonic().checked_sub(age)?;
        let state = self.state();
        (!state.closed && state.taken > 0 && state.read_at >= since).then(|| state.known.objects())
    }

    /// Takes a read in, unless one that has begun later was. Says whether it is news.
    fn take(&self, begun: Begun, seen: &Seen) -> bool {
        let mut state = self.state();
        if !state.loaded || !state.takes(begun) {
            return false;
        }
        state.kept.clone_from(&seen.kept);
        state.about.clone_from(&seen.about);
        state.note(seen.drawn.objects(), &*self.clock)
    }

    /// Changes after the one with the mark `resume`, or from now on.
    pub(super) async fn watch(
        self: &Arc<Self>,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<InventoryChange>>> {
        self.check_open()?;
        self.state().loaded = true;
        match self.opening() {
            Some(opening) => self.opened(context, opening).await?,
            None => drop(self.read(context).await?),
        }
        let position = self.state().journal.position(resume)?;
        Ok(stream::follow(Arc::clone(self), position, context))
    }
}

impl State {
    /// Whether a read is to be taken in: one that has begun later was not.
    fn takes(&mut self, begun: Begun) -> bool {
        let is_later = begun.number > self.taken;
        if is_later {
            self.taken = begun.number;
            self.read_at = begun.at;
        }
        is_later
    }

    /// What was read, with what is known of what was not to be had.
    fn supplement(&mut self, mut read: Read) -> Kept {
        self.forbidden = read.forbidden();
        read.fill(&self.kept);
        complete(&mut self.hardware, &mut read.kept);
        read.kept
    }

    /// Writes down what is different, but for the first time.
    fn note(&mut self, objects: Vec<InventoryObject>, clock: &dyn Clock) -> bool {
        let first = self.known.is_empty();
        let (events, time) = (self.known.take(objects), clock.now());
        if first || events.is_empty() {
            return false;
        }
        for event in events {
            match event {
                Event::Created(object) => self.journal.created(object, time),
                Event::Updated(before, after) => self.journal.updated(before, after, time),
                Event::Deleted(object) => self.journal.deleted(object, time),
            }
        }
        true
    }
}

/// Gives hosts without hardware the one that they had.
fn complete(known: &mut BTreeMap<Ref, Element>, kept: &mut Kept) {
    known.retain(|host, _| kept.contains_key(host));
    for (host, properties) in kept.iter_mut().filter(|(object, _)| object.kind == "HostSystem") {
        match (properties.get("summary.hardware"), known.get(host)) {
            (Some(hardware), before) if before != Some(hardware) => {
                known.insert(host.clone(), hardware.clone());
            }
            (None, Some(before)) => {
                properties.insert("summary.hardware".to_owned(), before.clone());
            }
            _ => {}
        }
    }
}

impl fmt::Debug for Tracker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Tracker")
            .field("objects", &state.kept.len())
            .field("closed", &state.closed)
            .finish_non_exhaustive()
    }
}
