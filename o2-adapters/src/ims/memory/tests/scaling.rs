//! Nodes that come and go over time.

use o2_core::plugin::HealthStatus;
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, PoolEvent, ResourcePoolUpdate};
use serde_json::json;

use super::*;

async fn rescale(cloud: &Cloud, id: &str, replicas: Option<u32>) -> o2_core::Result<Arc<ResourcePool>> {
    let mut update = ResourcePoolUpdate::of(&*cloud.pool(id).await);
    update.replicas = replicas;
    cloud.ims.update_resource_pool(&anybody(), &id.into(), &update).await
}

async fn events(cloud: &Cloud, pool: &str) -> Vec<Arc<PoolEvent>> {
    let page = cloud
        .ims
        .list_resource_pool_events(&anybody(), &pool.into(), &ListQuery::new())
        .await;
    page.unwrap().items
}

#[tokio::test]
async fn nodes_appear_over_time_until_the_pool_is_healthy() {
    let cloud = Cloud::empty();
    let body = json!({"resourcePoolId": "p", "name": "vDU-Pool", "location": "edge-site-1",
        "extensions": {"instanceType": "c5.metal", "replicas": 3, "cpuPinning": true}});
    cloud.create(&new_pool(body)).await;
    for (millis, nodes, status, message) in [
        (0, 0, HealthStatus::Degraded, Some("0 of 3 nodes are ready")),
        (999, 0, HealthStatus::Degraded, Some("0 of 3 nodes are ready")),
        (1, 1, HealthStatus::Degraded, Some("1 of 3 nodes are ready")),
        (1000, 2, HealthStatus::Degraded, Some("2 of 3 nodes are ready")),
        (1000, 3, HealthStatus::Healthy, None),
        (9000, 3, HealthStatus::Healthy, None),
    ] {
        cloud.advance(millis);
        let pool = cloud.pool("p").await;
        let health = pool.health.as_ref().unwrap();
        assert_eq!((health.status, health.message.as_deref()), (status, message));
        assert_eq!(pool.metrics.as_ref().unwrap().node_count, nodes);
        assert_eq!(cloud.members("p").await.len(), nodes as usize);
        assert_eq!((pool.replicas, &pool.extensions["replicas"]), (Some(3), &json!(3)));
    }
    let found = cloud.all_resources().await;
    assert!(found.iter().all(|node| node.resource_type_id.as_str() == "c5.metal"));
    assert_eq!(found[2].created_at.unwrap().to_string(), "2026-01-01T00:00:03Z");
}

#[tokio::test]
async fn looking_late_shows_what_looking_all_along_shows() {
    let (patient, curious) = (Cloud::empty(), Cloud::empty());
    for cloud in [&patient, &curious] {
        cloud.create(&scaled("p", 20)).await;
        cloud.create(&scaled("q", 5)).await;
    }
    for _ in 0..50 {
        curious.advance(500);
        curious.pool("p").await;
    }
    patient.advance(25_000);
    assert_eq!(patient.all_resources().await, curious.all_resources().await);
    for id in ["p", "q"] {
        assert_eq!(patient.pool(id).await, curious.pool(id).await);
        assert_eq!(events(&patient, id).await, events(&curious, id).await);
    }
}

#[tokio::test]
async fn without_delay_the_nodes_are_there_at_once() {
    let mut config = MemoryImsConfig::empty();
    config.provisioning = "0s".parse().unwrap();
    let cloud = Cloud::new(config);
    cloud.create(&scaled("p", 5)).await;
    assert_eq!(cloud.members("p").await.len(), 5);
}

#[tokio::test]
async fn a_pool_grows_and_shrinks() {
    let cloud = Cloud::empty();
    cloud.create(&scaled("p", 2)).await;
    cloud.advance(2000);
    let first = cloud.members("p").await;
    assert_eq!(
        rescale(&cloud, "p", Some(4))
            .await
            .unwrap()
            .health
            .as_ref()
            .unwrap()
            .status,
        HealthStatus::Degraded
    );
    cloud.advance(2000);
    assert_eq!(cloud.members("p").await.len(), 4);
    let pool = rescale(&cloud, "p", Some(2)).await.unwrap();
    assert_eq!(pool.health.as_ref().unwrap().status, HealthStatus::Healthy);
    assert_eq!(cloud.members("p").await, first, "the newest go first");
    rescale(&cloud, "p", Some(0)).await.unwrap();
    assert_eq!(cloud.members("p").await.len(), 0);
    rescale(&cloud, "p", None).await.unwrap();
    cloud.advance(9000);
    assert_eq!(
        (cloud.members("p").await.len(), cloud.pool("p").await.replicas),
        (0, None)
    );
}

#[tokio::test]
async fn shrinking_while_growing_stops_the_growth() {
    let cloud = Cloud::empty();
    cloud.create(&scaled("p", 10)).await;
    cloud.advance(3000);
    rescale(&cloud, "p", Some(2)).await.unwrap();
    cloud.advance(20_000);
    assert_eq!(cloud.members("p").await.len(), 2);
}

#[tokio::test]
async fn plans_of_before_do_not_bring_nodes_early() {
    let check = async |cloud: &Cloud| {
        for (millis, nodes) in [(500, 0), (500, 1), (500, 1), (500, 2)] {
            cloud.advance(millis);
            assert_eq!(cloud.members("p").await.len(), nodes);
        }
    };
    let rescaled = Cloud::empty();
    rescaled.create(&scaled("p", 10)).await;
    rescaled.advance(500);
    rescale(&rescaled, "p", Some(12)).await.unwrap();
    check(&rescaled).await;
    let reborn = Cloud::empty();
    reborn.create(&scaled("p", 10)).await;
    reborn.advance(500);
    reborn
        .ims
        .delete_resource_pool(&anybody(), &"p".into(), &DeleteOptions::default())
        .await
        .unwrap();
    reborn.create(&scaled("p", 10)).await;
    check(&reborn).await;
}

