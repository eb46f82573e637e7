//! Who may act alone, and until when.

use std::collections::HashMap;
use std::time::Duration;

use crate::store::Lease;

/// The leases that are held, and some that have ended and have not been cleared away.
#[derive(Default)]
pub(super) struct Leases {
    held: HashMap<String, Held>,
    /// One counter for all names, so that a name costs nothing once its lease has ended.
    last_token: u64,
}

struct Held {
    holder: String,
    token: u64,
    until: Duration,
}

impl Leases {
    pub(super) fn acquire(&mut self, name: &str, holder: &str, ttl: Duration, now: Duration) -> Option<Lease> {
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

    pub(super) fn holds(&self, lease: &Lease, now: Duration) -> bool {
        let held = self.held.get(&lease.name);
        held.is_some_and(|held| held.is(lease) && now < held.until)
    }

    pub(super) fn release(&mut self, lease: &Lease) {
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
