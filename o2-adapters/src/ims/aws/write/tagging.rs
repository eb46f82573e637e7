//! The tags of a group, as they are and as they should be.

use std::collections::BTreeMap;

use o2_core::{Context, Result};

use super::{Fields, Found, field};
use crate::ims::aws::notes::Notes;
use crate::kit::client::midway;

/// The tags to be set, and those to be deleted.
pub(super) fn tag_changes<'t>(
    current: impl Iterator<Item = (&'t str, &'t str)>,
    notes: &Notes,
    tenant_tag: &str,
) -> Result<(BTreeMap<String, String>, Vec<String>)> {
    let mut wanted = notes.tags(tenant_tag)?;
    let mut dropped = Vec::new();
    for (key, value) in current.filter(|(key, _)| !key.starts_with("aws:")) {
        match wanted.get(key) {
            Some(wish) if wish == value => drop(wanted.remove(key)),
            Some(_) => {}
            None => dropped.push(key.to_owned()),
        }
    }
    Ok((wanted, dropped))
}

impl Found<'_> {
    /// Sets tags, and deletes others.
    pub(super) async fn change_tags(
        &self,
        context: &Context,
        set: &BTreeMap<String, String>,
        dropped: &[String],
    ) -> Result<()> {
        let name = &self.group.auto_scaling_group_name;
        if !set.is_empty() {
            let tags = set.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
            self.region
                .change(context, "CreateOrUpdateTags", tag_fields(name, tags))
                .await?;
        }
        if !dropped.is_empty() {
            let tags = dropped.iter().map(|key| (key.as_str(), None));
            let deleted = self.region.change(context, "DeleteTags", tag_fields(name, tags)).await;
            return deleted.map_err(|error| if set.is_empty() { error } else { midway(error) });
        }
        Ok(())
    }
}

/// Tags as parameters; instances do not inherit them.
pub(super) fn tag_fields<'t>(group: &str, tags: impl Iterator<Item = (&'t str, Option<&'t str>)>) -> Fields {
    (1..)
        .zip(tags)
        .flat_map(|(n, (key, value))| {
            let name = |part: &str| format!("Tags.member.{n}.{part}");
            let mut fields = vec![
                field(&name("ResourceId"), group),
                field(&name("ResourceType"), "auto-scaling-group"),
                field(&name("Key"), key),
                field(&name("PropagateAtLaunch"), "false"),
            ];
            fields.extend(value.map(|value| field(&name("Value"), value)));
            fields
        })
        .collect()
}
