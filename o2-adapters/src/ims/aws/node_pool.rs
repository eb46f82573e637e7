//! A managed node group of EKS as a pool.

use o2_core::Timestamp;
use o2_core::plugin::HealthStatus;
use o2_ims::ResourcePool;
use o2_ims::model::ObjectHealth;

use super::map::{Extended, Style, mark};
use super::notes::Notes;
use super::wire::{NodeGroup, Tag};

pub(super) fn node_pool(style: Style<'_>, node: &NodeGroup) -> ResourcePool {
    let tags = node.tags.iter().map(|(key, value)| Tag {
        key: key.clone(),
        value: value.clone(),
    });
    let notes = Notes::of(&tags.collect::<Vec<_>>(), style.tenant_tag);
    let mut pool = ResourcePool::new(
        node.nodegroup_arn.as_str(),
        format!("{}/{}", node.cluster_name, node.nodegroup_name),
    );
    style.o_cloud.clone_into(&mut pool.o_cloud_id);
    pool.location = Some(style.region.to_owned());
    pool.replicas = node.scaling_config.desired_size;
    pool.health = Some(health(node));
    pool.created_at = node.created_at.and_then(time);
    notes.show_on(&mut pool);
    pool.extensions = Extended(std::mem::take(&mut pool.extensions))
        .with("region", style.region)
        .with("cluster", &node.cluster_name)
        .with("nodeGroup", &node.nodegroup_name)
        .with("state", &node.status)
        .with("minSize", node.scaling_config.min_size)
        .with("maxSize", node.scaling_config.max_size)
        .with("instanceTypes", &node.instance_types)
        .with("imageType", &node.ami_type)
        .with("capacityType", &node.capacity_type)
        .with("kubernetesVersion", &node.version)
        .with("imageVersion", &node.release_version)
        .with("launchTemplate", &node.launch_template)
        .with("nodeRole", &node.node_role)
        .with("diskSize", node.disk_size)
        .with("subnets", &node.subnets)
        .with("nodeLabels", node.node_labels())
        .with("nodeTaints", &node.taints)
        .with("autoScalingGroups", node.groups().collect::<Vec<_>>())
        .0;
    pool.version = Some(mark(&pool));
    pool
}

/// Seconds, with a part of one.
fn time(seconds: f64) -> Option<Timestamp> {
    let whole = std::time::Duration::try_from_secs_f64(seconds).ok()?;
    Some(Timestamp::from_unix_seconds(0).plus(whole))
}

/// What EKS itself says; work that goes on is no illness.
fn health(node: &NodeGroup) -> ObjectHealth {
    let status = match node.status.as_str() {
        "CREATE_FAILED" | "DELETE_FAILED" => HealthStatus::Unhealthy,
        "DEGRADED" => HealthStatus::Degraded,
        _ if !node.health.issues.is_empty() => HealthStatus::Degraded,
        _ => HealthStatus::Healthy,
    };
    let mut health = ObjectHealth::new(status);
    if status != HealthStatus::Healthy {
        let issues = node.health.issues.iter();
        let issues: Vec<_> = issues
            .map(|issue| format!("{}: {}", issue.code, issue.message))
            .collect();
        health.message = Some(if issues.is_empty() {
            format!("it is {}", node.status)
        } else {
            issues.join("; ")
        });
    }
    health
}

#[cfg(test)]
mod tests {
    use o2_core::TenantId;
    use serde_json::{Value, json};

    use super::*;

    /// As the service describes one.
    fn sample() -> Value {
        json!({
            "nodegroupName": "ng1", "clusterName": "c1", "version": "1.31", "releaseVersion": "1.31.2-20250101",
            "nodegroupArn": "arn:aws:eks:eu-west-1:123456789012:nodegroup/c1/ng1/17346ce1", "status": "ACTIVE",
            "createdAt": 1_795_163_837.736, "capacityType": "ON_DEMAND", "amiType": "AL2_x86_64",
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}, "instanceTypes": ["t3.medium"],
            "subnets": ["subnet-1"], "taints": [], "resources": {"autoScalingGroups": [{"name": "eks-1"}]},
            "health": {"issues": []}, "tags": {"o2ims:tenant": "acme", "o2ims:description": "edge", "team": "ran"},
        })
    }

    fn shown(sent: Value) -> ResourcePool {
        let style = Style {
            o_cloud: "aws",
            region: "eu-west-1",
            tenant_tag: "o2ims:tenant",
        };
        node_pool(style, &serde_json::from_value(sent).unwrap())
    }

    #[test]
    fn node_groups_become_pools() {
        let pool = shown(sample());
        assert_eq!(pool.name, "c1/ng1");
        assert_eq!((pool.replicas, pool.description.as_str()), (Some(2), "edge"));
        assert_eq!(pool.tenant_id.as_ref().map(TenantId::as_str), Some("acme"));
        assert_eq!(pool.labels.get("team").map(String::as_str), Some("ran"));
        assert_eq!(pool.created_at.map(Timestamp::unix_seconds), Some(1_795_163_837));
        assert_eq!(pool.extensions.get("aws.autoScalingGroups"), Some(&json!(["eks-1"])));
        assert_eq!(pool.health.map(|health| health.status), Some(HealthStatus::Healthy));
    }

    #[test]
    fn their_health_is_what_the_service_says() {
        for (status, issues, expected) in [
            ("CREATING", json!([]), HealthStatus::Healthy),
            ("DEGRADED", json!([]), HealthStatus::Degraded),
            ("CREATE_FAILED", json!([]), HealthStatus::Unhealthy),
            (
                "ACTIVE",
                json!([{"code": "AsgInstanceLaunchFailures", "message": "no address is left"}]),
                HealthStatus::Degraded,
            ),
            ("A_NEW_WORD", json!([]), HealthStatus::Healthy),
        ] {
            let mut sent = sample();
            sent["status"] = json!(status);
            sent["health"]["issues"] = issues;
            let health = shown(sent).health.unwrap();
            assert_eq!(health.status, expected, "{status}");
            assert_eq!(health.message.is_some(), expected != HealthStatus::Healthy, "{status}");
        }
    }
}
