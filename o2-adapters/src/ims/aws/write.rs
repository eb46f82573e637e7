//! Groups are created, changed and deleted; instances are taken out of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::error::Excerpt;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Extensions, Model, Result};
use o2_ims::{DeleteOptions, NewResourcePool, Resource, ResourceId, ResourcePool, ResourcePoolId, ResourcePoolUpdate};
use serde_json::Value;

use super::client::Region;
use super::config::AwsConfig;
use super::map::{group_pool, number};
use super::notes::Notes;
use super::read::style;
use super::wire::{Group, Tag};

/// A new group may be unknown to reads for so many seconds.
const PATIENCE: u32 = 30;

const REGION: &str = "aws.region";
const TEMPLATE: &str = "aws.launchTemplate";
const SUBNETS: &str = "aws.subnets";
const ZONES: &str = "aws.availabilityZones";
const MIN: &str = "aws.minSize";
const MAX: &str = "aws.maxSize";

type Fields = Vec<(String, String)>;

/// What changes need.
pub(super) struct Writing<'w> {
    pub(super) config: &'w AwsConfig,
    pub(super) regions: &'w [Region],
    pub(super) clock: &'w Arc<dyn Clock>,
}

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

    pub(super) async fn update(
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
        let (set, dropped) = self.tag_changes(&found.group, &notes)?;
        if fields.is_empty() && set.is_empty() && dropped.is_empty() {
            return Ok(Arc::new(found.shown));
        }
        check_owner(&found.group)?;
        if !fields.is_empty() {
            fields.insert(0, field("AutoScalingGroupName", name));
            found
                .region
                .change(context, "UpdateAutoScalingGroup", fields)
                .await
                .map_err(|error| gone(error, id))?;
        }
        if !set.is_empty() {
            let tags = set.iter().map(|(key, value)| (key.as_str(), Some(value.as_str())));
            found
                .region
                .change(context, "CreateOrUpdateTags", tag_fields(name, tags))
                .await?;
        }
        if !dropped.is_empty() {
            let tags = dropped.iter().map(|key| (key.as_str(), None));
            found
                .region
                .change(context, "DeleteTags", tag_fields(name, tags))
                .await?;
        }
        self.find(context, id).await.map(|found| Arc::new(found.shown))
    }

    pub(super) async fn delete(&self, context: &Context, id: &ResourcePoolId, options: &DeleteOptions) -> Result<()> {
        let found = self.find(context, id).await?;
        if options.expected.is_some() && options.expected != found.shown.version {
            return Err(changed());
        }
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
        deleting.await.map_err(|error| gone(error, id))
    }

    /// Terminates an instance of a group, which has one less from then on.
    pub(super) async fn terminate(&self, context: &Context, resource: &Resource, id: &ResourceId) -> Result<()> {
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
    }

    /// The group with this id, if `context` may see it. Its name and region are in the id.
    async fn find(&self, context: &Context, id: &ResourcePoolId) -> Result<Found<'w>> {
        let unknown = || Error::not_found(ResourcePool::OBJECT, id.as_str());
        let in_region = id.as_str().split(':').nth(3).ok_or_else(unknown)?;
        let name = id.as_str().split_once(":autoScalingGroupName/").ok_or_else(unknown)?.1;
        let region = self
            .regions
            .iter()
            .find(|region| region.name == in_region)
            .ok_or_else(unknown)?;
        let groups = region.groups(context, Some(name)).await?;
        let group = groups
            .items
            .into_iter()
            .find(|group| group.arn == id.as_str())
            .ok_or_else(unknown)?;
        let shown = group_pool(style(self.config, region), &group);
        if !context.sees(shown.tenant_id.as_ref()) {
            return Err(unknown());
        }
        Ok(Found { region, group, shown })
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

    /// The tags to be set, and those to be deleted.
    fn tag_changes(&self, group: &Group, notes: &Notes) -> Result<(BTreeMap<String, String>, Vec<String>)> {
        let mut wanted = notes.tags(&self.config.tenant_tag)?;
        let mut dropped = Vec::new();
        for Tag { key, value } in group.tags.iter().filter(|tag| !tag.key.starts_with("aws:")) {
            match wanted.get(key) {
                Some(wish) if wish == value => drop(wanted.remove(key)),
                Some(_) => {}
                None => dropped.push(key.clone()),
            }
        }
        Ok((wanted, dropped))
    }
}

fn field(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn at(key: &str) -> String {
    format!("body.extensions.{key}")
}

fn missing(key: &str, what: &str) -> Error {
    Error::violation(at(key), format!("is missing: {what}"))
}

fn changed() -> Error {
    Error::new(ErrorKind::PreconditionFailed, "the pool has changed since it was read")
}

/// Auto Scaling says of a missing group that the input is not valid.
fn gone(error: Error, id: &ResourcePoolId) -> Error {
    let of_name = error.detail().is_some_and(|detail| detail.contains("name not found"));
    if error.is(ErrorKind::InvalidInput) && of_name {
        Error::not_found(ResourcePool::OBJECT, id.as_str()).with_source(error)
    } else {
        error
    }
}

fn check_name(name: &str) -> Result<()> {
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

/// Extensions that are not of this backend.
fn foreign(extensions: &Extensions) -> Extensions {
    let others = extensions.iter().filter(|(key, _)| !key.starts_with("aws."));
    others.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn text<'e>(extensions: &'e Extensions, key: &str) -> Result<Option<&'e str>> {
    match extensions.get(key) {
        None => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(_) => Err(Error::violation(at(key), "must be a text")),
    }
}

fn texts(extensions: &Extensions, key: &str) -> Result<Vec<String>> {
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

fn size(extensions: &Extensions, key: &str) -> Result<Option<u32>> {
    match extensions.get(key) {
        None => Ok(None),
        Some(value) => match value.as_u64().and_then(|size| u32::try_from(size).ok()) {
            Some(size) => Ok(Some(size)),
            None => Err(Error::violation(at(key), "must be a whole number, not less than 0")),
        },
    }
}

/// All three are always sent, so that none of them follows from another.
fn sizes(min: u32, wished: u32, max: u32) -> Result<Fields> {
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
    Ok(vec![
        field("MinSize", &min.to_string()),
        field("DesiredCapacity", &wished.to_string()),
        field("MaxSize", &max.to_string()),
    ])
}

/// The launch template, by id or name, and its version.
fn template(extensions: &Extensions) -> Result<Option<Fields>> {
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
fn network(new: &NewResourcePool, region: &str) -> Result<Fields> {
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
fn fixed(shown: &ResourcePool, update: &ResourcePoolUpdate) -> Result<Fields> {
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

/// Tags as parameters; instances do not inherit them.
fn tag_fields<'t>(group: &str, tags: impl Iterator<Item = (&'t str, Option<&'t str>)>) -> Fields {
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
