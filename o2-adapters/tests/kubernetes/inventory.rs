//! What is there is shown, and what changes is told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use o2_core::Model;
use o2_core::model::ChangeKind;
use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_ims::{InventoryObject, Resource};
use serde_json::{Value, json};

use crate::peer::{Changes, Nodes, config, context, next, plugin, ports, resources, server};

const SOON: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_cluster_is_shown() {
    let Some(_server) = server("inventory").await else {
        return;
    };
    let plugin = plugin(config("admin", ""), &ports());
    let managers = plugin
        .list_deployment_managers(&context(), &ListQuery::new())
        .await
        .unwrap();
    let manager = &managers.items[0];
    assert!(
        manager.extensions["kubernetes.kubernetesVersion"]
            .as_str()
            .unwrap()
            .starts_with('v')
    );
    assert!(manager.capacity["cpuMillicores"].as_i64().unwrap() > 0, "{manager:?}");
    let resources = resources(&*plugin).await.unwrap();
    assert!(resources.len() >= 3, "{resources:#?}");
    for resource in &resources {
        let read = plugin.get_resource(&context(), &resource.resource_id).await.unwrap();
        assert_eq!(read.id(), resource.id());
        plugin
            .get_resource_pool(&context(), &resource.resource_pool_id)
            .await
            .unwrap();
        plugin
            .get_resource_type(&context(), &resource.resource_type_id)
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_node_is_told_of_within_a_second() {
    let Some(_server) = server("changes of nodes").await else {
        return;
    };
    let nodes = Nodes::new().await;
    let plugin = plugin(config("admin", &nodes.selector()), &ports());
    let mut changes = plugin.watch_inventory(&context(), None).await.unwrap();

    let began = Instant::now();
    let name = nodes.add(&json!({"agentpool": "gold"})).await;
    let created = next(&mut changes, "resource", SOON).await;
    println!("added: told after {:?}", began.elapsed());
    assert_eq!(created.kind, ChangeKind::Created);
    let Some(InventoryObject::Resource(resource)) = &created.after else {
        panic!("{created:?}");
    };
    assert_eq!(
        (resource.name.as_deref(), resource.resource_pool_id.as_str()),
        (Some(name.as_str()), "agentpool.gold")
    );

    nodes.report(&name, true).await;
    until(&mut changes, is_well).await;

    let began = Instant::now();
    nodes.merge(&name, json!({"spec": {"unschedulable": true}})).await;
    let (cordoned, _) = until(&mut changes, is_cordoned).await;
    println!("cordoned: told after {:?}", began.elapsed());
    assert!(is_well(&cordoned), "{cordoned:?}");

    let began = Instant::now();
    nodes.remove(&name).await;
    loop {
        // The scheduler's taint of a cordoned node may come in between.
        let change = next(&mut changes, "resource", SOON).await;
        if change.kind == ChangeKind::Deleted {
            break;
        }
    }
    println!("removed: told after {:?}", began.elapsed());
}

#[tokio::test]
async fn heartbeats_are_no_changes() {
    let Some(_server) = server("heartbeats").await else {
        return;
    };
    let nodes = Nodes::new().await;
    let name = nodes.add(&json!({})).await;
    nodes.report(&name, true).await;
    let plugin = plugin(config("admin", &nodes.selector()), &ports());
    let mut changes = plugin.watch_inventory(&context(), None).await.unwrap();
    for beat in 1..=3 {
        let time = format!("2026-01-01T00:00:0{beat}Z");
        let status =
            json!({"status": {"conditions": [{"type": "Ready", "status": "True", "lastHeartbeatTime": time}]}});
        let patch = kube::api::Patch::Strategic(status);
        nodes
            .api()
            .patch_status(&name, &Default::default(), &patch)
            .await
            .unwrap();
    }
    nodes.merge(&name, json!({"spec": {"unschedulable": true}})).await;
    let (_, between) = until(&mut changes, is_cordoned).await;
    assert!(between.iter().all(|[before, after]| before != after), "{between:?}");
    nodes.clear().await;
}

/// The resource once it is so, which is told within a second, and what of its taints came before: controllers taint nodes too.
async fn until(changes: &mut Changes, is_so: impl Fn(&Resource) -> bool) -> (Arc<Resource>, Vec<[Option<Value>; 2]>) {
    let (began, mut between) = (Instant::now(), Vec::new());
    loop {
        let change = next(changes, "resource", SOON.saturating_sub(began.elapsed())).await;
        let Some(InventoryObject::Resource(after)) = change.after else {
            panic!("{change:?}");
        };
        if is_so(&after) {
            return (after, between);
        }
        let taints = |resource: &Resource| resource.extensions.get("kubernetes.taints").cloned();
        if let Some(InventoryObject::Resource(before)) = &change.before {
            between.push([taints(before), taints(&after)]);
        }
    }
}

fn is_cordoned(resource: &Resource) -> bool {
    resource.extensions["kubernetes.unschedulable"] == json!(true)
}

fn is_well(resource: &Resource) -> bool {
    resource
        .health
        .as_ref()
        .is_some_and(|health| health.status == HealthStatus::Healthy)
}
