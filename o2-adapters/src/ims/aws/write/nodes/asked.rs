//! What the caller asks for of a node group, as a body; or what is wrong with it.

use std::collections::BTreeMap;

use o2_core::{Error, Extensions, Result};
use o2_ims::{NewResourcePool, ResourcePool, ResourcePoolUpdate};
use serde_json::{Map, Value, json};

use crate::ims::aws::wire::NodeTemplate;
use crate::ims::aws::write::asked::{MAX, MIN, REGION, SUBNETS, Sizes, TEMPLATE, at, missing, text, texts};

const CLUSTER: &str = "aws.cluster";
const ROLE: &str = "aws.nodeRole";
pub(super) const LABELS: &str = "aws.nodeLabels";

/// What else may be said about a new group, and AWS's word for it. AWS judges it.
const FURTHER: [(&str, &str); 8] = [
    ("aws.instanceTypes", "instanceTypes"),
    ("aws.imageType", "amiType"),
    ("aws.imageVersion", "releaseVersion"),
    ("aws.kubernetesVersion", "version"),
    ("aws.capacityType", "capacityType"),
    ("aws.diskSize", "diskSize"),
    ("aws.nodeTaints", "taints"),
    (LABELS, "labels"),
];

/// The cluster and the name of a new group: `CLUSTER/GROUP`.
pub(super) fn names(new: &NewResourcePool) -> Result<(&str, &str)> {
    let fits = |name: &str, longest: usize| {
        let known = |character: char| character.is_ascii_alphanumeric() || "-_".contains(character);
        name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.len() <= longest
            && name.chars().all(known)
    };
    // What AWS permits: 100 characters for a cluster, 63 for a group.
    let parts = new.name.split_once('/');
    let parts = parts.filter(|(cluster, group)| fits(cluster, 100) && fits(group, 63));
    let (cluster, group) = parts.ok_or_else(|| {
        Error::violation(
            "body.name",
            "must be CLUSTER/GROUP: letters, digits, hyphens and underscores, not more than 100 and 63",
        )
    })?;
    match text(&new.extensions, CLUSTER)? {
        Some(named) if named != cluster => Err(Error::violation(at(CLUSTER), "must be the one that the name says")),
        _ => Ok((cluster, group)),
    }
}

/// What AWS is told of a new group besides its name and tags.
pub(super) fn new_body(new: &NewResourcePool, region: &str) -> Result<Map<String, Value>> {
    if new.location.as_deref().is_some_and(|place| place != region) {
        return Err(Error::violation(
            "body.location",
            format!("must be the region, {region}; in which zones it is, {SUBNETS} say"),
        ));
    }
    let other = [CLUSTER, ROLE, SUBNETS, TEMPLATE, REGION, MIN, MAX];
    let known = |key: &str| other.contains(&key) || FURTHER.iter().any(|(further, _)| *further == key);
    if let Some((key, _)) = new
        .extensions
        .iter()
        .find(|(key, _)| key.starts_with("aws.") && !known(key))
    {
        return Err(Error::violation(at(key), "is not for a new node group"));
    }
    let role = text(&new.extensions, ROLE)?.ok_or_else(|| missing(ROLE, "the role that nodes have"))?;
    let subnets = texts(&new.extensions, SUBNETS)?;
    if subnets.is_empty() {
        return Err(missing(SUBNETS, "where nodes are made"));
    }
    let mut body = Map::new();
    body.insert("nodeRole".to_owned(), role.into());
    body.insert("subnets".to_owned(), subnets.into());
    if let Some(wanted) = template(&new.extensions)? {
        body.insert("launchTemplate".to_owned(), json!(wanted));
    }
    node_labels(&new.extensions)?;
    for (key, word) in FURTHER {
        if let Some(value) = new.extensions.get(key) {
            body.insert(word.to_owned(), value.clone());
        }
    }
    Ok(body)
}

/// Sizes as EKS takes them. No group of it may be without room for one.
pub(super) fn scaling(sizes: Sizes) -> Result<Value> {
    if sizes.max == 0 {
        return Err(Error::violation(at(MAX), "must be at least 1"));
    }
    Ok(json!({"minSize": sizes.min, "desiredSize": sizes.wished, "maxSize": sizes.max}))
}

/// The launch template, by id or name, and its version.
fn template(extensions: &Extensions) -> Result<Option<NodeTemplate>> {
    let Some(value) = extensions.get(TEMPLATE) else {
        return Ok(None);
    };
    let wanted: Option<NodeTemplate> = serde_json::from_value(value.clone()).ok();
    match wanted.filter(|wanted| wanted.id.is_some() || wanted.name.is_some()) {
        // EKS takes one of both.
        Some(wanted) if wanted.id.is_some() => Ok(Some(NodeTemplate { name: None, ..wanted })),
        Some(wanted) => Ok(Some(wanted)),
        None => Err(Error::violation(
            at(TEMPLATE),
            "must have an id or a name, and may have a version",
        )),
    }
}

/// The template to be sent when another version of it is wished. Another template takes another group.
pub(super) fn other_version(
    current: Option<&NodeTemplate>,
    update: &ResourcePoolUpdate,
) -> Result<Option<NodeTemplate>> {
    let Some(wanted) = template(&update.extensions)? else {
        return Ok(None);
    };
    let same = |wanted: &Option<String>, current: &Option<String>| wanted.is_none() || wanted == current;
    let current = current.filter(|current| same(&wanted.id, &current.id) && same(&wanted.name, &current.name));
    let current = current.ok_or_else(|| {
        Error::violation(
            at(TEMPLATE),
            "must be the template that the group was made with; only its version can be changed",
        )
    })?;
    Ok((!same(&wanted.version, &current.version)).then_some(wanted))
}

pub(super) fn node_labels(extensions: &Extensions) -> Result<Option<BTreeMap<String, String>>> {
    let Some(value) = extensions.get(LABELS) else {
        return Ok(None);
    };
    let labels = serde_json::from_value(value.clone());
    labels
        .map(Some)
        .map_err(|_| Error::violation(at(LABELS), "must be an object of texts"))
}

/// Refuses what cannot be changed.
pub(super) fn check_fixed(shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<()> {
    if update.name != shown.name {
        return Err(Error::violation("body.name", "node groups keep their name and cluster"));
    }
    if update.location != shown.location {
        return Err(Error::violation("body.location", "node groups stay in their region"));
    }
    let free = [MIN, MAX, TEMPLATE, LABELS];
    let mut ours = update.extensions.iter().filter(|(key, _)| key.starts_with("aws."));
    match ours.find(|(key, wanted)| !free.contains(&key.as_str()) && shown.extensions.get(*key) != Some(*wanted)) {
        Some((key, _)) => Err(Error::violation(at(key), "cannot be changed; leave it as it is")),
        None => Ok(()),
    }
}
