//! Groups and node groups are created, changed and deleted; instances are taken out of groups.

mod asked;
mod create;
mod delete;
mod nodes;
mod tagging;
mod update;

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::model::Version;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePool, ResourcePoolId, ResourcePoolUpdate};

use super::client::Region;
use super::config::{AwsConfig, Mode};
use super::map::group_pool;
use super::read::style;
use super::wire::Group;

/// The parameters of a call.
type Fields = Vec<(String, String)>;

/// What changes need.
pub(super) struct Writing<'w> {
    pub(super) config: &'w AwsConfig,
    pub(super) regions: &'w [Region],
    pub(super) clock: &'w Arc<dyn Clock>,
}

/// A group that is to be changed.
struct Found<'w> {
    region: &'w Region,
    group: Group,
    shown: ResourcePool,
}

impl<'w> Writing<'w> {
    pub(super) async fn create(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        if new.resource_pool_id.is_some() {
            return Err(Error::violation(
                "body.resourcePoolId",
                "AWS gives ids itself; leave it out",
            ));
        }
        match self.config.mode {
            Mode::Eks => self.create_nodes(context, new).await,
            Mode::Asg | Mode::Az => self.create_group(context, new).await,
        }
    }

    pub(super) async fn update(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        match self.config.mode {
            Mode::Eks => self.update_nodes(context, id, update).await,
            Mode::Asg | Mode::Az => self.update_group(context, id, update).await,
        }
    }

    pub(super) async fn delete(&self, context: &Context, id: &ResourcePoolId, options: &DeleteOptions) -> Result<()> {
        match self.config.mode {
            Mode::Eks => self.delete_nodes(context, id, options).await,
            Mode::Asg | Mode::Az => self.delete_group(context, id, options).await,
        }
    }

    /// The group with this id, if `context` may see it. Its name and region are in the id.
    async fn find(&self, context: &Context, id: &ResourcePoolId) -> Result<Found<'w>> {
        let unknown = || Error::not_found(ResourcePool::OBJECT, id.as_str());
        let in_region = id.as_str().split(':').nth(3).ok_or_else(unknown)?;
        let name = id.as_str().split_once(":autoScalingGroupName/").ok_or_else(unknown)?.1;
        let region = self.regions.iter().find(|region| region.name == in_region);
        let region = region.ok_or_else(unknown)?;
        let groups = region.groups(context, Some(name)).await?;
        let group = groups.items.into_iter().find(|group| group.arn == id.as_str());
        let group = group.ok_or_else(unknown)?;
        let shown = group_pool(style(self.config, region), &group);
        if !context.sees(shown.tenant_id.as_ref()) {
            return Err(unknown());
        }
        Ok(Found { region, group, shown })
    }
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Refuses a change of a pool that is no longer as the caller has read it. AWS itself compares nothing.
fn check_version(expected: Option<&Version>, shown: &ResourcePool) -> Result<()> {
    if expected.is_some() && expected != shown.version.as_ref() {
        let message = "the pool has changed since it was read";
        return Err(Error::new(ErrorKind::PreconditionFailed, message));
    }
    Ok(())
}

/// Auto Scaling says of something that is not there that the input is not valid.
fn gone(error: Error, object: &'static str, id: &str) -> Error {
    let words = [
        "AutoScalingGroup name not found",
        "AutoScalingGroup not found",
        "Instance Id not found",
    ];
    let says_so = |detail: &str| words.iter().any(|words| detail.contains(words));
    if error.is(ErrorKind::InvalidInput) && error.detail().is_some_and(says_so) {
        Error::not_found(object, id).with_source(error)
    } else {
        error
    }
}

/// Refuses what somebody else would change back.
fn check_owner(group: &Group) -> Result<()> {
    if !group.status.is_empty() {
        return Err(Error::conflict(format!("the pool is busy: {}", Excerpt(&group.status))));
    }
    let owners = ["eks:nodegroup-name", "karpenter.sh/nodepool"];
    match group.tags.iter().find(|tag| owners.contains(&tag.key.as_str())) {
        Some(tag) => Err(Error::conflict(format!(
            "the owner of this pool, by the tag {}, would undo the change",
            tag.key
        ))),
        None => Ok(()),
    }
}
