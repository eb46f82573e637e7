//! From what AWS sends to what O2 shows. Pure functions.

use o2_core::model::Version;
use o2_core::plugin::HealthStatus;
use o2_core::query::Fingerprint;
use o2_core::{Extensions, TenantId, Timestamp};
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};
use serde::Serialize;
use serde_json::{Value, json};

use super::notes::Notes;
use super::wire::{Group, Instance, InstanceType, Member, Tag, Volume, Vpc, Zone};

/// How everything of one region is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'s> {
    pub(super) o_cloud: &'s str,
    pub(super) region: &'s str,
    pub(super) tenant_tag: &'s str,
}

/// Extensions of this backend. What is not there is left out.
#[derive(Default)]
pub(super) struct Extended(pub(super) Extensions);

impl Extended {
    pub(super) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            _ => false,
        };
        if !nothing {
            self.0.insert(format!("aws.{name}"), value);
        }
        self
    }
}

/// A number that AWS writes as a text; `None` for what is none.
pub(super) fn number(text: &str) -> Option<u32> {
    text.trim().parse().ok()
}

fn time(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text).ok()
}

/// The state of an object, as a mark.
pub(super) fn mark(shown: &impl Serialize) -> Version {
    let text = serde_json::to_string(shown).unwrap_or_default();
    Version::new(format!("{:016x}", Fingerprint::new().text(&text).value()))
}

/// `aws`, `aws-cn` or `aws-us-gov`.
fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}

/// A region as a deployment manager.
pub(super) fn manager(style: Style<'_>, uri: &str) -> DeploymentManager {
    let mut manager = DeploymentManager::new(style.region, style.region);
    manager.description = format!("the region {} of AWS", style.region);
    style.o_cloud.clone_into(&mut manager.o_cloud_id);
    uri.clone_into(&mut manager.service_uri);
    manager.supported_locations = vec![style.region.to_owned()];
    manager
}

/// An Auto Scaling group as a pool.
pub(super) fn group_pool(style: Style<'_>, group: &Group) -> ResourcePool {
    let notes = Notes::of(&group.tags, style.tenant_tag);
    let mut pool = ResourcePool::new(group.arn.as_str(), group.auto_scaling_group_name.as_str());
    style.o_cloud.clone_into(&mut pool.o_cloud_id);
    pool.location = Some(place(style.region, &group.availability_zones));
    pool.replicas = number(&group.desired_capacity);
    pool.health = Some(group_health(group));
    pool.created_at = time(&group.created_time);
    let subnets: Vec<_> = group
        .subnets
        .split(',')
        .map(str::trim)
        .filter(|subnet| !subnet.is_empty())
        .collect();
    let suspended: Vec<_> = group
        .suspended_processes
        .iter()
        .filter_map(|process| process.get("ProcessName"))
        .collect();
    notes.show_on(&mut pool);
    pool.extensions = Extended(std::mem::take(&mut pool.extensions))
        .with("region", style.region)
        .with("minSize", number(&group.min_size))
        .with("maxSize", number(&group.max_size))
        .with("launchTemplate", &group.launch_template)
        .with("mixedInstancesPolicy", &group.mixed_instances_policy)
        .with("availabilityZones", &group.availability_zones)
        .with("subnets", subnets)
        .with("healthCheckType", &group.health_check_type)
        .with("suspendedProcesses", suspended)
        .with("provisioningState", &group.status)
        .0;
    pool.version = Some(mark(&pool));
    pool
}

/// The zone, if there is one only; else the region.
fn place(region: &str, zones: &[String]) -> String {
    match zones {
        [zone] => zone.clone(),
        _ => region.to_owned(),
    }
}

fn is_well(member: &Member) -> bool {
    member.lifecycle_state == "InService" && member.health_status.eq_ignore_ascii_case("Healthy")
}

