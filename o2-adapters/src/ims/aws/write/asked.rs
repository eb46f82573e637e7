//! What the caller asks for, as parameters of a call; or what is wrong with it.

use o2_core::{Error, Extensions, Result, TenantId};
use o2_ims::{NewResourcePool, ResourcePool, ResourcePoolUpdate};
use serde_json::Value;

use super::{Fields, field};
use crate::ims::aws::notes::Notes;

pub(super) const REGION: &str = "aws.region";
pub(super) const TEMPLATE: &str = "aws.launchTemplate";
pub(super) const SUBNETS: &str = "aws.subnets";
pub(super) const ZONES: &str = "aws.availabilityZones";
pub(super) const MIN: &str = "aws.minSize";
pub(super) const MAX: &str = "aws.maxSize";

pub(super) fn at(key: &str) -> String {
    format!("body.extensions.{key}")
}

pub(super) fn missing(key: &str, what: &str) -> Error {
    Error::violation(at(key), format!("is missing: {what}"))
}

pub(super) fn check_name(name: &str) -> Result<()> {
    let fits = !name.trim().is_empty()
        && name.chars().count() <= 255
        && !name.contains(':')
        && !name.chars().any(char::is_control);
    if fits {
        return Ok(());
    }
    Err(Error::violation(
        "body.name",
        "must have 1 to 255 characters, and neither colons nor control characters",
    ))
}

/// Extensions that are not of this backend.
fn foreign(extensions: &Extensions) -> Extensions {
    let others = extensions.iter().filter(|(key, _)| !key.starts_with("aws."));
    others.map(|(key, value)| (key.clone(), value.clone())).collect()
}

pub(super) fn text<'e>(extensions: &'e Extensions, key: &str) -> Result<Option<&'e str>> {
    match extensions.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Error::violation(at(key), "must be a text")),
    }
}

pub(super) fn texts(extensions: &Extensions, key: &str) -> Result<Vec<String>> {
    let wrong = || Error::violation(at(key), "must be a list of texts");
    match extensions.get(key) {
        None => Ok(Vec::new()),
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect(),
        Some(_) => Err(wrong()),
    }
}

pub(super) fn size(extensions: &Extensions, key: &str) -> Result<Option<u32>> {
    match extensions.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64().and_then(|size| u32::try_from(size).ok()) {
            Some(size) => Ok(Some(size)),
            None => Err(Error::violation(at(key), "must be a whole number, not less than 0")),
        },
    }
}

/// How many a group may have at least and at most, and how many it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sizes {
    pub(super) min: u32,
    pub(super) wished: u32,
    pub(super) max: u32,
}

/// Those of a new group.
pub(super) fn new_sizes(new: &NewResourcePool) -> Result<Sizes> {
    let min = size(&new.extensions, MIN)?;
    let wished = new.replicas.or(min).unwrap_or(0);
    let max = size(&new.extensions, MAX)?.unwrap_or(wished.max(1));
    sizes(min.unwrap_or(0), wished, max)
}

/// Those of a group that has `min` to `max`.
pub(super) fn changed_sizes(
    shown: &ResourcePool,
    update: &ResourcePoolUpdate,
    (min, max): (Option<u32>, Option<u32>),
) -> Result<Sizes> {
    let min = size(&update.extensions, MIN)?.or(min).unwrap_or(0);
    let max = size(&update.extensions, MAX)?.or(max).unwrap_or(0);
    sizes(min, update.replicas.or(shown.replicas).unwrap_or(min), max)
}

fn sizes(min: u32, wished: u32, max: u32) -> Result<Sizes> {
    if min > max {
        return Err(Error::violation(
            at(MIN),
            format!("must not be more than maxSize, {max}"),
        ));
    }
    if wished < min || wished > max {
        return Err(Error::violation(
            "body.replicas",
            format!("must be {min} to {max}, as {MIN} and {MAX} say"),
        ));
    }
    Ok(Sizes { min, wished, max })
}

impl Sizes {
    /// As parameters. All three are always sent, so that none of them follows from another.
    pub(super) fn fields(self) -> Fields {
        vec![
            field("MinSize", &self.min.to_string()),
            field("DesiredCapacity", &self.wished.to_string()),
            field("MaxSize", &self.max.to_string()),
        ]
    }
}

/// What is to be kept in the tags of a new group.
pub(super) fn new_notes(new: &NewResourcePool, tenant: Option<TenantId>) -> Notes {
    Notes {
        description: new.description.clone(),
        global_location_id: new.global_location_id.clone(),
        o_cloud_site_id: new.o_cloud_site_id.clone(),
        tags: new.tags.clone(),
        labels: new.labels.clone(),
        extensions: foreign(&new.extensions),
        tenant,
    }
}

/// What is to be kept in the tags of a group that is changed.
pub(super) fn changed_notes(update: &ResourcePoolUpdate, tenant: Option<TenantId>) -> Notes {
    Notes {
        description: update.description.clone(),
        global_location_id: update.global_location_id.clone(),
        o_cloud_site_id: update.o_cloud_site_id.clone(),
        tags: update.tags.clone(),
        labels: update.labels.clone(),
        extensions: foreign(&update.extensions),
        tenant,
    }
}

/// The launch template, by id or name, and its version.
pub(super) fn template(extensions: &Extensions) -> Result<Option<Fields>> {
    let Some(value) = extensions.get(TEMPLATE) else {
        return Ok(None);
    };
    let get = |name: &str| value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let by = match (get("id"), get("name")) {
        (Some(id), _) => field("LaunchTemplate.LaunchTemplateId", id),
        (None, Some(name)) => field("LaunchTemplate.LaunchTemplateName", name),
        (None, None) => {
            return Err(Error::violation(
                at(TEMPLATE),
                "must have an id or a name, and may have a version",
            ));
        }
    };
    let version = field("LaunchTemplate.Version", get("version").unwrap_or("$Default"));
    Ok(Some(vec![by, version]))
}

/// Subnets, or zones: the location may be one.
pub(super) fn network(new: &NewResourcePool, region: &str) -> Result<Fields> {
    let subnets = texts(&new.extensions, SUBNETS)?;
    if !subnets.is_empty() {
        return Ok(vec![field("VPCZoneIdentifier", &subnets.join(","))]);
    }
    let mut zones = texts(&new.extensions, ZONES)?;
    if zones.is_empty() {
        zones.extend(new.location.clone().filter(|place| place != region));
    }
    if zones.is_empty() {
        return Err(missing(SUBNETS, "where instances are made; or give a zone as location"));
    }
    Ok((1..)
        .zip(&zones)
        .map(|(n, zone)| field(&format!("AvailabilityZones.member.{n}"), zone))
        .collect())
}

/// Refuses what cannot be changed. A new template is for new instances only.
pub(super) fn fixed(shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<Fields> {
    if update.name != shown.name {
        return Err(Error::violation("body.name", "Auto Scaling groups keep their name"));
    }
    if update.location != shown.location {
        return Err(Error::violation(
            "body.location",
            "another zone would replace every instance; create another pool",
        ));
    }
    for (key, wanted) in update.extensions.iter().filter(|(key, _)| key.starts_with("aws.")) {
        let free = [MIN, MAX, TEMPLATE].contains(&key.as_str());
        if !free && shown.extensions.get(key) != Some(wanted) {
            return Err(Error::violation(at(key), "cannot be changed; leave it as it is"));
        }
    }
    if update.extensions.get(TEMPLATE) == shown.extensions.get(TEMPLATE) {
        return Ok(Fields::new());
    }
    Ok(template(&update.extensions)?.unwrap_or_default())
}
