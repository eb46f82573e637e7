//! Inventories and events.

use std::sync::Arc;

use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{Resource, ResourcePool};
use o2_smo::{DeploymentEvent, DeploymentInventory, InfrastructureEvent, InfrastructureInventory};

use super::*;

fn infrastructure(pools: &[(&str, &str)], resources: &[&str], partial: bool) -> InfrastructureInventory {
    let mut inventory = InfrastructureInventory::default();
    inventory.resource_pools = pools
        .iter()
        .map(|(id, name)| Arc::new(ResourcePool::new(*id, *name)))
        .collect();
    inventory.resources = resources
        .iter()
        .map(|id| Arc::new(Resource::new(*id, "t", "p")))
        .collect();
    inventory.partial = partial;
    inventory
}

#[tokio::test]
async fn syncing_counts_what_came_changed_and_went() {
    let orchestrator = Orchestrator::start();
    for (inventory, counts, known) in [
        (infrastructure(&[("a", "1"), ("b", "1")], &["r"], false), (3, 0, 0), 3),
        (infrastructure(&[("a", "1"), ("b", "1")], &["r"], false), (0, 0, 0), 3),
        (infrastructure(&[("a", "2"), ("c", "1")], &[], false), (1, 1, 2), 2),
        (infrastructure(&[("c", "2")], &["s"], true), (1, 1, 0), 3),
        (infrastructure(&[], &[], true), (0, 0, 0), 3),
        (infrastructure(&[], &[], false), (0, 0, 3), 0),
    ] {
        let report = orchestrator
            .smo
            .sync_infrastructure(&anybody(), &inventory)
            .await
            .unwrap();
        assert_eq!((report.created, report.updated, report.deleted), counts);
        assert_eq!(report.status, "synced");
        let (now, _) = orchestrator.smo.inventory(None).unwrap();
        assert_eq!(now.resource_pools.len() + now.resources.len(), known);
    }
}

#[tokio::test]
async fn deployments_are_synced_likewise() {
    let orchestrator = Orchestrator::start();
    let mut inventory = DeploymentInventory::default();
    inventory.packages = vec![Arc::new(DeploymentPackage::new("p", "vdu", "1", "helm-chart"))];
    inventory.deployments = vec![
        Arc::new(Deployment::new("d", "n", "p")),
        Arc::new(Deployment::new("e", "m", "p")),
    ];
    let sync = async |inventory: &DeploymentInventory| {
        let report = orchestrator.smo.sync_deployments(&anybody(), inventory).await.unwrap();
        (report.created, report.updated, report.deleted)
    };
    assert_eq!(sync(&inventory).await, (3, 0, 0));
    inventory.deployments.pop();
    Arc::make_mut(&mut inventory.deployments[0]).revision = 2;
    assert_eq!(sync(&inventory).await, (0, 1, 1));
    assert_eq!(
        orchestrator.smo.inventory(None).unwrap(),
        (InfrastructureInventory::default(), inventory)
    );
}

#[tokio::test]
async fn an_inventory_with_an_id_twice_changes_nothing() {
    let orchestrator = Orchestrator::start();
    orchestrator
        .smo
        .sync_infrastructure(&anybody(), &infrastructure(&[("a", "1")], &[], false))
        .await
        .unwrap();
    let before = orchestrator.smo.inventory(None).unwrap();
    let wrong = infrastructure(&[("b", "1")], &["r", "s", "r"], false);
    let error = orchestrator
        .smo
        .sync_infrastructure(&anybody(), &wrong)
        .await
        .unwrap_err();
    check_error(
        &error,
        ErrorKind::InvalidInput,
        "resources[2]: the id 'r' appears twice",
    );
    assert_eq!(orchestrator.smo.inventory(None).unwrap(), before);
}

#[tokio::test]
async fn tenants_have_inventories_of_their_own() {
    let orchestrator = Orchestrator::start();
    let sync = async |context: Context, pools: &[(&str, &str)]| {
        orchestrator
            .smo
            .sync_infrastructure(&context, &infrastructure(pools, &[], false))
            .await
            .unwrap();
    };
    sync(tenant("alpha"), &[("a", "1")]).await;
    sync(tenant("beta"), &[]).await;
    sync(anybody(), &[("b", "1"), ("c", "1")]).await;
    let pools = |tenant: Option<&str>| {
        let (infrastructure, _) = orchestrator.smo.inventory(tenant.map(Into::into).as_ref()).unwrap();
        infrastructure.resource_pools.len()
    };
    assert_eq!(
        (pools(Some("alpha")), pools(Some("beta")), pools(None), pools(Some("x"))),
        (1, 0, 2, 0)
    );
}

#[tokio::test]
async fn events_are_kept_with_id_and_time() {
    let mut config = config();
    config.events = 2;
    let orchestrator = Orchestrator::new(config);
    let infrastructure: InfrastructureEvent = serde_json::from_value(json!({
        "eventId": "e", "eventType": "ResourcePoolCreated", "resourceType": "resourcePool", "resourceId": "p",
        "timestamp": "2020-01-01T00:00:00Z"
    }))
    .unwrap();
    let deployment: DeploymentEvent =
        serde_json::from_value(json!({"eventType": "DeploymentReady", "deploymentId": "d"})).unwrap();
    orchestrator
        .smo
        .publish_infrastructure_event(&anybody(), &infrastructure)
        .await
        .unwrap();
    orchestrator
        .smo
        .publish_deployment_event(&anybody(), &deployment)
        .await
        .unwrap();
    let mut completed = deployment.clone();
    completed.event_id = Some("event-000001".into());
    completed.timestamp = Some(orchestrator.clock.now());
    let expected = [
        SmoEvent::Infrastructure(infrastructure.clone()),
        SmoEvent::Deployment(completed),
    ];
    assert_eq!(orchestrator.smo.events().unwrap(), expected);
    orchestrator
        .smo
        .publish_infrastructure_event(&anybody(), &infrastructure)
        .await
        .unwrap();
    assert_eq!(orchestrator.smo.events().unwrap()[0], expected[1]);
}