/// A group is well when as many instances as wished are in service.
fn group_health(group: &Group) -> ObjectHealth {
    let well = group.instances.iter().filter(|member| is_well(member)).count();
    let wished = number(&group.desired_capacity).unwrap_or_default() as usize;
    let status = match well {
        well if well >= wished => HealthStatus::Healthy,
        0 => HealthStatus::Unhealthy,
        _ => HealthStatus::Degraded,
    };
    let mut health = ObjectHealth::new(status);
    if status != HealthStatus::Healthy {
        health.message = Some(format!("{well} of {wished} instances are in service"));
    }
    health
}

/// An availability zone as a pool.
pub(super) fn zone_pool(style: Style<'_>, zone: &Zone) -> ResourcePool {
    let mut pool = ResourcePool::new(zone.zone_id.as_str(), zone.zone_name.as_str());
    style.o_cloud.clone_into(&mut pool.o_cloud_id);
    pool.description = format!("the availability zone {}", zone.zone_name);
    pool.location = Some(zone.zone_name.clone());
    pool.global_location_id = Some(zone.zone_id.clone());
    pool.extensions = Extended::default()
        .with("region", style.region)
        .with("zoneType", &zone.zone_type)
        .with("state", &zone.zone_state)
        .0;
    pool.version = Some(mark(&pool));
    pool
}

/// What belongs to no group or zone: the rest of a region.
pub(super) fn rest_pool(style: Style<'_>) -> ResourcePool {
    let mut pool = ResourcePool::new(rest(style.region), format!("unmanaged in {}", style.region));
    style.o_cloud.clone_into(&mut pool.o_cloud_id);
    pool.description = "What belongs to no other pool of its region".to_owned();
    pool.location = Some(style.region.to_owned());
    pool.extensions = Extended::default().with("region", style.region).0;
    pool.version = Some(mark(&pool));
    pool
}

/// The id of that pool.
pub(super) fn rest(region: &str) -> String {
    format!("unmanaged-{region}")
}

/// The pool of a resource, and whose that is.
#[derive(Debug, Clone, Copy)]
pub(super) struct In<'p> {
    pub(super) pool: &'p str,
    pub(super) tenant: Option<&'p TenantId>,
    /// What the group says about the instance.
    pub(super) member: Option<&'p Member>,
}

fn resource(style: Style<'_>, id: &str, of: &str, tags: &[Tag], at: In<'_>) -> Resource {
    let notes = Notes::of(tags, style.tenant_tag);
    let mut resource = Resource::new(id, of, at.pool);
    resource.name = notes.labels.get("Name").cloned().filter(|name| !name.is_empty());
    resource.description = notes.description;
    resource.tenant_id = notes.tenant.or_else(|| at.tenant.cloned());
    resource.labels = notes.labels;
    resource
}

/// An instance.
pub(super) fn instance(style: Style<'_>, instance: &Instance, at: In<'_>) -> Resource {
    let mut shown = resource(
        style,
        &instance.instance_id,
        &instance.instance_type,
        &instance.tag_set,
        at,
    );
    shown.global_asset_id = (!instance.owner.is_empty()).then(|| {
        let (partition, region) = (partition(style.region), style.region);
        format!(
            "arn:{partition}:ec2:{region}:{}:instance/{}",
            instance.owner, instance.instance_id
        )
    });
    shown.health = Some(instance_health(instance, at.member));
    shown.created_at = time(&instance.launch_time);
    shown.extensions = Extended::default()
        .with("region", style.region)
        .with("state", &instance.instance_state.name)
        .with("availabilityZone", &instance.placement.availability_zone)
        .with("tenancy", &instance.placement.tenancy)
        .with("hostId", &instance.placement.host_id)
        .with("imageId", &instance.image_id)
        .with("privateIpAddress", &instance.private_ip_address)
        .with("publicIpAddress", &instance.ip_address)
        .with("vpcId", &instance.vpc_id)
        .with("subnetId", &instance.subnet_id)
        .with("lifecycleState", at.member.map(|member| &member.lifecycle_state))
        .with("healthStatus", at.member.map(|member| &member.health_status))
        .0;
    shown.version = Some(mark(&shown));
    shown
}

