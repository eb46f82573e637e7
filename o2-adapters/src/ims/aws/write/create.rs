//! A group is created, and read once AWS shows it.

use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::{NewResourcePool, ResourcePool};

use super::asked::{
    MAX, MIN, REGION, TEMPLATE, at, check_name, foreign, missing, network, size, sizes, template, text,
};
use super::tagging::tag_fields;
use super::{Writing, field};
use crate::ims::aws::client::Region;
use crate::ims::aws::map::group_pool;
use crate::ims::aws::notes::Notes;
use crate::ims::aws::read::style;

/// A new group may be unknown to reads for so many seconds.
const PATIENCE: u32 = 30;

impl<'w> Writing<'w> {
    pub(in crate::ims::aws) async fn create(
        &self,
        context: &Context,
        new: &NewResourcePool,
    ) -> Result<Arc<ResourcePool>> {
        if new.resource_pool_id.is_some() {
            return Err(Error::violation(
                "body.resourcePoolId",
                "AWS gives ids itself; leave it out",
            ));
        }
        check_name(&new.name)?;
        let region = self.region(new)?;
        let mut fields = vec![field("AutoScalingGroupName", &new.name)];
        fields.extend(
            template(&new.extensions)?.ok_or_else(|| missing(TEMPLATE, "the template that instances are made of"))?,
        );
        fields.extend(network(new, &region.name)?);
        let wished = new.replicas.or(size(&new.extensions, MIN)?).unwrap_or(0);
        let min = size(&new.extensions, MIN)?.unwrap_or(0);
        let max = size(&new.extensions, MAX)?.unwrap_or(wished.max(1));
        fields.extend(sizes(min, wished, max)?);
        let notes = Notes {
            description: new.description.clone(),
            global_location_id: new.global_location_id.clone(),
            o_cloud_site_id: new.o_cloud_site_id.clone(),
            tags: new.tags.clone(),
            labels: new.labels.clone(),
            extensions: foreign(&new.extensions),
            tenant: context.tenant().cloned(),
        };
        let tags = notes.tags(&self.config.tenant_tag)?;
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
    fn region(&self, new: &NewResourcePool) -> Result<&'w Region> {
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
