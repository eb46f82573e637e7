//! The labels that users set, beside those of Kubernetes and its controllers.

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Labels, Result};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::DEPLOYMENT_ID;
use crate::kube::{Meta, is_label_value};

/// Domains whose labels are not for users.
const SYSTEM: [&str; 6] = [
    "k8s.io",
    "kubernetes.io",
    "o2ims.oran.org",
    "argoproj.io",
    "fluxcd.io",
    "crossplane.io",
];

/// Whether a label is one of Kubernetes or a controller's, and so not the user's to change.
pub(crate) fn is_of_system(key: &str) -> bool {
    let Some((domain, _)) = key.split_once('/') else {
        return false;
    };
    SYSTEM.iter().any(|system| {
        domain == *system
            || domain
                .strip_suffix(system)
                .is_some_and(|rest| rest.ends_with(['.', '-']))
    })
}

/// What users may set as labels: everything but the system's and the one that says whose an object is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Users<'a> {
    pub(crate) tenant_label: &'a str,
}

impl Users<'_> {
    fn may_set(self, key: &str) -> bool {
        !is_of_system(key) && key != self.tenant_label
    }

    /// Those of an object.
    pub(crate) fn labels(self, meta: &Meta) -> Labels {
        let users = meta.labels.iter().filter(|(key, _)| self.may_set(key));
        users.map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Checks that labels are the user's to set, and that Kubernetes takes them.
    pub(crate) fn check(self, labels: &Labels) -> Result<()> {
        for (key, value) in labels {
            if !self.may_set(key) {
                let reason = format!("'{}' is not for users to set", Excerpt(key));
                return Err(Error::violation("labels", reason));
            }
            let name = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name);
            let domain = key.rsplit_once('/').is_none_or(|(domain, _)| is_domain(domain));
            if name.is_empty() || !is_word(name) || !domain || !is_word(value) {
                let reason = format!(
                    "'{}: {}' is no label of Kubernetes: letters, digits, '-', '_' and '.', at most 63 of them",
                    Excerpt(key),
                    Excerpt(value)
                );
                return Err(Error::violation("labels", reason));
            }
        }
        Ok(())
    }

    /// Those of a new deployment, with an id that nothing else has.
    pub(crate) fn of_new(self, context: &Context, wanted: &Labels) -> Map<String, Value> {
        let given = wanted.iter().map(|(key, value)| (key.clone(), json!(value)));
        let mut labels: Map<_, _> = given.collect();
        labels.insert(DEPLOYMENT_ID.to_owned(), json!(Uuid::new_v4().to_string()));
        labels.extend(self.of_owner(context));
        labels
    }

    /// Those that say who has made an object, and for whom.
    pub(crate) fn of_owner(self, context: &Context) -> Map<String, Value> {
        let mut labels = Map::new();
        labels.insert("app.kubernetes.io/managed-by".to_owned(), json!("o2"));
        let tenant = context
            .tenant()
            .map(|tenant| (self.tenant_label.to_owned(), json!(tenant)));
        labels.extend(tenant);
        labels
    }

    /// The part of a merge patch that gives an object these labels instead of the user's that it has.
    pub(crate) fn patch(self, meta: &Meta, wanted: &Labels) -> Map<String, Value> {
        let known = self.labels(meta);
        let gone = known.keys().filter(|key| !wanted.contains_key(*key));
        let gone = gone.map(|key| (key.clone(), Value::Null));
        let new = wanted.iter().filter(|(key, value)| known.get(*key) != Some(value));
        gone.chain(new.map(|(key, value)| (key.clone(), json!(value))))
            .collect()
    }
}

/// What is between the dots of a label's name, or its value; nothing is a value too.
fn is_word(text: &str) -> bool {
    text.is_empty() || is_label_value(text)
}

fn is_domain(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    (1..=253).contains(&text.len()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: Users<'static> = Users { tenant_label: "tenant" };

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn users_set_their_own_labels_only() {
        for good in [("app", "web"), ("lab.example/site", ""), ("a_b.c", "D-1")] {
            assert!(USERS.check(&labels(&[good])).is_ok(), "{good:?}");
        }
        for bad in [
            ("tenant", "other"),
            ("o2ims.oran.org/deployment-id", "x"),
            ("argocd.argoproj.io/instance", "x"),
            ("kustomize.toolkit.fluxcd.io/name", "x"),
            ("app", "a b"),
            ("", "x"),
            ("/x", "x"),
            ("UP/x", "x"),
        ] {
            assert!(USERS.check(&labels(&[bad])).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_patch_leaves_what_others_have_set() {
        let meta = Meta {
            labels: labels(&[
                ("app", "web"),
                ("old", "x"),
                ("tenant", "a"),
                ("app.kubernetes.io/name", "n"),
            ]),
            ..Meta::default()
        };
        assert_eq!(USERS.labels(&meta), labels(&[("app", "web"), ("old", "x")]));
        let patch = USERS.patch(&meta, &labels(&[("app", "web"), ("new", "y")]));
        assert_eq!(Value::Object(patch), json!({"old": null, "new": "y"}));
    }
}