#[tokio::test]
async fn the_attribute_and_the_extension_say_the_same() {
    let cloud = Cloud::empty();
    cloud
        .create(&new_pool(
            json!({"resourcePoolId": "p", "name": "p", "extensions": {"replicas": 2}}),
        ))
        .await;
    for (change, expected) in [
        (json!({"replicas": 4, "extensions": {"replicas": 2}}), 4),
        (json!({"replicas": 4, "extensions": {"replicas": 5}}), 5),
        (json!({"replicas": 6, "extensions": {"replicas": 6}}), 6),
        (json!({"extensions": {"replicas": 3}}), 3),
    ] {
        let mut body = json!({"name": "p"});
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let update = serde_json::from_value(body).unwrap();
        let pool = cloud
            .ims
            .update_resource_pool(&anybody(), &"p".into(), &update)
            .await
            .unwrap();
        assert_eq!(
            (pool.replicas, &pool.extensions["replicas"]),
            (Some(expected), &json!(expected)),
            "{change}"
        );
    }
}

#[tokio::test]
async fn single_resources_count_too() {
    let cloud = Cloud::empty();
    cloud.create(&scaled("p", 3)).await;
    cloud.advance(1000);
    let added = cloud
        .ims
        .create_resource(&anybody(), &NewResource::new("c5.metal", "p"))
        .await
        .unwrap();
    assert_eq!(cloud.pool("p").await.replicas, Some(4));
    cloud
        .ims
        .delete_resource(&anybody(), &added.resource_id, &DeleteOptions::default())
        .await
        .unwrap();
    assert_eq!(cloud.pool("p").await.replicas, Some(3));
    cloud.advance(9000);
    assert_eq!(cloud.members("p").await.len(), 3);
}

#[tokio::test]
async fn nodes_that_are_in_use_or_not_the_pools_own_stay() {
    let cloud = Cloud::empty();
    cloud.create(&scaled("p", 1)).await;
    cloud.advance(1000);
    let mut busy = NewResource::new("c5.metal", "p");
    busy.extensions.insert("memory.inUse".into(), true.into());
    cloud.ims.create_resource(&anybody(), &busy).await.unwrap();
    cloud
        .ims
        .create_resource(&tenant("alpha"), &NewResource::new("c5.metal", "p"))
        .await
        .unwrap();
    let before = cloud.pool("p").await;
    check_error(
        &rescale(&cloud, "p", Some(1)).await.unwrap_err(),
        ErrorKind::Conflict,
        "2 nodes would have to go, but only 1 are free",
    );
    assert_eq!(cloud.pool("p").await, before, "a refused change changes nothing");
    rescale(&cloud, "p", Some(2)).await.unwrap();
    assert_eq!(cloud.members("p").await.len(), 2);
}

#[tokio::test]
async fn a_pool_remembers_what_happened() {
    let mut config = MemoryImsConfig::empty();
    config.pool_events = 4;
    let cloud = Cloud::new(config);
    cloud.create(&scaled("p", 2)).await;
    cloud.advance(60_000);
    let events = |query: ListQuery| {
        let cloud = &cloud;
        async move {
            let page = cloud
                .ims
                .list_resource_pool_events(&anybody(), &"p".into(), &query)
                .await
                .unwrap();
            let words: Vec<_> = page.items.iter().map(|event| event.event_type.clone()).collect();
            (words, page.next)
        }
    };
    assert_eq!(
        events(ListQuery::new()).await.0,
        ["PoolCreated", "NodeReady", "NodeReady", "PoolReady"]
    );
    let (first, next) = events(ListQuery::new().with_limit(3)).await;
    let (second, end) = events(ListQuery::new().with_limit(3).with_marker(next.unwrap())).await;
    assert_eq!(
        (first.len(), second.as_slice(), end),
        (3, ["PoolReady".to_owned()].as_slice(), None)
    );
    assert_eq!(events(filtered("(eq,eventType,NodeReady)")).await.0.len(), 2);
    rescale(&cloud, "p", Some(1)).await.unwrap();
    assert_eq!(
        events(ListQuery::new()).await.0,
        ["NodeReady", "PoolReady", "PoolScaled", "NodeRemoved"]
    );
}

#[tokio::test]
async fn metrics_are_made_up_but_always_the_same() {
    let cloud = Cloud::sample();
    cloud.advance(5000);
    let (context, id) = (anybody(), "pool-compute-1".into());
    let again = || cloud.ims.get_resource_pool_metrics(&context, &id);
    let metrics = (again().await.unwrap(), again().await.unwrap());
    assert_eq!(metrics.0, metrics.1);
    for percent in [metrics.0.cpu_usage_percent, metrics.0.memory_usage_percent] {
        assert!((10.0..90.0).contains(&percent.unwrap()));
    }
    assert_eq!((metrics.0.node_count, metrics.0.healthy_node_count), (1, 1));
    cloud.create(&scaled("p", 0)).await;
    let empty = cloud
        .ims
        .get_resource_pool_metrics(&anybody(), &"p".into())
        .await
        .unwrap();
    assert_eq!((empty.node_count, empty.cpu_usage_percent), (0, None));
}
