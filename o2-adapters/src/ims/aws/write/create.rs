//! A group is created, and read once AWS shows it.

use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::{NewResourcePool, ResourcePool};

use super::asked::{REGION, TEMPLATE, at, check_name, missing, network, new_notes, new_sizes, template, text};
use super::tagging::tag_fields;
use super::{Writing, field};
use crate::ims::aws::client::Region;
use crate::ims::aws::map::group_pool;
use crate::ims::aws::read::style;

/// A new group may be unknown to reads for so many seconds.
const PATIENCE: u32 = 30;

impl<'w> Writing<'w> {
    pub(super) async fn create_group(&self, context: &Context, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        check_name(&new.name)?;
        let region = self.region(new)?;
        let mut fields = vec![field("AutoScalingGroupName", &new.name)];
        fields.extend(
            template(&new.extensions)?.ok_or_else(|| missing(TEMPLATE, "the template that instances are made of"))?,
        );
        fields.extend(network(new, &region.name)?);
        fields.extend(new_sizes(new)?.fields());
        let tags = new_notes(new, context.tenant().cloned()).tags(&self.config.tenant_tag)?;
        fields.extend(tag_fields(
            &new.name,
            tags.iter().map(|(key, value)| (key.as_str(), Some(value.as_str()))),
        ));
        // The name is the key: it has no other protection from being created twice.
        if !region.groups(context, Some(&new.name)).await?.items.is_empty() {
            return Err(Error::already_exists(ResourcePool::OBJECT, &new.name));
        }
        region
            .change(context, "CreateAutoScalingGroup", fields)
            .await
            .map_err(|error| {
                if error.is(ErrorKind::AlreadyExists) {
                    Error::already_exists(ResourcePool::OBJECT, &new.name)
                } else {
                    error
                }
            })?;
        self.shown_soon(context, region, &new.name).await
    }

    /// A new group, once it can be read.
    async fn shown_soon(&self, context: &Context, region: &Region, name: &str) -> Result<Arc<ResourcePool>> {
        for _ in 0..PATIENCE {
            if let Some(group) = region.groups(context, Some(name)).await?.items.first() {
                return Ok(Arc::new(group_pool(style(self.config, region), group)));
            }
            let step = Duration::from_secs(1);
            if context
                .deadline()
                .is_some_and(|deadline| deadline < self.clock.monotonic().saturating_add(step))
            {
                break;
            }
            self.clock.sleep(step).await;
        }
        Err(Error::new(
            ErrorKind::Timeout,
            "AWS has created the pool and does not show it yet",
        ))
    }

    /// The region that a new pool is for.
    pub(super) fn region(&self, new: &NewResourcePool) -> Result<&'w Region> {
        let named = text(&new.extensions, REGION)?;
        let fits = |region: &&Region| match (named, new.location.as_deref()) {
            (Some(named), _) => region.name == named,
            // A zone is the region's name and a letter.
            (None, Some(place)) => place
                .strip_prefix(region.name.as_str())
                .is_some_and(|rest| rest.len() <= 1),
            (None, None) => self.regions.len() == 1,
        };
        self.regions.iter().find(fits).ok_or_else(|| {
            let names: Vec<_> = self.regions.iter().map(|region| region.name.as_str()).collect();
            Error::violation(
                at(REGION),
                format!("must be one of {}, unless the location says it", names.join(", ")),
            )
        })
    }
}
