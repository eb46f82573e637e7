//! What O2 knows about a pool, in the metadata of its aggregate.
//!
//! Labels are metadata as they are, so Nova's scheduler may use them; what else only O2 knows has keys that begin with `o2ims:`.

use std::collections::BTreeMap;

use o2_core::{Error, Extensions, Id, Labels, Result, TenantId};
use serde_json::Value;

use super::PREFIX;

const OWN: &str = "o2ims:";
/// Nova keeps the zone of an aggregate here too.
const ZONE: &str = "availability_zone";
/// Nova takes no more, of a key and of a value.
const LONGEST: usize = 255;

/// What O2 knows about a pool and Nova has no place for.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Notes {
    pub(super) description: String,
    pub(super) global_location_id: Option<String>,
    pub(super) o_cloud_site_id: Option<String>,
    pub(super) tags: Vec<String>,
    pub(super) labels: Labels,
    pub(super) extensions: Extensions,
    pub(super) tenant: Option<TenantId>,
}

impl Notes {
    /// Those in metadata; what somebody else wrote and cannot be read is as if it were not there.
    pub(super) fn of(metadata: &BTreeMap<String, String>) -> Self {
        let own = |name: &str| metadata.get(&format!("{OWN}{name}")).cloned();
        let json = |name: &str| own(name).and_then(|text| serde_json::from_str::<Value>(&text).ok());
        Self {
            description: own("description").unwrap_or_default(),
            global_location_id: own("globalLocationId"),
            o_cloud_site_id: own("oCloudSiteId"),
            tags: json("tags")
                .and_then(|tags| serde_json::from_value(tags).ok())
                .unwrap_or_default(),
            labels: labels(metadata),
            extensions: json("extensions")
                .and_then(|extensions| extensions.as_object().cloned())
                .unwrap_or_default(),
            tenant: own("tenant").map(TenantId::new),
        }
    }

    /// The metadata that holds them.
    ///
    /// # Errors
    /// `InvalidInput` naming what Nova cannot keep.
    pub(super) fn metadata(&self) -> Result<BTreeMap<String, String>> {
        let mut metadata = BTreeMap::new();
        for (key, value) in &self.labels {
            check_label(key)?;
            put(&mut metadata, "body.labels", key, value)?;
        }
        let mut own = |at: &str, name: &str, value: Option<&str>| match value {
            Some(value) => put(&mut metadata, at, &format!("{OWN}{name}"), value),
            None => Ok(()),
        };
        let description = Some(self.description.as_str()).filter(|text| !text.is_empty());
        own("body.description", "description", description)?;
        own(
            "body.globalLocationId",
            "globalLocationId",
            self.global_location_id.as_deref(),
        )?;
        own("body.oCloudSiteId", "oCloudSiteId", self.o_cloud_site_id.as_deref())?;
        own("body.tenant", "tenant", self.tenant.as_ref().map(Id::as_str))?;
        let tags = (!self.tags.is_empty()).then(|| Value::from(self.tags.clone()).to_string());
        own("body.tags", "tags", tags.as_deref())?;
        let extensions = (!self.extensions.is_empty()).then(|| Value::Object(self.extensions.clone()).to_string());
        own("body.extensions", "extensions", extensions.as_deref()).map(|()| metadata)
    }
}

/// What turns one state of the metadata into another, `None` for what is to go; nothing when they are the same.
pub(super) fn difference(
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
) -> BTreeMap<String, Option<String>> {
    let gone = before
        .keys()
        .filter(|key| *key != ZONE && !after.contains_key(*key))
        .map(|key| (key.clone(), None));
    let new = after
        .iter()
        .filter(|(key, value)| before.get(*key) != Some(*value))
        .map(|(key, value)| (key.clone(), Some(value.clone())));
    gone.chain(new).collect()
}

/// The extensions that the caller made; those of this backend are shown, not kept.
pub(super) fn kept(extensions: &Extensions) -> Extensions {
    let own = format!("{PREFIX}.");
    let others = extensions.iter().filter(|(key, _)| !key.starts_with(&own));
    others.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn labels(metadata: &BTreeMap<String, String>) -> Labels {
    let users = metadata.iter().filter(|(key, _)| *key != ZONE && !key.starts_with(OWN));
    users.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn check_label(key: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_:. ".contains(c);
    if key.is_empty() || !key.chars().all(plain) {
        return Err(Error::violation(
            "body.labels",
            "Nova keeps only keys of letters, digits, spaces and '-', '_', ':', '.'",
        ));
    }
    if key == ZONE || key.starts_with(OWN) {
        return Err(Error::violation(
            "body.labels",
            format!("'{ZONE}' and keys that begin with '{OWN}' are not for users to set"),
        ));
    }
    Ok(())
}

fn put(metadata: &mut BTreeMap<String, String>, at: &str, key: &str, value: &str) -> Result<()> {
    if key.chars().count() > LONGEST || value.chars().count() > LONGEST {
        return Err(Error::violation(
            at,
            format!("Nova keeps at most {LONGEST} characters of it"),
        ));
    }
    metadata.insert(key.to_owned(), value.to_owned());
    Ok(())
}
