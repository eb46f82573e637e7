//! [`Rest`]: the subscriptions that wait for no value. What is known of them is their tenant and what has to happen.

use std::collections::HashMap;

use super::values::{Slot, Slots, take_hashed};
use crate::TenantId;
use crate::event::{ChangeEvent, EventKind, Subject};

/// Subscriptions by tenant, and by what has to happen; `None` is anything.
#[derive(Debug, Default)]
pub(super) struct Rest(HashMap<Option<TenantId>, HashMap<Option<EventKind>, Slots>>);

impl Rest {
    pub(super) fn insert(&mut self, tenant: Option<&TenantId>, kinds: &[Option<EventKind>], slot: Slot) {
        let of_tenant = self.0.entry(tenant.cloned()).or_default();
        for kind in kinds {
            of_tenant.entry(*kind).or_default().insert(slot);
        }
    }

    pub(super) fn remove(&mut self, tenant: Option<&TenantId>, kinds: &[Option<EventKind>], slot: Slot) {
        let tenant = tenant.cloned();
        let Some(of_tenant) = self.0.get_mut(&tenant) else {
            return;
        };
        kinds.iter().for_each(|kind| take_hashed(of_tenant, kind, slot));
        if of_tenant.is_empty() {
            self.0.remove(&tenant);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds those that may be concerned.
    pub(super) fn collect(&self, event: &ChangeEvent, found: &mut Vec<Slot>) {
        let mut of = |by_kind: &HashMap<Option<EventKind>, Slots>| {
            for kind in [None, Some(event.kind)] {
                found.extend(by_kind.get(&kind).into_iter().flatten());
            }
        };
        match event.states().find_map(Subject::tenant) {
            // What is shared, every tenant may hear of.
            None => self.0.values().for_each(of),
            // What belongs to one tenant, no other one hears of.
            owner => {
                self.0.get(&None).into_iter().for_each(&mut of);
                self.0.get(&owner.cloned()).into_iter().for_each(of);
            }
        }
    }
}
