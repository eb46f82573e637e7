//! What is refused, and that nothing has been done then.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use o2_core::{Context, Error, ErrorKind, Fault, Result, TenantId};
use o2_dms::{Deployment, DeploymentRequest, PackageUpload, ScaleRequest, UpgradeRequest};
use o2_testkit::conformance::World;
use o2_testkit::kubernetes::Status;
use serde_json::json;

use super::fixtures::{files, package};
use super::world::{Edge, map, plugin};

fn context() -> Context {
    Context::new("test")
}

/// A package with one more file.
fn with(text: &str) -> PackageUpload {
    let mut files = files("more");
    files[0].1 = files[0].1.replace("\"web.yaml\"", "\"web.yaml\",\"more.yaml\"");
    files.push(("web/more.yaml", text.to_owned()));
    package("more", "1", &files)
}

async fn create(edge: &Edge, upload: &PackageUpload) -> Result<Arc<Deployment>> {
    let package = edge.plugin.upload_deployment_package(&context(), upload).await?;
    let mut request = DeploymentRequest::new("more", package.package_id.clone());
    request.namespace = Some("lab".to_owned());
    edge.plugin.create_deployment(&context(), &request).await
}

/// Everything that is in the cluster.
fn everything(edge: &Edge) -> Vec<String> {
    let kinds = [
        "Deployment",
        "Service",
        "ConfigMap",
        "Secret",
        "Namespace",
        "ClusterRole",
    ];
    let all = kinds.iter().flat_map(|kind| edge.server().list(kind));
    all.map(|object| object.to_string()).collect()
}

#[tokio::test]
async fn packages_that_reach_too_far_are_refused_before_anything_is_made() {
    let of_cluster = r#"{"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "all"}, "rules": []}"#;
    let unknown = r#"{"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}}"#;
    for (text, says) in [
        (of_cluster, "which belongs to no namespace; that is not allowed here"),
        (unknown, "a kind that the cluster does not have in this version"),
    ] {
        let edge = Edge::full().await.unwrap();
        let before = everything(&edge);
        let error = create(&edge, &with(text)).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (ErrorKind::InvalidInput, Fault::Caller));
        let told = format!("{error} {:?}", error.violations());
        assert!(told.contains(says), "{told}");
        assert_eq!(everything(&edge), before);
    }
}

#[tokio::test]
async fn objects_of_others_are_not_taken_over() {
    let edge = Edge::full().await.unwrap();
    edge.server().put(json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web-web", "namespace": "lab"}, "spec": {"ports": [{"port": 1}]},
    }));
    let before = everything(&edge);
    let error = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("web-web"), "{error}");
    assert!(error.message().contains("does not belong to O2"), "{error}");
    assert_eq!(everything(&edge), before);
}

#[tokio::test]
async fn two_deployments_of_a_package_need_different_names_of_objects() {
    let edge = Edge::full().await.unwrap();
    let mut request = edge.request("other");
    request.values = map(json!({"namePrefix": "edge-1-"}));
    let error = edge.plugin.create_deployment(&context(), &request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(error.message().contains("namePrefix"), "{error}");
}

#[tokio::test]
async fn what_the_cluster_does_not_take_is_told_with_the_object_and_changes_nothing() {
    let invalid = |field: &str, message: &str| {
        Status::new(
            422,
            "Invalid",
            format!("Deployment.apps \"web-web\" is invalid: {field}: {message}"),
        )
        .with_details(json!({"causes": [{"reason": "FieldValueInvalid", "message": message, "field": field}]}))
    };
    for (status, kind, says) in [
        (
            invalid("spec.selector", "field is immutable"),
            ErrorKind::Conflict,
            "cannot be changed in place",
        ),
        (
            invalid("spec.replicas", "must be greater than or equal to 0"),
            ErrorKind::InvalidInput,
            "Deployment",
        ),
        (
            Status::new(403, "Forbidden", "exceeded quota: compute"),
            ErrorKind::QuotaExceeded,
            "quota",
        ),
        (
            Status::new(
                403,
                "Forbidden",
                "deployments.apps is forbidden: User \"o2\" cannot patch",
            ),
            ErrorKind::PermissionDenied,
            "",
        ),
        (Status::service_unavailable("restarting"), ErrorKind::Unavailable, ""),
    ] {
        let edge = Edge::full().await.unwrap();
        let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
        let id = made.unwrap().deployment_id.clone();
        edge.settle().await;
        edge.plugin.get_deployment(&context(), &id).await.unwrap();
        let before = everything(&edge);
        edge.server().fail_next(
            1,
            |request| request.method == "PATCH" && request.path().contains("/deployments/"),
            status.clone(),
        );
        let upgrade = UpgradeRequest::to(edge.package(1));
        let error = edge
            .plugin
            .upgrade_deployment(&context(), &id, &upgrade)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(says), "{error}");
        assert_eq!(everything(&edge), before, "{kind:?}");
    }
}

