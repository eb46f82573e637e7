//! [`Leases`]: who may act alone, and until when. For engines that keep it in memory.

use std::collections::HashMap;
use std::time::Duration;

use crate::store::Lease;

/// The leases that are held, and some that have ended and have not been cleared away. Times are those of a monotonic clock.
#[derive(Debug, Default)]
pub struct Leases {
    held: HashMap<String, Held>,
    /// One counter for all names, so that a name costs nothing once its lease has ended.
    last_token: u64,
}

#[derive(Debug)]
struct Held {
    holder: String,
    token: u64,
    until: Duration,
}

impl Leases {
    /// No leases; tokens will be higher than `last_token`.
    #[must_use]
    pub fn after(last_token: u64) -> Self {
        Self {
            held: HashMap::new(),
            last_token,
        }
    }

    /// The highest token so far.
    #[must_use]
    pub fn last_token(&self) -> u64 {
        self.last_token
    }

    /// As [`Store::acquire`](super::Store::acquire).
    pub fn acquire(&mut self, name: &str, holder: &str, ttl: Duration, now: Duration) -> Option<Lease> {
        self.held.retain(|_, held| now < held.until);
        let until = now.saturating_add(ttl);
        let token = match self.held.get_mut(name) {
            Some(held) if held.holder != holder => return None,
            Some(held) => {
                held.until = until;
                held.token
            }
            None => self.grant(name, holder, until),
        };
        Some(Lease::new(name, holder, token))
    }

    fn grant(&mut self, name: &str, holder: &str, until: Duration) -> u64 {
        self.last_token += 1;
        let held = Held {
            holder: holder.to_owned(),
            token: self.last_token,
            until,
        };
        self.held.insert(name.to_owned(), held);
        self.last_token
    }

    /// Whether a lease has neither ended nor been taken by somebody else.
    #[must_use]
    pub fn holds(&self, lease: &Lease, now: Duration) -> bool {
        let held = self.held.get(&lease.name);
        held.is_some_and(|held| held.is(lease) && now < held.until)
    }

    /// As [`Store::release`](super::Store::release).
    pub fn release(&mut self, lease: &Lease) {
        if self.held.get(&lease.name).is_some_and(|held| held.is(lease)) {
            self.held.remove(&lease.name);
        }
    }
}

impl Held {
    fn is(&self, lease: &Lease) -> bool {
        self.token == lease.token && self.holder == lease.holder
    }
}
