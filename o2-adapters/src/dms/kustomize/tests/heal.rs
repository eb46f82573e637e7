//! Repairs.

use o2_core::Context;
use o2_dms::{DeploymentStatus, HealRequest};
use o2_testkit::conformance::World;
use serde_json::json;

use super::world::Edge;
use crate::kube::RESTARTED;

#[tokio::test]
async fn what_somebody_took_away_comes_back_and_what_ran_is_restarted() {
    let context = Context::new("test");
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context, &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    let before = edge.plugin.get_deployment(&context, &id).await.unwrap();
    edge.server().remove("Service", "lab", "web-web");
    let mut request = HealRequest::default();
    request.component = Some("Deployment/web-web".to_owned());
    edge.plugin.heal_deployment(&context, &id, &request).await.unwrap();
    assert!(edge.server().get("Service", "lab", "web-web").is_some());
    let workload = edge.workload(&id).unwrap();
    assert!(workload["spec"]["template"]["metadata"]["annotations"][RESTARTED].is_string());
    edge.settle().await;
    let after = edge.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(
        (after.status, after.revision),
        (DeploymentStatus::Deployed, before.revision)
    );

    // The next revision does not know of the restart, and does not take it back.
    let mut update = o2_dms::DeploymentUpdate::default();
    update.values = super::world::map(json!({"namePrefix": "web-", "selectorLabels": {"app": "web"}, "replicas": 3}));
    edge.plugin.update_deployment(&context, &id, &update).await.unwrap();
    let workload = edge.workload(&id).unwrap();
    assert_eq!(workload["spec"]["replicas"], 3);
    assert!(workload["spec"]["template"]["metadata"]["annotations"][RESTARTED].is_string());
}
