//! [`State`]: everything that a server has, behind its one lock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::Waker;

use o2_core::Timestamp;
use o2_core::ports::Clock;

use super::hooks::Hooks;
use super::logs::Logs;
use super::registry::Registry;
use super::store::Store;
use super::trouble::Troubles;
use crate::exchange::SeenRequest;

/// 2026-01-01T00:00:00Z, when servers without a clock start.
const START: i64 = 1_767_225_600;

/// Letters of names that the server makes; vowels and what looks alike are not among them.
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

#[derive(Debug)]
pub(super) struct State {
    pub(super) registry: Registry,
    pub(super) store: Store,
    pub(super) troubles: Troubles,
    pub(super) hooks: Hooks,
    pub(super) logs: Logs,
    pub(super) seen: Vec<SeenRequest>,
    /// Those who wait for the log to grow, by the number of their watch.
    pub(super) wakers: BTreeMap<u64, Waker>,
    pub(super) watches: u64,
    /// How far in the log definitions have been followed.
    pub(super) defined: usize,
    clock: Option<Arc<dyn Clock>>,
    names: u64,
}

impl State {
    pub(super) fn new(number: u16, clock: Option<Arc<dyn Clock>>) -> Self {
        Self {
            registry: Registry::with_built_ins(),
            store: Store::new(number),
            troubles: Troubles::default(),
            hooks: Hooks::default(),
            logs: Logs::new(),
            seen: Vec::new(),
            wakers: BTreeMap::new(),
            watches: 0,
            defined: 0,
            clock,
            names: 0,
        }
    }

    /// What watches wait for: entries of the log, and the end of silence.
    pub(super) fn told(&self) -> (usize, bool) {
        (self.store.log.len(), self.is_hanging())
    }

    /// The time, to the second. Without a clock, every write takes one.
    pub(super) fn now(&self) -> Timestamp {
        let seconds = match &self.clock {
            Some(clock) => clock.now().unix_seconds(),
            None => START.saturating_add_unsigned(self.store.version),
        };
        Timestamp::from_unix_seconds(seconds)
    }

    /// The end of a name that the server makes.
    pub(super) fn next_suffix(&mut self) -> String {
        self.names += 1;
        let mut rest = self.names.wrapping_mul(2_654_435_761);
        let mut suffix = String::new();
        for _ in 0..5 {
            let letter = LETTERS[usize::try_from(rest % 27).unwrap_or_default()];
            suffix.push(char::from(letter));
            rest /= 27;
        }
        suffix
    }
}
