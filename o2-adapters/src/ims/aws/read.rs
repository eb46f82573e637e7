//! Everything that is shown, drawn from one look at each region.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, Result};

use super::client::Region;
use super::config::{AwsConfig, Mode};
use super::map::{self, In, Style};
use super::node_pool::node_pool;
use super::wire::{Group, Instance, Member, NodeGroup, Volume, Vpc, Zone};
use crate::held::Drawn;
use crate::kit::lenient::Items;

/// So many regions are asked at once.
const REGIONS: usize = 4;

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// Groups or zones.
    Pools,
    /// Everything.
    All,
}

/// What one region has.
#[derive(Debug, Default)]
struct Seen {
    /// Where its services are.
    uri: String,
    groups: Items<Group>,
    zones: Items<Zone>,
    nodes: Items<NodeGroup>,
    instances: Items<Instance>,
    volumes: Arc<Items<Volume>>,
    vpcs: Arc<Items<Vpc>>,
    types: Vec<Arc<super::wire::InstanceType>>,
}

/// Reads all regions. One that fails makes all fail, as what is not seen must not look deleted.
pub(super) async fn read(context: &Context, config: &AwsConfig, regions: &[Region], want: Want) -> Result<Drawn> {
    let looks: Vec<_> = regions
        .iter()
        .map(|region| look(context, config, region, want))
        .collect();
    let seen: Vec<Seen> = stream::iter(looks).buffered(REGIONS).try_collect().await?;
    let mut drawn = Drawn::default();
    for (region, seen) in regions.iter().zip(&seen) {
        let style = style(config, region);
        draw(&mut drawn, style, config.mode, seen, want);
    }
    Ok(drawn)
}

pub(super) fn style<'s>(config: &'s AwsConfig, region: &'s Region) -> Style<'s> {
    Style {
        o_cloud: &config.o_cloud_id,
        region: &region.name,
        tenant_tag: &config.tenant_tag,
    }
}

async fn look(context: &Context, config: &AwsConfig, region: &Region, want: Want) -> Result<Seen> {
    let mut seen = Seen {
        uri: region.uri().to_owned(),
        ..Seen::default()
    };
    match config.mode {
        Mode::Asg => seen.groups = region.groups(context, None).await?,
        Mode::Az => seen.zones = region.zones(context).await?,
        Mode::Eks => seen.nodes = region.node_groups(context).await?,
    }
    if want == Want::Pools {
        return Ok(seen);
    }
    if config.mode == Mode::Eks {
        // Only they say which instances a node group has.
        seen.groups = region.groups(context, None).await?;
    }
    seen.instances = region.instances(context).await?;
    if config.volumes {
        seen.volumes = region.volumes(context).await?;
    }
    if config.networks {
        seen.vpcs = region.vpcs(context).await?;
    }
    let names: BTreeSet<&str> = seen
        .instances
        .items
        .iter()
        .map(|instance| instance.instance_type.as_str())
        .collect();
    let names: Vec<&str> = names.into_iter().collect();
    seen.types = region.types(context, &names).await?;
    Ok(seen)
}

/// Adds what a region has.
fn draw(drawn: &mut Drawn, style: Style<'_>, mode: Mode, seen: &Seen, want: Want) {
    let manager = map::manager(style, &seen.uri);
    drawn.add(manager);
    drawn.add(map::rest_pool(style));
    if mode == Mode::Asg {
        for group in &seen.groups.items {
            drawn.add(map::group_pool(style, group));
        }
    }
    for node in &seen.nodes.items {
        drawn.add(node_pool(style, node));
    }
    for zone in &seen.zones.items {
        drawn.add(map::zone_pool(style, zone));
    }
    if want == Want::All {
        add_resources(drawn, style, mode, seen);
        add_types(drawn, style.o_cloud, seen);
    }
}

fn add_resources(drawn: &mut Drawn, style: Style<'_>, mode: Mode, seen: &Seen) {
    let rest = map::rest(style.region);
    let members: BTreeMap<&str, (&Group, &Member)> = seen
        .groups
        .items
        .iter()
        .flat_map(|group| {
            group
                .instances
                .iter()
                .map(move |member| (member.instance_id.as_str(), (group, member)))
        })
        .collect();
    let zones: BTreeMap<&str, &str> = seen
        .zones
        .items
        .iter()
        .map(|zone| (zone.zone_name.as_str(), zone.zone_id.as_str()))
        .collect();
    let nodes: BTreeMap<&str, &str> = seen
        .nodes
        .items
        .iter()
        .flat_map(|node| node.groups().map(|group| (group, node.nodegroup_arn.as_str())))
        .collect();
    let pools = drawn.pools.clone();
    let at = |zone: &str, member: Option<(&'_ Group, &Member)>| -> String {
        match (mode, member) {
            (Mode::Asg, Some((group, _))) => group.arn.clone(),
            (Mode::Eks, Some((group, _))) => {
                let node = nodes.get(group.auto_scaling_group_name.as_str());
                node.map_or_else(|| rest.clone(), |arn| (*arn).to_owned())
            }
            (Mode::Asg | Mode::Eks, None) => rest.clone(),
            (Mode::Az, _) => zones.get(zone).map_or_else(|| rest.clone(), |id| (*id).to_owned()),
        }
    };
    let of_pool = |pool: &str| pools.get(pool).and_then(|pool| pool.tenant_id.as_ref());
    for instance in &seen.instances.items {
        let member = members.get(instance.instance_id.as_str()).copied();
        let pool = at(&instance.placement.availability_zone, member);
        let at = In {
            pool: &pool,
            tenant: of_pool(&pool),
            member: member.map(|(_, member)| member),
        };
        drawn.add(map::instance(style, instance, at));
    }
    for volume in &seen.volumes.items {
        let user = volume
            .attachment_set
            .first()
            .map(|attachment| attachment.instance_id.as_str());
        // Pools have as many resources as replicas, so what instances use is beside them; it is of the same tenant.
        let user = user.and_then(|user| members.get(user).copied());
        let pool = at(&volume.availability_zone, None);
        let at = In {
            pool: &pool,
            tenant: user.and_then(|user| of_pool(&at("", Some(user)))),
            member: None,
        };
        drawn.add(map::volume(style, volume, at));
    }
    for vpc in &seen.vpcs.items {
        let at = In {
            pool: &rest,
            tenant: None,
            member: None,
        };
        drawn.add(map::vpc(style, vpc, at));
    }
}

fn add_types(drawn: &mut Drawn, o_cloud: &str, seen: &Seen) {
    for instance in &seen.instances.items {
        let name = &instance.instance_type;
        let known = seen.types.iter().find(|known| known.instance_type == *name);
        drawn.add(map::instance_type(o_cloud, name, known.map(Arc::as_ref)));
    }
    for volume in &seen.volumes.items {
        drawn.add(map::volume_type(o_cloud, &volume.volume_type));
    }
    if !seen.vpcs.items.is_empty() {
        drawn.add(map::vpc_type(o_cloud));
    }
}
