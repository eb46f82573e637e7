//! [`Scope`]: which objects of a kind are meant.

use o2_core::Context;

use super::names::is_label_value;

/// Which objects of a kind a list or a watch is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub(crate) struct Scope {
    /// The namespace; all when absent.
    pub(crate) namespace: Option<String>,
    /// A label selector; everything when empty.
    pub(crate) labels: String,
}

impl Scope {
    /// Everything.
    pub(crate) fn all() -> Self {
        Self::default()
    }

    /// Only what is in this namespace.
    pub(crate) fn in_namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Only what also has these labels.
    pub(crate) fn with_labels(mut self, selector: &str) -> Self {
        if !self.labels.is_empty() && !selector.is_empty() {
            self.labels.push(',');
        }
        self.labels.push_str(selector);
        self
    }

    /// What `context` may see, as far as labels tell: what is its tenant's, and what is nobody's. Selectors know no "or", so
    /// these are two lists.
    pub(crate) fn seen_by(&self, context: &Context, label: &str) -> Vec<Self> {
        let Some(tenant) = context.tenant() else {
            return vec![self.clone()];
        };
        let shared = self.clone().with_labels(&format!("!{label}"));
        // Otherwise nothing is labelled so, and a selector would be refused.
        match is_label_value(tenant.as_str()) {
            true => vec![self.clone().with_labels(&format!("{label}={tenant}")), shared],
            false => vec![shared],
        }
    }
}

#[cfg(test)]
mod tests {
    use o2_core::TenantId;

    use super::*;

    #[test]
    fn a_tenant_sees_what_is_its_own_and_what_is_nobodys() {
        let scope = Scope::all().with_labels("pool=gold");
        let labels = |context: &Context| -> Vec<String> {
            let seen = scope.seen_by(context, "tenant");
            seen.into_iter().map(|scope| scope.labels).collect()
        };
        let context = Context::new("test");
        assert_eq!(labels(&context), ["pool=gold"]);
        let of = |tenant: &str| context.clone().with_tenant(TenantId::new(tenant));
        assert_eq!(labels(&of("a.b-1")), ["pool=gold,tenant=a.b-1", "pool=gold,!tenant"]);
        for odd in ["a,b=c", "-a", "", &"x".repeat(64)] {
            assert_eq!(labels(&of(odd)), ["pool=gold,!tenant"], "{odd}");
        }
    }
}
