//! [`Interest`]: a subscription made ready to say of many events whether it hears of them.

pub(super) mod criteria;
pub(super) mod expression;
pub(super) mod part;
mod subjects;
#[cfg(test)]
mod tests;

use self::part::Part;
use self::subjects::EventWord;
pub use self::subjects::Subjects;
use super::{FilterMode, Subscription, SubscriptionStatus};
use crate::event::{ChangeEvent, EventKind, Subject};
use crate::query::ObjectMatcher;
use crate::{Result, TenantId, Timestamp};

/// What a subscription wants to hear of.
///
/// - The subscription of a tenant hears of an event when its tenant may see the object in every state that is in it: the
///   states of the tenant and shared ones. So no state of another owner is ever told; whoever wants both owners told that
///   an object has moved makes two events of it, [`ChangeEvent::of_each_owner`]. A subscription without tenant hears of
///   all.
/// - Of an event, the states before and after are compared. One that matches is enough: whoever watches a pool hears that
///   a resource has left it.
/// - What a kind of object lacks, no object of it has: clauses about it do not match, not even `neq`.
/// - With [`FilterMode::Suppress`], the subscription hears of what does not match. Without filter it hears of everything,
///   in either mode.
/// - It hears of nothing while it is not active, nor of what happened after it expired.
#[derive(Debug)]
pub struct Interest {
    tenant: Option<TenantId>,
    is_active: bool,
    expires_at: Option<Timestamp>,
    mode: FilterMode,
    /// `None`: everything.
    wanted: Option<Vec<Wanted>>,
}

/// The objects of one kind that match, and what has to happen to them.
#[derive(Debug)]
struct Wanted {
    object: &'static str,
    kinds: Vec<EventKind>,
    matcher: ObjectMatcher,
}

impl Interest {
    /// What a subscription wants to hear of, of the kinds of objects that there are.
    ///
    /// # Errors
    /// `InvalidInput` naming the place in its filter.
    pub fn of(subscription: &Subscription, subjects: &Subjects) -> Result<Self> {
        let parts = part::parts(subscription.filter.as_ref(), subjects)?;
        Self::of_parts(subscription, parts.as_deref())
    }

    pub(super) fn of_parts(subscription: &Subscription, parts: Option<&[Part]>) -> Result<Self> {
        let wanted = parts.map(|parts| parts.iter().map(Wanted::of).collect::<Result<_>>());
        Ok(Self {
            tenant: subscription.tenant_id.clone(),
            is_active: subscription.status == SubscriptionStatus::Active,
            expires_at: subscription.expires_at,
            mode: subscription.filter_mode,
            wanted: wanted.transpose()?,
        })
    }

    /// Whether the subscription hears of this event.
    #[must_use]
    pub fn concerns(&self, event: &ChangeEvent) -> bool {
        let ended = self.expires_at.is_some_and(|end| end <= event.time);
        self.is_active && !ended && self.may_see(event) && self.asks_for(event)
    }

    fn may_see(&self, event: &ChangeEvent) -> bool {
        let visible = |state: &dyn Subject| state.tenant().is_none() || state.tenant() == self.tenant.as_ref();
        event.subject().is_some() && (self.tenant.is_none() || event.states().all(visible))
    }

    fn asks_for(&self, event: &ChangeEvent) -> bool {
        let Some(wanted) = &self.wanted else { return true };
        let matches = wanted.iter().any(|wanted| wanted.matches(event));
        matches == (self.mode == FilterMode::Select)
    }
}

impl Wanted {
    fn of(part: &Part) -> Result<Self> {
        Ok(Self {
            object: part.object,
            kinds: part.kinds.clone(),
            matcher: part.filter.bind_to(part.shape)?,
        })
    }

    fn matches(&self, event: &ChangeEvent) -> bool {
        let matches = |state: &dyn Subject| state.object() == self.object && self.matcher.matches(state.attributes());
        self.kinds.contains(&event.kind) && event.states().any(matches)
    }
}
