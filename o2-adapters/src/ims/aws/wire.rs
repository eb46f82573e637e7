//! What AWS sends, as JSON. A field that is not used is not declared; numbers and words are texts, as in XML, so that a word
//! that nobody knows yet is shown and not refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A tag of EC2 (`key`) and of Auto Scaling (`Key`).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tag {
    #[serde(alias = "Key")]
    pub(super) key: String,
    #[serde(alias = "Value")]
    pub(super) value: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Group {
    pub(super) auto_scaling_group_name: String,
    #[serde(rename = "AutoScalingGroupARN")]
    pub(super) arn: String,
    pub(super) min_size: String,
    pub(super) max_size: String,
    pub(super) desired_capacity: String,
    pub(super) availability_zones: Vec<String>,
    pub(super) health_check_type: String,
    pub(super) launch_template: Option<Template>,
    pub(super) mixed_instances_policy: Option<serde_json::Value>,
    pub(super) suspended_processes: Vec<serde_json::Value>,
    pub(super) instances: Vec<Member>,
    pub(super) created_time: String,
    pub(super) status: String,
    pub(super) tags: Vec<Tag>,
    #[serde(rename = "VPCZoneIdentifier")]
    pub(super) subnets: String,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(deserialize = "PascalCase", serialize = "camelCase"), default)]
pub(super) struct Template {
    #[serde(
        rename(deserialize = "LaunchTemplateId", serialize = "id"),
        skip_serializing_if = "String::is_empty"
    )]
    pub(super) id: String,
    #[serde(
        rename(deserialize = "LaunchTemplateName", serialize = "name"),
        skip_serializing_if = "String::is_empty"
    )]
    pub(super) name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) version: String,
}

/// An instance, as its group lists it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Member {
    pub(super) instance_id: String,
    pub(super) lifecycle_state: String,
    pub(super) health_status: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reservation {
    pub(super) owner_id: String,
    pub(super) instances_set: Vec<serde_json::Value>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Instance {
    pub(super) instance_id: String,
    pub(super) instance_type: String,
    pub(super) image_id: String,
    pub(super) instance_state: State,
    pub(super) placement: Placement,
    pub(super) private_ip_address: String,
    pub(super) ip_address: String,
    pub(super) vpc_id: String,
    pub(super) subnet_id: String,
    pub(super) launch_time: String,
    pub(super) tag_set: Vec<Tag>,
    /// Whose it is; the reservation says it.
    #[serde(skip)]
    pub(super) owner: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct State {
    pub(super) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Placement {
    pub(super) availability_zone: String,
    pub(super) tenancy: String,
    pub(super) host_id: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Volume {
    pub(super) volume_id: String,
    pub(super) size: String,
    pub(super) volume_type: String,
    pub(super) status: String,
    pub(super) availability_zone: String,
    pub(super) create_time: String,
    pub(super) attachment_set: Vec<Attachment>,
    pub(super) tag_set: Vec<Tag>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Attachment {
    pub(super) instance_id: String,
    pub(super) device: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Vpc {
    pub(super) vpc_id: String,
    pub(super) state: String,
    pub(super) cidr_block: String,
    pub(super) is_default: String,
    pub(super) owner_id: String,
    pub(super) tag_set: Vec<Tag>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct InstanceType {
    pub(super) instance_type: String,
    pub(super) bare_metal: String,
    pub(super) processor_info: Processor,
    pub(super) v_cpu_info: Cpus,
    pub(super) memory_info: Memory,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Processor {
    pub(super) supported_architectures: Vec<String>,
    pub(super) manufacturer: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Cpus {
    #[serde(rename = "defaultVCpus")]
    pub(super) default: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Memory {
    #[serde(rename = "sizeInMiB")]
    pub(super) size: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Zone {
    pub(super) zone_name: String,
    pub(super) zone_id: String,
    pub(super) zone_type: String,
    #[serde(alias = "state")]
    pub(super) zone_state: String,
}

/// A node group of EKS, whose service sends JSON with numbers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeGroup {
    pub(super) nodegroup_name: String,
    pub(super) nodegroup_arn: String,
    pub(super) cluster_name: String,
    pub(super) status: String,
    pub(super) created_at: Option<f64>,
    pub(super) scaling_config: Scaling,
    pub(super) instance_types: Option<Vec<String>>,
    pub(super) ami_type: Option<String>,
    pub(super) capacity_type: Option<String>,
    pub(super) version: Option<String>,
    pub(super) release_version: Option<String>,
    pub(super) subnets: Option<Vec<String>>,
    pub(super) node_role: Option<String>,
    pub(super) disk_size: Option<u32>,
    pub(super) launch_template: Option<NodeTemplate>,
    pub(super) labels: Option<BTreeMap<String, String>>,
    pub(super) taints: Option<serde_json::Value>,
    pub(super) resources: NodeResources,
    pub(super) health: NodeHealth,
    pub(super) tags: BTreeMap<String, String>,
}

impl NodeGroup {
    /// The labels that Kubernetes gives to its nodes, if there are any.
    pub(super) fn node_labels(&self) -> Option<&BTreeMap<String, String>> {
        self.labels.as_ref().filter(|labels| !labels.is_empty())
    }

    /// The names of its Auto Scaling groups.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        self.resources
            .auto_scaling_groups
            .iter()
            .map(|group| group.name.as_str())
    }
}

/// The launch template of a node group. What is not told is left out.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct NodeTemplate {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Scaling {
    pub(super) min_size: Option<u32>,
    pub(super) max_size: Option<u32>,
    pub(super) desired_size: Option<u32>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct NodeResources {
    pub(super) auto_scaling_groups: Vec<Named>,
}

/// Something of which the name is told.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NodeHealth {
    pub(super) issues: Vec<Issue>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Issue {
    pub(super) code: String,
    pub(super) message: String,
}
