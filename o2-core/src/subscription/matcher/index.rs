//! [`Index`]: subscriptions, so arranged that those which an event concerns are found without asking all.
//!
//! For each kind of object that a subscription can match, it waits at one place: at the values of the equality clause
//! that the fewest others wait at, or, without such a clause, among the rest. Whoever waits for what an object has is then
//! asked, as the other clauses, the tenant and the event count too.

use std::collections::HashMap;
use std::sync::Arc;

use super::places::Places;
use super::rest::Rest;
use super::values::Slot;
use crate::Result;
use crate::event::{ChangeEvent, EventKind};
use crate::model::attribute::AttributeValue;
use crate::query::Equality;
use crate::subscription::interest::part::{Part, parts};
use crate::subscription::{FilterMode, Interest, Subjects, Subscription, SubscriptionId, SubscriptionStatus};

/// Subscriptions by what they wait for.
#[derive(Debug, Default)]
pub(super) struct Index {
    slots: HashMap<Slot, Entry>,
    next: Slot,
    free: Vec<Slot>,
    by_id: HashMap<SubscriptionId, Slot>,
    kinds: HashMap<&'static str, OfKind>,
    /// Those that hear of all kinds of objects: without filter, or of what their filter does not match.
    any: Rest,
}

#[derive(Debug)]
struct Entry {
    subscription: Arc<Subscription>,
    interest: Interest,
    waits: Vec<Wait>,
}

/// Who waits for objects of one kind.
#[derive(Debug, Default)]
struct OfKind {
    places: Places,
    rest: Rest,
}

/// Where a subscription waits.
#[derive(Debug)]
enum Wait {
    For(&'static str, Equality),
    Among(&'static str, Vec<Option<EventKind>>),
    ForAny,
}

impl Index {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether nobody waits for anything.
    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.by_id.is_empty() && self.kinds.is_empty() && self.any.is_empty()
    }

    /// Adds a subscription, in place of the one with the same id. One that is not active hears of nothing and is not kept.
    ///
    /// # Errors
    /// `InvalidInput` when its filter means nothing; it is not there then.
    pub(super) fn put(&mut self, subscription: Arc<Subscription>, subjects: &Subjects) -> Result<()> {
        self.remove(&subscription.subscription_id);
        if subscription.status != SubscriptionStatus::Active {
            return Ok(());
        }
        let parts = parts(subscription.filter.as_ref(), subjects)?;
        let interest = Interest::of_parts(&subscription, parts.as_deref())?;
        let waits = match parts {
            Some(parts) if subscription.filter_mode == FilterMode::Select => {
                parts.iter().map(|part| self.place_for(part)).collect()
            }
            _ => vec![Wait::ForAny],
        };
        let slot = self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next
        });
        waits.iter().for_each(|wait| self.wait(&subscription, wait, slot));
        self.by_id.insert(subscription.subscription_id.clone(), slot);
        let entry = Entry {
            subscription,
            interest,
            waits,
        };
        self.slots.insert(slot, entry);
        Ok(())
    }

    /// Takes a subscription away, if it is there.
    pub(super) fn remove(&mut self, id: &SubscriptionId) {
        let Some(slot) = self.by_id.remove(id) else { return };
        let Some(entry) = self.slots.remove(&slot) else { return };
        for wait in &entry.waits {
            self.stop(&entry.subscription, wait, slot);
        }
        self.free.push(slot);
    }

    /// The subscriptions that an event concerns, in no order.
    pub(super) fn matching(&self, event: &ChangeEvent) -> Vec<SubscriptionId> {
        let found = self.candidates(event);
        let entries = found.iter().filter_map(|slot| self.slots.get(slot));
        let concerned = entries.filter(|entry| entry.interest.concerns(event));
        concerned
            .map(|entry| entry.subscription.subscription_id.clone())
            .collect()
    }

    /// Those who are to be asked.
    pub(super) fn candidates(&self, event: &ChangeEvent) -> Vec<Slot> {
        let Some(subject) = event.subject() else {
            return Vec::new();
        };
        let mut found = Vec::new();
        self.any.collect(event, &mut found);
        if let Some(of_kind) = self.kinds.get(subject.object()) {
            of_kind.rest.collect(event, &mut found);
            for state in event.states() {
                of_kind
                    .places
                    .collect(AttributeValue::Object(state.attributes()), &mut found);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn place_for(&self, part: &Part) -> Wait {
        let places = self.kinds.get(part.object).map(|of_kind| &of_kind.places);
        let waiting = |equality: &Equality| places.map_or(0, |places| places.count(equality));
        let equalities = part.filter.equalities(part.shape).into_iter();
        match equalities.min_by_key(waiting) {
            Some(equality) => Wait::For(part.object, equality),
            None if part.kinds.len() == EventKind::ALL.len() => Wait::Among(part.object, vec![None]),
            None => Wait::Among(part.object, part.kinds.iter().copied().map(Some).collect()),
        }
    }

    fn wait(&mut self, subscription: &Subscription, wait: &Wait, slot: Slot) {
        let tenant = subscription.tenant_id.as_ref();
        match wait {
            Wait::For(object, equality) => self.kinds.entry(object).or_default().places.insert(equality, slot),
            Wait::Among(object, kinds) => self.kinds.entry(object).or_default().rest.insert(tenant, kinds, slot),
            Wait::ForAny => self.any.insert(tenant, &[None], slot),
        }
    }

    fn stop(&mut self, subscription: &Subscription, wait: &Wait, slot: Slot) {
        let tenant = subscription.tenant_id.as_ref();
        let object = match wait {
            Wait::For(object, _) | Wait::Among(object, _) => *object,
            Wait::ForAny => return self.any.remove(tenant, &[None], slot),
        };
        let Some(of_kind) = self.kinds.get_mut(object) else {
            return;
        };
        match wait {
            Wait::For(_, equality) => of_kind.places.remove(equality, slot),
            Wait::Among(_, kinds) => of_kind.rest.remove(tenant, kinds, slot),
            Wait::ForAny => {}
        }
        if of_kind.places.is_empty() && of_kind.rest.is_empty() {
            self.kinds.remove(object);
        }
    }
}
