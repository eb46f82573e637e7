//! ApplySets (KEP-3659): the labels and annotations by which tools see which objects belong together.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use o2_core::{Error, Result};
use sha2::{Digest, Sha256};

use super::Member;
use crate::kube::Meta;

/// The label of a parent with the id of its set.
const ID: &str = "applyset.kubernetes.io/id";
/// The label of a member with the id of the set.
pub(in super::super) const PART_OF: &str = "applyset.kubernetes.io/part-of";
const TOOLING: &str = "applyset.kubernetes.io/tooling";
const KINDS: &str = "applyset.kubernetes.io/contains-group-kinds";
const NAMESPACES: &str = "applyset.kubernetes.io/additional-namespaces";
/// Who cares for the set. Another tool refuses it because of this.
const TOOL: &str = concat!("o2/v", env!("CARGO_PKG_VERSION"));

/// The id of the set whose parent is this Secret.
pub(in super::super) fn id(namespace: &str, name: &str) -> String {
    of_parent(name, namespace, "Secret", "")
}

fn of_parent(name: &str, namespace: &str, kind: &str, group: &str) -> String {
    let digest = Sha256::digest(format!("{name}.{namespace}.{kind}.{group}"));
    format!("applyset-{}-v1", URL_SAFE_NO_PAD.encode(digest))
}

/// The label of a parent.
pub(super) fn label(namespace: &str, name: &str) -> (&'static str, String) {
    (ID, id(namespace, name))
}

/// The annotations of a parent with these members.
pub(super) fn annotations<'m>(members: impl Iterator<Item = &'m Member>) -> BTreeMap<&'static str, String> {
    let kinds: BTreeSet<_> = members.map(|member| member.id.group_kind()).collect();
    let kinds = kinds.into_iter().collect::<Vec<_>>().join(",");
    BTreeMap::from([(TOOLING, TOOL.to_owned()), (KINDS, kinds), (NAMESPACES, String::new())])
}

/// Checks that no other tool cares for the set.
pub(in super::super) fn check_tool(meta: &Meta) -> Result<()> {
    let tool = meta.annotation(TOOLING).unwrap_or_default();
    let name = |tool: &str| tool.split('/').next().unwrap_or_default().to_owned();
    if name(tool) == name(TOOL) {
        return Ok(());
    }
    let tool = o2_core::error::Excerpt(tool);
    Err(Error::conflict(format!(
        "the deployment is cared for by another tool, '{tool}'"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_kubectl() {
        // The test vector of kubectl's own tests, and the captured sample kustomize-applyset-parent.yaml.
        for (name, namespace, kind, expected) in [
            (
                "my-set",
                "test",
                "Secret",
                "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1",
            ),
            (
                "o2-demo-1",
                "edge-a",
                "ConfigMap",
                "applyset-NALtKSOvhmaM-hCxEoUIIz4RYiC0cM-G6ORhFvlmLvM-v1",
            ),
        ] {
            assert_eq!(of_parent(name, namespace, kind, ""), expected);
        }
        assert_eq!(
            id("test", "my-set"),
            "applyset-0eFHV8ySqp7XoShsGvyWFQD3s96yqwHmzc4e0HR1dsY-v1"
        );
    }
}
