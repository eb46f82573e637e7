//! What O2 keeps in the tags of a group: everything that AWS has no place for.

use std::collections::BTreeMap;

use o2_core::{Error, Extensions, Labels, Result, TenantId};
use o2_ims::ResourcePool;
use serde_json::Value;

use super::wire::Tag;

const DESCRIPTION: &str = "o2ims:description";
const LOCATION: &str = "o2ims:globalLocationId";
const SITE: &str = "o2ims:oCloudSiteId";
const TAGS: &str = "o2ims:tags";
const EXTENSION: &str = "o2ims:extension:";
/// AWS's own limits.
const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 256;

/// What tags say.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// Reads tags. What AWS itself wrote is left out; what is no note is a label.
    pub(super) fn of(tags: &[Tag], tenant_tag: &str) -> Self {
        let mut notes = Self::default();
        for Tag { key, value } in tags {
            let text = || Some(value.clone()).filter(|text| !text.is_empty());
            match key.as_str() {
                key if key == tenant_tag => notes.tenant = text().map(TenantId::from),
                DESCRIPTION => notes.description.clone_from(value),
                LOCATION => notes.global_location_id = text(),
                SITE => notes.o_cloud_site_id = text(),
                TAGS => notes.tags = serde_json::from_str(value).unwrap_or_default(),
                key if key.starts_with("aws:") => {}
                key => match key.strip_prefix(EXTENSION) {
                    Some(name) => {
                        let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.clone()));
                        notes.extensions.insert(name.to_owned(), value);
                    }
                    None => {
                        notes.labels.insert(key.to_owned(), value.clone());
                    }
                },
            }
        }
        notes
    }

    /// Shows on a pool what they say.
    pub(super) fn show_on(self, pool: &mut ResourcePool) {
        pool.description = self.description;
        pool.global_location_id = self.global_location_id;
        pool.o_cloud_site_id = self.o_cloud_site_id;
        pool.tags = self.tags;
        pool.labels = self.labels;
        pool.extensions = self.extensions;
        pool.tenant_id = self.tenant;
    }

    /// The tags that say it.
    ///
    /// # Errors
    /// `InvalidInput` for what does not fit into a tag, or is not the caller's to set.
    pub(super) fn tags(&self, tenant_tag: &str) -> Result<BTreeMap<String, String>> {
        let mut tags = BTreeMap::new();
        for (key, value) in &self.labels {
            if key == tenant_tag || key.starts_with("aws:") || key.starts_with("o2ims:") {
                return Err(Error::violation(
                    format!("body.labels.{key}"),
                    "is not for users to set",
                ));
            }
            tags.insert(key.clone(), value.clone());
        }
        for (key, value) in &self.extensions {
            tags.insert(format!("{EXTENSION}{key}"), value.to_string());
        }
        if !self.tags.is_empty() {
            tags.insert(TAGS.to_owned(), Value::from(self.tags.clone()).to_string());
        }
        let texts = [
            (DESCRIPTION, Some(self.description.as_str())),
            (LOCATION, self.global_location_id.as_deref()),
            (SITE, self.o_cloud_site_id.as_deref()),
            (tenant_tag, self.tenant.as_ref().map(TenantId::as_str)),
        ];
        for (key, value) in texts {
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                tags.insert(key.to_owned(), value.to_owned());
            }
        }
        match tags
            .iter()
            .find(|(key, value)| key.chars().count() > LONGEST_KEY || value.chars().count() > LONGEST_VALUE)
        {
            Some((key, _)) => Err(Error::violation(
                "body",
                format!(
                    "'{key}' does not fit into a tag of AWS: {LONGEST_KEY} characters for the key, {LONGEST_VALUE} for the value"
                ),
            )),
            None => Ok(tags),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_noted_is_read_again() {
        let notes = Notes {
            description: "edge".to_owned(),
            global_location_id: Some("geo:1".to_owned()),
            o_cloud_site_id: None,
            tags: vec!["a,b".to_owned(), "c".to_owned()],
            labels: [("purpose".to_owned(), "test".to_owned())].into(),
            extensions: [("acme.rack".to_owned(), json!({"row": 7}))].into_iter().collect(),
            tenant: Some("acme".into()),
        };
        let tags = notes.tags("tenant").unwrap();
        let tags: Vec<_> = tags.into_iter().map(|(key, value)| Tag { key, value }).collect();
        assert_eq!(Notes::of(&tags, "tenant"), notes);
    }

    #[test]
    fn what_cannot_be_noted_is_refused() {
        for (key, value) in [
            ("aws:x", "y".to_owned()),
            ("tenant", "y".to_owned()),
            ("x", "y".repeat(257)),
        ] {
            let notes = Notes {
                labels: [(key.to_owned(), value)].into(),
                ..Notes::default()
            };
            assert!(
                notes.tags("tenant").unwrap_err().is(o2_core::ErrorKind::InvalidInput),
                "{key}"
            );
        }
    }
}
