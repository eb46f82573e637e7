//! Configuration, capabilities, closing.

use o2_core::ports::Ports;
use o2_core::{Plugin, Pushdown};
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, ResourcePoolUpdate, op};
use serde_json::json;

use super::*;
use crate::ims::catalog;

fn build(config: Value) -> o2_core::Result<Arc<dyn IMSPlugin>> {
    let ports = Ports::new(ManualClock::new());
    catalog().build("memory", "edge", &config, &ports)
}

#[test]
fn the_documented_example_is_the_default() {
    let example: Value = serde_saphyr::from_str(super::super::BACKEND.example).unwrap();
    let config: MemoryImsConfig = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(config, MemoryImsConfig::default());
    assert_eq!(
        serde_json::to_value(config).unwrap(),
        example,
        "every key is documented"
    );
}

#[test]
fn it_is_built_from_the_catalog_under_each_of_its_names() {
    let ports = Ports::new(ManualClock::new());
    for kind in ["memory", "mock", "in-memory", "MOCK"] {
        let plugin = catalog().build(kind, "edge", &json!({"nodes": 3}), &ports).unwrap();
        assert_eq!((plugin.info().name.as_str(), plugin.info().kind), ("edge", "memory"));
    }
    assert!(build(Value::Null).is_ok());
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    for (config, message) in [
        (json!({"node": 3}), "unknown field `node`"),
        (json!({"nodes": "many"}), "nodes: invalid type: string"),
        (json!({"nodes": 0}), "nodes: must be 1 to 1000000, not 0"),
        (json!({"sites": 0}), "sites: must be 1 to 1000"),
        (json!({"pools": 1001}), "pools: must be 1 to 1000"),
        (json!({"maxReplicas": 0}), "maxReplicas: must be 1"),
        (json!({"watchHistory": 0}), "watchHistory: must be at least 1"),
        (json!({"poolEvents": 0}), "poolEvents: must be at least 1"),
        (json!({"provisioning": "soon"}), "provisioning: "),
        (json!({"oCloudId": ""}), "oCloudId: must not be empty"),
        (
            json!({"tenants": ["a", "a"]}),
            "tenants: 'a' is empty or appears more than once",
        ),
        (
            json!({"capabilities": ["flying"]}),
            "capabilities: unknown capability 'flying' (known: resource-pool-management",
        ),
    ] {
        let error = build(config).unwrap_err();
        check_error(&error, ErrorKind::Config, message);
    }
}

#[tokio::test]
async fn everything_can_be_done_and_filtered() {
    let cloud = Cloud::sample();
    let capabilities = cloud.ims.capabilities();
    assert!(op::ALL.iter().all(|operation| capabilities.supports(operation)));
    assert_eq!(capabilities.pushdown, Pushdown::Filter);
}

/// Calls every operation, and says which failed in this way.
async fn failing(ims: &MemoryIms, kind: ErrorKind) -> Vec<&'static str> {
    let (context, everything) = (anybody(), ListQuery::new());
    let pool = &"pool-compute-1".into();
    let update = ResourcePoolUpdate::of(&ResourcePool::new("pool-compute-1", "Mock Compute Pool 1"));
    let new = NewResource::new("c5.metal", "pool-compute-1");
    let results = [
        ims.list_deployment_managers(&context, &everything).await.err(),
        ims.get_deployment_manager(&context, &"dm-dallas".into()).await.err(),
        ims.list_resource_pools(&context, &everything).await.err(),
        ims.get_resource_pool(&context, pool).await.err(),
        ims.create_resource_pool(&context, &NewResourcePool::new("p"))
            .await
            .err(),
        ims.update_resource_pool(&context, pool, &update).await.err(),
        ims.delete_resource_pool(&context, &"pool-dallas-gpu".into(), &DeleteOptions::force())
            .await
            .err(),
        ims.get_resource_pool_metrics(&context, pool).await.err(),
        ims.list_resource_pool_events(&context, pool, &everything).await.err(),
        ims.list_resources(&context, &everything).await.err(),
        ims.get_resource(&context, &"node-mock-001".into()).await.err(),
        ims.create_resource(&context, &new).await.err(),
        ims.delete_resource(&context, &"node-mock-001".into(), &DeleteOptions::default())
            .await
            .err(),
        ims.list_resource_types(&context, &everything).await.err(),
        ims.get_resource_type(&context, &"c5.metal".into()).await.err(),
        ims.list_alarms(&context, &everything).await.err(),
        ims.watch_inventory(&context, None).await.err(),
    ];
    let failed = op::ALL.iter().zip(results).filter_map(|(operation, error)| {
        error.map(|error| {
            assert!(error.is(kind), "{operation}: {error:?}");
            operation.name
        })
    });
    failed.collect()
}

#[tokio::test]
async fn each_operation_works_and_each_can_be_switched_off() {
    assert_eq!(failing(&Cloud::sample().ims, ErrorKind::Unsupported).await, [""; 0]);
    for word in op::VOCABULARY {
        let cloud = Cloud::new(MemoryImsConfig::default().with_capabilities([word.name]));
        let failed = failing(&cloud.ims, ErrorKind::Unsupported).await;
        let off = op::ALL.iter().filter(|operation| !word.operations.contains(operation));
        assert_eq!(
            failed,
            off.map(|operation| operation.name).collect::<Vec<_>>(),
            "{}",
            word.name
        );
    }
}

#[tokio::test]
async fn it_is_healthy_until_it_is_closed() {
    let cloud = Cloud::sample();
    let health = cloud.ims.health(&anybody()).await;
    assert!(health.is_usable());
    assert_eq!(
        (
            health.details["resources"].as_str(),
            health.details["resourcePools"].as_str()
        ),
        ("24", "7")
    );
    cloud.ims.close().await.unwrap();
    cloud.ims.close().await.unwrap();
    assert!(!cloud.ims.health(&anybody()).await.is_usable());
    assert_eq!(failing(&cloud.ims, ErrorKind::Unavailable).await.len(), op::ALL.len());
}
