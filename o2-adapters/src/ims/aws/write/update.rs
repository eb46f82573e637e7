//! The sizes, the launch template and the tags of a group are changed.

use std::sync::Arc;

use o2_core::{Context, Model, Result};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::asked::{changed_notes, changed_sizes, fixed};
use super::tagging::tag_changes;
use super::{Writing, check_owner, check_version, field, gone};
use crate::ims::aws::map::number;
use crate::kit::client::midway;

impl Writing<'_> {
    pub(super) async fn update_group(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let found = self.find(context, id).await?;
        check_version(update.expected.as_ref(), &found.shown)?;
        let name = &found.group.auto_scaling_group_name;
        let mut fields = fixed(&found.shown, update)?;
        let bounds = (number(&found.group.min_size), number(&found.group.max_size));
        let bounds = changed_sizes(&found.shown, update, bounds)?.fields();
        let current = [
            &found.group.min_size,
            &found.group.desired_capacity,
            &found.group.max_size,
        ];
        if !bounds.iter().map(|(_, value)| value).eq(current) {
            fields.extend(bounds);
        }
        let notes = changed_notes(update, found.shown.tenant_id.clone());
        let current = found.group.tags.iter();
        let current = current.map(|tag| (tag.key.as_str(), tag.value.as_str()));
        let (set, dropped) = tag_changes(current, &notes, &self.config.tenant_tag)?;
        if fields.is_empty() && set.is_empty() && dropped.is_empty() {
            return Ok(Arc::new(found.shown));
        }
        check_owner(&found.group)?;
        let resized = !fields.is_empty();
        if resized {
            fields.insert(0, field("AutoScalingGroupName", name));
            found
                .region
                .change(context, "UpdateAutoScalingGroup", fields)
                .await
                .map_err(|error| gone(error, ResourcePool::OBJECT, id.as_str()))?;
        }
        found.change_tags(context, &set, &dropped).await.map_err(|error| {
            let error = gone(error, ResourcePool::OBJECT, id.as_str());
            if resized { midway(error) } else { error }
        })?;
        self.find(context, id).await.map(|found| Arc::new(found.shown))
    }
}
