//! [`ReleaseId`]: which release a deployment is.
//!
//! A release that we have installed has a label with an id. One that somebody else has installed has none, and is known by
//! its namespace, its name and the moment it was installed, which all of its revisions keep. So neither is ever the id of
//! another release, also when that has the same name.

use o2_dms::DeploymentId;

use crate::dms::helm::release::Release;
use crate::kube::deployed::DEPLOYMENT_ID;
use crate::kube::{Meta, is_label};

/// How the ids of releases begin that we have installed.
const OWN: &str = "rel-";

/// Which release is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReleaseId {
    /// The one with this label.
    Own(String),
    /// The one of this name that was installed then.
    Foreign {
        namespace: String,
        name: String,
        installed: String,
    },
}

impl ReleaseId {
    /// A new id.
    pub(crate) fn mint() -> String {
        format!("{OWN}{}", uuid::Uuid::new_v4().simple())
    }

    /// Reads an id; `None` for a text that is the id of nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some(digits) = text.strip_prefix(OWN).filter(|digits| !digits.contains('.')) {
            let valid = digits.len() == 32 && digits.chars().all(is_digit);
            return valid.then(|| Self::Own(text.to_owned()));
        }
        // A name may have dots, a namespace may not.
        let (namespace, rest) = text.split_once('.')?;
        let (name, installed) = rest.rsplit_once('.')?;
        let valid = is_label(namespace)
            && is_release_name(name)
            && (1..=16).contains(&installed.len())
            && installed.chars().all(is_digit);
        valid.then(|| Self::Foreign {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            installed: installed.to_owned(),
        })
    }
}

/// The id of the deployment that a release is.
pub(crate) fn id_of(release: &Release) -> DeploymentId {
    match own(&release.meta) {
        Some(id) => DeploymentId::from(id),
        None => {
            let installed = release.first_deployed.map_or(0, |time| time.unix_nanos().max(0));
            let (namespace, name) = (&release.namespace, &release.name);
            DeploymentId::from(format!("{namespace}.{name}.{installed:x}"))
        }
    }
}

/// The id that we have given a release, if we have given it one.
fn own(meta: &Meta) -> Option<&str> {
    let label = meta.label(DEPLOYMENT_ID)?;
    matches!(ReleaseId::parse(label), Some(ReleaseId::Own(_))).then_some(label)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, 'a'..='f')
}

/// Whether a release may be called so: as Helm says, in parts between dots.
pub(crate) fn is_release_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let part = |part: &str| {
        part.starts_with(allowed) && part.ends_with(allowed) && part.chars().all(|c| allowed(c) || c == '-')
    };
    (1..=53).contains(&text.len()) && text.split('.').all(part)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::dms::helm::release::Record;
    use crate::dms::helm::release::testing::gzipped;

    fn release(label: Option<&str>) -> Release {
        let record = json!({"name": "my.demo", "namespace": "edge-a", "version": 3,
            "info": {"status": "deployed", "first_deployed": "2026-11-20T08:37:49.300312485Z"}});
        let labels = label.map(|label| (DEPLOYMENT_ID.to_owned(), label.to_owned()));
        let meta = Meta {
            labels: labels.into_iter().collect(),
            ..Meta::default()
        };
        Record::read(&gzipped(&record)).unwrap().release(meta)
    }

    #[test]
    fn ids_lead_back_to_their_release() {
        let id = ReleaseId::mint();
        assert_eq!(id_of(&release(Some(&id))).as_str(), id);
        assert_eq!(ReleaseId::parse(&id), Some(ReleaseId::Own(id.clone())));
        assert_ne!(ReleaseId::mint(), id);
        // A label that is none of ours is no id.
        for label in [None, Some("x"), Some("edge.demo.1")] {
            let id = id_of(&release(label));
            assert_eq!(id.as_str(), "edge-a.my.demo.18e9b4072742c9a5");
            let expected = ReleaseId::Foreign {
                namespace: "edge-a".into(),
                name: "my.demo".into(),
                installed: "18e9b4072742c9a5".into(),
            };
            assert_eq!(ReleaseId::parse(id.as_str()), Some(expected));
        }
    }

    #[test]
    fn other_texts_are_the_ids_of_nothing() {
        let id = ReleaseId::mint();
        for text in [
            "",
            "demo",
            "a/b",
            "..",
            "no-such-id",
            "edge.demo",
            "edge.demo.",
            "edge..1",
            ".demo.1",
            "edge.demo.xyz",
            "Edge.demo.1",
            &format!("{id}x"),
            "rel-1",
        ] {
            assert_eq!(ReleaseId::parse(text), None, "{text}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a..b", &"x".repeat(54)] {
            assert!(!is_release_name(bad), "{bad}");
        }
        assert!(is_release_name("a") && is_release_name("a.b-c.9"));
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[-a-z0-9./~]{0,60}") {
            let _ = ReleaseId::parse(&text);
        }
    }
}
