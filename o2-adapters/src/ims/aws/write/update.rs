//! The sizes, the launch template and the tags of a group are changed.

use std::sync::Arc;

use o2_core::{Context, Model, Result};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::asked::{MAX, MIN, fixed, foreign, size, sizes};
use super::{Writing, changed, check_owner, field, gone};
use crate::ims::aws::map::number;
use crate::ims::aws::notes::Notes;
use crate::kit::client::midway;

impl Writing<'_> {
    pub(in crate::ims::aws) async fn update(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let found = self.find(context, id).await?;
        if update.expected.is_some() && update.expected != found.shown.version {
            return Err(changed());
        }
        let name = &found.group.auto_scaling_group_name;
        let mut fields = fixed(&found.shown, update)?;
        let min = size(&update.extensions, MIN)?
            .or(number(&found.group.min_size))
            .unwrap_or(0);
        let max = size(&update.extensions, MAX)?
            .or(number(&found.group.max_size))
            .unwrap_or(0);
        let wished = update.replicas.or(found.shown.replicas).unwrap_or(min);
        let bounds = sizes(min, wished, max)?;
        let current = [
            &found.group.min_size,
            &found.group.desired_capacity,
            &found.group.max_size,
        ];
        if !bounds.iter().map(|(_, value)| value).eq(current) {
            fields.extend(bounds);
        }
        let notes = Notes {
            description: update.description.clone(),
            global_location_id: update.global_location_id.clone(),
            o_cloud_site_id: update.o_cloud_site_id.clone(),
            tags: update.tags.clone(),
            labels: update.labels.clone(),
            extensions: foreign(&update.extensions),
            tenant: found.shown.tenant_id.clone(),
        };
        let (set, dropped) = found.tag_changes(&notes, &self.config.tenant_tag)?;
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
