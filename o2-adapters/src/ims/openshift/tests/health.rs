//! What may not be seen, and what a cluster does not have, is left out.

use o2_core::plugin::HealthStatus;
use serde_json::json;

use super::cloud::Cloud;

#[tokio::test]
async fn a_kind_that_may_not_be_listed_is_left_out_and_named() {
    let cloud = Cloud::new();
    cloud.put_config_pool("worker");
    cloud.server.put(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/worker": ""}},
    }));
    assert_eq!(cloud.plugin.health(&cloud.context).await.status, HealthStatus::Healthy);
    for (plural, resource) in [
        ("machinesets", "machinesets.machine.openshift.io"),
        ("baremetalhosts", "baremetalhosts.metal3.io"),
        ("clusterversions", "clusterversions.config.openshift.io"),
    ] {
        cloud.server.deny(plural, &["list", "get"]);
        assert_eq!(cloud.resources().await.len(), 1, "{plural}");
        let health = cloud.plugin.health(&cloud.context).await;
        assert_eq!(health.status, HealthStatus::Degraded, "{plural}");
        assert!(format!("{health:?}").contains(resource), "{health:?}");
        cloud.server.permit_all();
        cloud.resources().await;
    }
    cloud.server.deny("nodes", &["list"]);
    let listed = cloud.plugin.list_resources(&cloud.context, &Default::default()).await;
    listed.unwrap_err();
}

#[tokio::test]
async fn without_the_machine_api_nodes_are_in_the_pools_of_their_configuration() {
    let cloud = Cloud::new();
    for kind in [
        "MachineSet",
        "Machine",
        "ControlPlaneMachineSet",
        "BareMetalHost",
        "MachineAutoscaler",
    ] {
        cloud.server.stop_serving(kind);
    }
    for role in ["master", "worker"] {
        cloud.put_config_pool(role);
        cloud.server.put(json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": role, "labels": {format!("node-role.kubernetes.io/{role}"): ""}},
        }));
    }
    let pools = cloud.pools().await;
    let resources = cloud.resources().await;
    assert_eq!((pools.len(), resources.len()), (2, 2));
    for resource in resources {
        let pool = pools
            .iter()
            .find(|pool| pool.resource_pool_id == resource.resource_pool_id);
        assert_eq!(pool.map(|pool| pool.name.as_str()), resource.name.as_deref());
    }
    for kind in [
        "MachineConfigPool",
        "ClusterVersion",
        "Infrastructure",
        "ClusterOperator",
    ] {
        cloud.server.stop_serving(kind);
    }
    let mut pools: Vec<_> = cloud.pools().await.into_iter().map(|pool| pool.name.clone()).collect();
    pools.sort();
    assert_eq!(pools, ["control-plane", "worker"]);
    assert_eq!(cloud.plugin.health(&cloud.context).await.status, HealthStatus::Healthy);
}