fn instance_health(instance: &Instance, member: Option<&Member>) -> ObjectHealth {
    let ill = member.is_some_and(|member| member.health_status.eq_ignore_ascii_case("Unhealthy"));
    let state = instance.instance_state.name.as_str();
    let status = match state {
        _ if ill => HealthStatus::Unhealthy,
        "running" => HealthStatus::Healthy,
        "stopped" | "shutting-down" => HealthStatus::Unhealthy,
        _ => HealthStatus::Degraded,
    };
    let mut health = ObjectHealth::new(status);
    if status != HealthStatus::Healthy {
        health.message = Some(if ill {
            "its group found it unhealthy".to_owned()
        } else {
            format!("it is {state}")
        });
    }
    health
}

/// A volume.
pub(super) fn volume(style: Style<'_>, volume: &Volume, at: In<'_>) -> Resource {
    let mut shown = resource(
        style,
        &volume.volume_id,
        &volume_type_id(&volume.volume_type),
        &volume.tag_set,
        at,
    );
    shown.created_at = time(&volume.create_time);
    let attached: Vec<_> = volume
        .attachment_set
        .iter()
        .map(|attachment| json!({"instanceId": attachment.instance_id, "device": attachment.device}))
        .collect();
    shown.extensions = Extended::default()
        .with("region", style.region)
        .with("sizeGiB", number(&volume.size))
        .with("state", &volume.status)
        .with("availabilityZone", &volume.availability_zone)
        .with("attachments", attached)
        .0;
    shown.version = Some(mark(&shown));
    shown
}

/// A network.
pub(super) fn vpc(style: Style<'_>, vpc: &Vpc, at: In<'_>) -> Resource {
    let mut shown = resource(style, &vpc.vpc_id, VPC, &vpc.tag_set, at);
    shown.global_asset_id = (!vpc.owner_id.is_empty()).then(|| {
        let (partition, region) = (partition(style.region), style.region);
        format!("arn:{partition}:ec2:{region}:{}:vpc/{}", vpc.owner_id, vpc.vpc_id)
    });
    shown.extensions = Extended::default()
        .with("region", style.region)
        .with("state", &vpc.state)
        .with("cidrBlock", &vpc.cidr_block)
        .with("isDefault", (vpc.is_default == "true").then_some(true))
        .0;
    shown.version = Some(mark(&shown));
    shown
}

/// The type of all networks.
pub(super) const VPC: &str = "vpc";

pub(super) fn volume_type_id(name: &str) -> String {
    format!("ebs-{name}")
}

fn type_of(o_cloud: &str, id: &str, name: &str, class: ResourceClass) -> ResourceType {
    let mut shown = ResourceType::new(id, name);
    "AWS".clone_into(&mut shown.vendor);
    name.clone_into(&mut shown.model);
    o_cloud.clone_into(&mut shown.o_cloud_id);
    shown.resource_kind = ResourceKind::Logical;
    shown.resource_class = class;
    shown
}

/// A type of instances; what AWS says about it may be missing.
pub(super) fn instance_type(o_cloud: &str, name: &str, known: Option<&InstanceType>) -> ResourceType {
    let mut shown = type_of(o_cloud, name, name, ResourceClass::Compute);
    let Some(known) = known else {
        return shown;
    };
    let bare = known.bare_metal == "true";
    if bare {
        shown.resource_kind = ResourceKind::Physical;
    }
    shown.extensions = Extended::default()
        .with("vcpus", number(&known.v_cpu_info.default))
        .with("memoryMiB", number(&known.memory_info.size))
        .with("architectures", &known.processor_info.supported_architectures)
        .with("processor", &known.processor_info.manufacturer)
        .with("bareMetal", bare)
        .0;
    shown
}

pub(super) fn volume_type(o_cloud: &str, name: &str) -> ResourceType {
    type_of(o_cloud, &volume_type_id(name), name, ResourceClass::Storage)
}

pub(super) fn vpc_type(o_cloud: &str) -> ResourceType {
    type_of(o_cloud, VPC, "VPC", ResourceClass::Networking)
}
