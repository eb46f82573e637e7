//! [`Context`]: who asks, for which tenant, until when. Every plugin method takes it first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::ErrorKind;
use crate::id::{PluginId, TenantId};
use crate::identity::Principal;

/// What a call knows about the request it serves. Cheap to clone; changing a clone leaves the original alone.
///
/// ```
/// use o2_core::Context;
/// let context = Context::new("req-1").with_tenant("smo-alpha".into());
/// assert_eq!(context.request_id(), "req-1");
/// assert_eq!(context.tenant().map(|tenant| tenant.as_str()), Some("smo-alpha"));
/// ```
#[derive(Debug, Clone)]
pub struct Context(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    request_id: Box<str>,
    tenant: Option<TenantId>,
    principal: Arc<Principal>,
    trace_parent: Option<Box<str>>,
    deadline: Option<Duration>,
    consistency: Consistency,
    notes: Arc<Mutex<Notes>>,
}

/// How old what is read may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consistency {
    /// As the backend knows it now; when it does not answer, the read fails.
    #[default]
    Live,
    /// Objects that the gateway knows may be shown when what it knows is not older than this. Otherwise the backend is
    /// asked; when it does not answer, what was known last is shown, and the failure is told with it. Plugins that are asked
    /// may answer with what they have read within this time.
    AtMost(Duration),
}

/// What a call found out about its answer. Clones of a context share it.
#[derive(Debug, Default)]
struct Notes {
    age: Option<Duration>,
    stale: Vec<(PluginId, ErrorKind)>,
}

impl Context {
    /// A context for work without tenant and without deadline, done by the gateway itself.
    pub fn new(request_id: impl Into<Box<str>>) -> Self {
        Self::for_principal(request_id, Principal::system())
    }

    /// A context for work that `principal` asked for.
    pub fn for_principal(request_id: impl Into<Box<str>>, principal: Arc<Principal>) -> Self {
        let tenant = principal.tenant.clone();
        Self(Arc::new(Inner {
            request_id: request_id.into(),
            tenant,
            principal,
            trace_parent: None,
            deadline: None,
            consistency: Consistency::Live,
            notes: Arc::default(),
        }))
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// Acts for this tenant. Objects of other tenants do not exist for it.
    #[must_use]
    pub fn with_tenant(self, tenant: TenantId) -> Self {
        self.change(|inner| inner.tenant = Some(tenant))
    }

    /// Carries a W3C `traceparent` on.
    #[must_use]
    pub fn with_trace_parent(self, trace_parent: impl Into<Box<str>>) -> Self {
        self.change(|inner| inner.trace_parent = Some(trace_parent.into()))
    }

    /// Ends at this time of the [`Clock`](crate::ports::Clock)'s monotonic scale; an earlier deadline stays.
    #[must_use]
    pub fn with_deadline(self, deadline: Duration) -> Self {
        self.change(|inner| inner.deadline = Some(inner.deadline.map_or(deadline, |known| known.min(deadline))))
    }

    /// Reads are this consistent; live unless this says otherwise.
    #[must_use]
    pub fn with_consistency(self, consistency: Consistency) -> Self {
        self.change(|inner| inner.consistency = consistency)
    }

    /// Identifies the request in logs, audit entries and the `X-Request-Id` header.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.0.request_id
    }

    /// The tenant acted for; `None` sees every tenant's objects.
    #[must_use]
    pub fn tenant(&self) -> Option<&TenantId> {
        self.0.tenant.as_ref()
    }

    /// Who asks.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The W3C `traceparent` of the request.
    #[must_use]
    pub fn trace_parent(&self) -> Option<&str> {
        self.0.trace_parent.as_deref()
    }

    /// When the caller stops waiting, on the clock's monotonic scale.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.0.deadline
    }

    /// How old what is read may be.
    #[must_use]
    pub fn consistency(&self) -> Consistency {
        self.0.consistency
    }

    /// How old what has been read with this context or a clone of it was, the oldest of it; `None` when all of it came
    /// from backends.
    #[must_use]
    pub fn age(&self) -> Option<Duration> {
        self.notes().age
    }

    /// The plugins that did not answer, and whose objects have been shown as they were known last.
    #[must_use]
    pub fn stale(&self) -> Vec<(PluginId, ErrorKind)> {
        self.notes().stale.clone()
    }

    /// What was read was so old.
    pub(crate) fn note_age(&self, age: Duration) {
        let mut notes = self.notes();
        notes.age = notes.age.max(Some(age));
    }

    /// What was read is what was known of the plugin before it failed.
    pub(crate) fn note_stale(&self, plugin: &PluginId, kind: ErrorKind) {
        let mut notes = self.notes();
        if notes.stale.iter().all(|(known, _)| known != plugin) {
            notes.stale.push((plugin.clone(), kind));
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an object of `owner` exists for this caller: objects without owner are shared.
    #[must_use]
    pub fn sees(&self, owner: Option<&TenantId>) -> bool {
        match (self.tenant(), owner) {
            (Some(tenant), Some(owner)) => tenant == owner,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_nobody_is_there_for_everybody() {
        let (red, blue) = (TenantId::new("red"), TenantId::new("blue"));
        for (tenant, owner, sees) in [
            (None, None, true),
            (None, Some(&red), true),
            (Some(&red), None, true),
            (Some(&red), Some(&red), true),
            (Some(&red), Some(&blue), false),
        ] {
            let context = Context::new("r");
            let context = tenant.map_or(context.clone(), |tenant| context.with_tenant(tenant.clone()));
            assert_eq!(context.sees(owner), sees, "{tenant:?} {owner:?}");
        }
    }

    #[test]
    fn the_tenant_is_the_principals_until_it_acts_for_another() {
        let ann = Arc::new(Principal::new("ann", Some("red".into()), Vec::new()));
        let context = Context::for_principal("r", ann);
        assert_eq!(context.tenant().map(TenantId::as_str), Some("red"));
        let acting = context.clone().with_tenant("blue".into());
        assert_eq!(
            (acting.principal().name.as_str(), acting.tenant().map(TenantId::as_str)),
            ("ann", Some("blue"))
        );
        assert_eq!(
            context.tenant().map(TenantId::as_str),
            Some("red"),
            "the other one stays"
        );
    }

    #[test]
    fn a_deadline_is_never_put_off() {
        let second = Duration::from_secs;
        let context = Context::new("r").with_trace_parent("00-1-2-01");
        assert_eq!((context.deadline(), context.trace_parent()), (None, Some("00-1-2-01")));
        let context = context.with_deadline(second(5)).with_deadline(second(9));
        assert_eq!(context.deadline(), Some(second(5)));
        assert_eq!(context.with_deadline(second(2)).deadline(), Some(second(2)));
    }
}
