//! What is secret is on no command line and in no error: passwords of repositories, and values that are called so.

use o2_core::{Context, ErrorKind};
use o2_dms::{DMSPlugin, DeploymentUpdate};
use o2_testkit::conformance::World;
use serde_json::json;

use super::charts::failing;
use super::settings::PASSWORD;
use super::world::{Edge, map};

/// A value that a chart is given.
const VALUE: &str = "v4lue-s3cret";

#[tokio::test]
async fn the_program_is_told_secrets_by_its_input_alone() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let mut request = edge.request("demo");
    request.values.insert("adminPassword".to_owned(), json!(VALUE));
    let created = edge.plugin.create_deployment(&context, &request).await.unwrap();
    edge.settle().await;
    let mut update = DeploymentUpdate::of(
        &edge
            .plugin
            .get_deployment(&context, &created.deployment_id)
            .await
            .unwrap(),
    );
    update.values = map(json!({"adminPassword": VALUE, "replicaCount": 1}));
    edge.plugin
        .update_deployment(&context, &created.deployment_id, &update)
        .await
        .unwrap();
    edge.settle().await;
    let requests = edge.helm.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        let shown = format!("{:?} {:?}", request.arguments, request.environment);
        assert!(!shown.contains(VALUE) && !shown.contains(PASSWORD), "{shown}");
        assert!(String::from_utf8_lossy(&request.input).contains(VALUE));
        let files: String = request
            .files
            .values()
            .map(|file| String::from_utf8_lossy(file))
            .collect();
        assert!(!files.contains(PASSWORD));
    }
}

/// Templates repeat in their complaints what they were given.
#[tokio::test]
async fn complaints_do_not_repeat_values_that_are_secret() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    edge.repositories.push("edge/nested", &failing("7.0.0"));
    let package = edge.of_chart("nested").await.unwrap().remove(0);
    let mut request = edge.request("demo");
    request.package_id = package;
    request.values = map(json!({"adminPassword": VALUE}));
    let error = edge.plugin.create_deployment(&context, &request).await.unwrap_err();
    assert!(
        error.is(ErrorKind::InvalidInput) && error.message().contains("the password … is refuse"),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains(VALUE), "{error:?}");
    assert!(edge.played.server.list("Secret").is_empty(), "nothing is left behind");
}

/// Helm writes down why it has failed, and that is shown as the state of the deployment.
#[tokio::test]
async fn reasons_that_helm_has_kept_do_not_repeat_them_either() {
    let (edge, context) = (Edge::bare().await.unwrap(), Context::new("test"));
    let mut request = edge.request("demo");
    request.values = map(json!({"adminPassword": VALUE, "settings": {"log": VALUE}}));
    let created = edge.plugin.create_deployment(&context, &request).await.unwrap();
    edge.settle().await;
    let mut kept = edge.revisions("lab", "demo").pop().unwrap();
    kept.set(
        "failed",
        Some(&format!("Release \"demo\" failed: Secret is invalid: {VALUE}")),
    );
    edge.keep("lab", &kept);
    let read = edge
        .plugin
        .get_deployment(&context, &created.deployment_id)
        .await
        .unwrap();
    assert!(
        read.status_message.contains("is invalid") && !read.status_message.contains(VALUE),
        "{read:?}"
    );
    let history = edge
        .plugin
        .list_deployment_revisions(&context, &created.deployment_id)
        .await
        .unwrap();
    assert!(!format!("{history:?}").contains(VALUE), "{history:?}");
    let report = edge
        .plugin
        .get_deployment_status(&context, &created.deployment_id)
        .await
        .unwrap();
    assert!(!format!("{report:?}").contains(VALUE), "{report:?}");
    let plugin: &dyn DMSPlugin = &*edge.plugin;
    assert!(!format!("{plugin:?}").contains(PASSWORD));
}