#[tokio::test]
async fn a_missing_namespace_is_the_callers_mistake_unless_it_is_made() {
    let edge = Edge::full().await.unwrap();
    let mut request = edge.request("web");
    request.namespace = Some("nowhere".to_owned());
    let error = edge.plugin.create_deployment(&context(), &request).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::InvalidInput, Fault::Caller));
    assert_eq!(error.violations()[0].at, "namespace");

    let mut config = edge.config.clone();
    config.create_namespaces = true;
    let making = plugin(&config, &edge.ports).unwrap();
    making.create_deployment(&context(), &request).await.unwrap();
    assert!(edge.server().get("Namespace", "", "nowhere").is_some());
}

#[tokio::test]
async fn namespaces_and_replicas_have_limits() {
    let edge = Edge::full().await.unwrap();
    let mut config = edge.config.clone();
    config.namespaces = vec!["edge".to_owned()];
    config.namespace = "edge".to_owned();
    let limited = plugin(&config, &edge.ports).unwrap();
    let error = limited
        .create_deployment(&context(), &edge.request("web"))
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].at, "namespace");

    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    let error = edge
        .plugin
        .scale_deployment(&context(), &id, &ScaleRequest::new(6))
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].at, "replicas");
    let mut update = o2_dms::DeploymentUpdate::default();
    update.values = map(json!({"replicas": 6}));
    let error = edge
        .plugin
        .update_deployment(&context(), &id, &update)
        .await
        .unwrap_err();
    assert_eq!(error.violations()[0].at, "values.replicas");
}

#[tokio::test]
async fn a_tenant_whose_name_is_no_label_owns_nothing() {
    let edge = Edge::full().await.unwrap();
    let context = context().with_tenant(TenantId::new("one/two"));
    let error = edge
        .plugin
        .create_deployment(&context, &edge.request("web"))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("its name is no label"), "{error}");
}

/// A host without the program.
#[derive(Debug)]
struct Missing;

impl ProcessRunner for Missing {
    fn run(&self, _: ProcessRequest) -> BoxFuture<'_, Result<ProcessOutput>> {
        ready(Err(Error::config("there is no program 'kustomize'"))).boxed()
    }
}

#[tokio::test]
async fn without_the_program_what_runs_is_still_looked_after() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    let upgraded = edge
        .plugin
        .upgrade_deployment(&context(), &id, &UpgradeRequest::to(edge.package(1)))
        .await;
    upgraded.unwrap();
    edge.settle().await;
    let ports = edge.ports.clone().with_process(Arc::new(Missing));
    let without = plugin(&edge.config, &ports).unwrap();

    let health = without.health(&context()).await;
    assert_eq!(health.status, o2_core::plugin::HealthStatus::Degraded);
    let upgrade = UpgradeRequest::to(edge.package(0));
    let error = without.upgrade_deployment(&context(), &id, &upgrade).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);

    let back = o2_dms::RollbackRequest::to(1);
    let rolled_back = without.rollback_deployment(&context(), &id, &back).await.unwrap();
    assert_eq!(rolled_back.package_id, edge.package(0));
    edge.settle().await;
    without.get_deployment(&context(), &id).await.unwrap();
    without.delete_deployment(&context(), &id).await.unwrap();
    edge.settle().await;
    assert!(edge.workload(&id).is_none());
}
