//! Work that does not come to an end.

use std::time::Duration;

use futures::StreamExt;
use o2_core::Context;
use o2_dms::{DeploymentObject, DeploymentStatus, ScaleRequest};
use o2_testkit::conformance::DmsWorld;
use serde_json::json;

use super::controller::NAMESPACE;
use super::world::Site;

const LONG: Duration = Duration::from_secs(15 * 60);

#[tokio::test]
async fn an_operation_that_takes_too_long_is_stopped_by_the_next_request() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test");
    let request = site.new_deployment("web").unwrap();
    let id = site
        .plugin
        .create_deployment(&context, &request)
        .await
        .unwrap()
        .deployment_id
        .clone();
    site.played.settle().await;
    // A hook that never ends.
    let server = &site.played.server;
    let now = json!(site.played.clock.now());
    server.update("Application", NAMESPACE, "edge.web", |object| {
        object["status"]["operationState"] = json!({"phase": "Running", "startedAt": now, "operation": {}});
    });
    let busy = site.plugin.scale_deployment(&context, &id, &ScaleRequest::new(5)).await;
    assert!(busy.is_err());

    let mut watch = site.plugin.watch_deployments(&context, None).await.unwrap();
    let told = site.played.clock.within(LONG * 2, watch.next()).await;
    let Ok(Some(Ok(change))) = told else {
        panic!("{told:?}");
    };
    let Some(DeploymentObject::Deployment(after)) = change.after else {
        panic!("{change:?}");
    };
    assert_eq!(
        after.status,
        DeploymentStatus::Failed,
        "told, although nothing but time has passed"
    );
    assert_eq!(site.plugin.get_deployment(&context, &id).await.unwrap(), after);

    let played = site.played.clone();
    played.server.on_change(|server, change| {
        let state = &change.object["status"]["operationState"];
        if change.kind == "Application" && state["phase"] == "Terminating" {
            server.update("Application", NAMESPACE, &change.name, |object| {
                let state = &mut object["status"]["operationState"];
                state["phase"] = json!("Failed");
                state["finishedAt"] = state["startedAt"].clone();
            });
        }
    });
    let scaled = site
        .plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    assert_eq!((scaled.replicas, scaled.status), (Some(5), DeploymentStatus::Scaling));
}

#[tokio::test]
async fn an_operation_that_nobody_takes_up_is_withdrawn() {
    let site = Site::empty().unwrap();
    let context = Context::new("test");
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "idle", "namespace": NAMESPACE},
        "spec": {
            "project": "default", "destination": {"name": "in-cluster", "namespace": "edge"},
            "source": {"repoURL": "https://charts.example", "chart": "web", "helm": {"valuesObject": {"replicaCount": 1}}},
        },
        "operation": {"sync": {}},
    });
    let object = site.played.server.put(object);
    let id = object["metadata"]["uid"].as_str().unwrap().into();
    let busy = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(busy.status, DeploymentStatus::Pending);
    site.played.clock.sleep(LONG).await;
    let late = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(late.status, DeploymentStatus::Failed, "{}", late.status_message);
    let scaled = site
        .plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(2))
        .await
        .unwrap();
    assert_eq!(scaled.replicas, Some(2));
}
