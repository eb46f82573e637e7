//! The sample O-Cloud.

use std::collections::BTreeMap;

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_ims::IMSPlugin;
use serde_json::json;

use super::*;

fn config(sites: u32, pools: u32, nodes: u32) -> MemoryImsConfig {
    let mut config = MemoryImsConfig::default().with_nodes(nodes);
    (config.sites, config.pools) = (sites, pools);
    config
}

#[tokio::test]
async fn the_well_known_objects_are_in_every_sample() {
    for config in [config(2, 3, 24), config(1, 1, 1), config(9, 5, 100)] {
        let cloud = Cloud::new(config.with_tenants(["alpha"]));
        for context in [anybody(), tenant("alpha"), tenant("stranger")] {
            let pool = cloud
                .ims
                .get_resource_pool(&context, &"pool-compute-1".into())
                .await
                .unwrap();
            assert_eq!(pool.name, "Mock Compute Pool 1");
            assert_eq!(pool.location.as_deref(), Some("mock-us-east-1a"));
            assert_eq!(pool.extensions["mock.type"], json!("compute"));
            assert_eq!(pool.extensions["mock.capacity"], json!(100));
            let node = cloud.ims.get_resource(&context, &"node-mock-001".into()).await.unwrap();
            assert_eq!(node.resource_type_id.as_str(), "type-compute-large");
            assert_eq!(node.extensions["mock.cpuCores"], json!(32));
            let of = cloud
                .ims
                .get_resource_type(&context, &node.resource_type_id)
                .await
                .unwrap();
            assert_eq!(of.name, "Mock Compute Large");
        }
    }
}

#[tokio::test]
async fn a_sample_has_what_was_asked_for() {
    for (sites, pools, nodes) in [(2, 3, 24), (1, 1, 1), (10, 6, 777)] {
        let cloud = Cloud::new(config(sites, pools, nodes));
        let everything = ListQuery::new();
        let found = cloud.all_resources().await;
        assert_eq!(found.len(), nodes as usize);
        let list = cloud.ims.list_resource_pools(&anybody(), &everything).await.unwrap();
        assert_eq!(list.items.len(), (sites * pools) as usize + 1);
        let managers = cloud
            .ims
            .list_deployment_managers(&anybody(), &everything)
            .await
            .unwrap();
        assert_eq!(managers.items.len(), sites as usize);
        for pool in &list.items {
            let members = cloud.members(pool.resource_pool_id.as_str()).await.len();
            assert_eq!(pool.replicas, Some(members as u32));
            assert_eq!(pool.metrics.as_ref().unwrap().node_count, members as u64);
            assert_eq!(pool.o_cloud_id, "ocloud-memory");
        }
    }
}

#[tokio::test]
async fn nodes_are_made_of_parts() {
    let cloud = Cloud::sample();
    let node = cloud
        .ims
        .get_resource(&anybody(), &"node-mock-001".into())
        .await
        .unwrap();
    let parts: Vec<_> = node
        .elements
        .iter()
        .map(|part| (part.name.as_deref().unwrap(), part.resource_type_id.as_str()))
        .collect();
    assert_eq!(
        parts,
        [
            ("cpu", "type-cpu"),
            ("memory", "type-memory"),
            ("nic0", "type-nic"),
            ("gpu0", "type-gpu"),
            ("gpu1", "type-gpu")
        ]
    );
    for part in &node.elements {
        assert_eq!(part.parent_id.as_ref(), Some(&node.resource_id));
        let found = cloud.ims.get_resource(&anybody(), &part.resource_id).await.unwrap();
        assert_eq!(*found, *part);
        assert!(
            cloud
                .ims
                .get_resource_type(&anybody(), &part.resource_type_id)
                .await
                .is_ok()
        );
    }
    for unknown in ["node-mock-001.gpu9", "node-nobody.cpu", ".cpu"] {
        let error = cloud.ims.get_resource(&anybody(), &unknown.into()).await.unwrap_err();
        check_error(&error, ErrorKind::NotFound, unknown);
    }
}

#[tokio::test]
async fn the_same_seed_makes_the_same_sample() {
    let serials = |seed| async move {
        let mut config = config(2, 3, 24);
        config.seed = seed;
        let found = Cloud::new(config).all_resources().await;
        found
            .iter()
            .map(|node| (node.resource_id.to_string(), node.global_asset_id.clone()))
            .collect::<BTreeMap<_, _>>()
    };
    assert_eq!(serials(1).await, serials(1).await);
    assert_ne!(serials(1).await, serials(2).await);
}

#[tokio::test]
async fn tenants_take_turns_with_nobody() {
    let cloud = Cloud::new(config(2, 3, 60).with_tenants(["alpha", "beta"]));
    let mut owners = BTreeMap::new();
    let list = cloud
        .ims
        .list_resource_pools(&anybody(), &ListQuery::new())
        .await
        .unwrap();
    for pool in &list.items {
        *owners
            .entry(pool.tenant_id.as_ref().map(ToString::to_string))
            .or_insert(0) += 1;
        let of_pool = filtered(&format!("(eq,resourcePoolId,{})", pool.resource_pool_id));
        let members = cloud.ims.list_resources(&anybody(), &of_pool).await.unwrap();
        assert!(members.items.iter().all(|node| node.tenant_id == pool.tenant_id));
        assert!(
            members
                .items
                .iter()
                .flat_map(|node| &node.elements)
                .all(|part| part.tenant_id == pool.tenant_id)
        );
    }
    let expected = [(None, 3), (Some("alpha".to_owned()), 2), (Some("beta".to_owned()), 2)];
    assert_eq!(owners, BTreeMap::from(expected));
}

#[tokio::test]
async fn some_nodes_are_ill_and_raise_alarms() {
    for (nodes, ill) in [(1, 0), (2, 1), (24, 1), (101, 2), (501, 10)] {
        let cloud = Cloud::new(config(2, 3, nodes));
        let found = cloud.all_resources().await;
        let is_ill = |node: &&Arc<Resource>| node.health.as_ref().unwrap().status != HealthStatus::Healthy;
        let alarms = cloud.ims.list_alarms(&anybody(), &ListQuery::new()).await.unwrap();
        assert_eq!(found.iter().filter(is_ill).count(), ill, "{nodes}");
        assert_eq!(alarms.items.len(), ill, "{nodes}");
        for node in found.iter().filter(is_ill) {
            assert!(alarms.items.iter().any(|alarm| alarm.object_id == node.resource_id));
            let pool = cloud.pool(node.resource_pool_id.as_str()).await;
            assert_ne!(pool.health.as_ref().unwrap().status, HealthStatus::Healthy);
        }
    }
}

#[tokio::test]
async fn an_empty_cloud_has_only_types() {
    let cloud = Cloud::empty();
    let everything = ListQuery::new();
    assert_eq!(cloud.all_resources().await.len(), 0);
    assert_eq!(
        cloud
            .ims
            .list_resource_pools(&anybody(), &everything)
            .await
            .unwrap()
            .total,
        Some(0)
    );
    assert_eq!(
        cloud
            .ims
            .list_deployment_managers(&anybody(), &everything)
            .await
            .unwrap()
            .total,
        Some(0)
    );
    assert!(
        cloud
            .ims
            .list_resource_types(&anybody(), &everything)
            .await
            .unwrap()
            .total
            > Some(5)
    );
}
