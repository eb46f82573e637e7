//! A group is deleted, or an instance taken out of one.

use o2_core::{Context, Error, Model, Result};
use o2_ims::{DeleteOptions, Resource, ResourceId, ResourcePool, ResourcePoolId};

use super::{Writing, check_owner, check_version, field, gone};
use crate::ims::aws::map::number;

impl Writing<'_> {
    pub(super) async fn delete_group(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let found = self.find(context, id).await?;
        check_version(options.expected.as_ref(), &found.shown)?;
        check_owner(&found.group)?;
        if !options.force && !found.group.instances.is_empty() {
            return Err(Error::conflict(format!(
                "the pool has {} instances; scale it to nothing first, or delete it with force, which terminates them",
                found.group.instances.len()
            )));
        }
        let mut fields = vec![field("AutoScalingGroupName", &found.group.auto_scaling_group_name)];
        if options.force {
            fields.push(field("ForceDelete", "true"));
        }
        let deleting = found.region.change(context, "DeleteAutoScalingGroup", fields);
        deleting
            .await
            .map_err(|error| gone(error, ResourcePool::OBJECT, id.as_str()))
    }

    /// Terminates an instance of a group, which has one less from then on.
    pub(in crate::ims::aws) async fn terminate(
        &self,
        context: &Context,
        resource: &Resource,
        id: &ResourceId,
    ) -> Result<()> {
        let pool = ResourcePoolId::from(resource.resource_pool_id.as_str());
        if !pool.as_str().starts_with("arn:") || !id.as_str().starts_with("i-") {
            return Err(Error::conflict(
                "only instances of Auto Scaling groups can be deleted here",
            ));
        }
        let found = self.find(context, &pool).await?;
        check_owner(&found.group)?;
        let (min, wished) = (number(&found.group.min_size), found.shown.replicas);
        if wished <= min {
            return Err(Error::conflict("the pool has as few replicas as its minSize permits"));
        }
        let fields = vec![
            field("InstanceId", id.as_str()),
            field("ShouldDecrementDesiredCapacity", "true"),
        ];
        found
            .region
            .change(context, "TerminateInstanceInAutoScalingGroup", fields)
            .await
            .map_err(|error| gone(error, Resource::OBJECT, id.as_str()))
    }
}
