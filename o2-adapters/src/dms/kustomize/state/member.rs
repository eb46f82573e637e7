//! [`Member`]: an object that belongs to a deployment, and where it is found.

use serde::{Deserialize, Serialize};

use crate::dms::kustomize::build::Ref;
use crate::kube::{At, Kind};

/// An object of a deployment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Member {
    #[serde(flatten)]
    pub(in super::super) id: Ref,
    /// `deployments`.
    plural: String,
}

impl Member {
    /// The object `id` of a kind.
    pub(in super::super) fn new(id: Ref, kind: &Kind) -> Self {
        Self {
            id,
            plural: kind.plural.clone().into_owned(),
        }
    }

    pub(in super::super) fn kind(&self) -> Kind {
        Kind {
            group: self.id.group.clone().into(),
            version: self.id.version.clone().into(),
            name: self.id.kind.clone().into(),
            plural: self.plural.clone().into(),
            namespaced: self.id.namespace.is_some(),
        }
    }

    pub(in super::super) fn at<'a>(&'a self, kind: &'a Kind) -> At<'a> {
        At::new(kind, self.id.namespace.as_deref(), &self.id.name)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_kept_with_their_kinds() {
        let text = json!({"group": "apps", "version": "v1", "kind": "Deployment", "plural": "deployments", "namespace": "edge", "name": "web"});
        let member: Member = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(json!(member), text);
        let kind = member.kind();
        assert_eq!(
            (kind.resource(), kind.namespaced),
            ("deployments.apps".to_owned(), true)
        );
        assert_eq!(Member::new(member.id.clone(), &kind), member);
    }
}
