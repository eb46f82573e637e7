//! What is sent to the API server.

use o2_core::{Context, ErrorKind, TenantId};
use o2_dms::{HealRequest, PackageUpload, ScaleRequest, UpgradeRequest};
use o2_testkit::conformance::DmsWorld;
use serde_json::{Value, json};

use super::world::Site;
use crate::dms::flux::objects::Engine;

/// The bodies of requests with this method about deployments.
fn sent(site: &Site, method: &str) -> Vec<Value> {
    let requests = site.played.server.requests();
    let about = |path: &str| path.contains("/helmreleases") || path.contains("/kustomizations");
    let fits = requests
        .iter()
        .filter(|request| request.method == method && about(request.path()));
    fits.map(|request| serde_json::from_slice(&request.body).unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn new_objects_are_complete_at_once() {
    for (engine, expected) in [
        (
            Engine::Helm,
            json!({
                "interval": "600s", "timeout": "300s", "releaseName": "web",
                "install": {"remediation": {"retries": 2}}, "upgrade": {"remediation": {"retries": 2}},
            }),
        ),
        (
            Engine::Kustomize,
            json!({
                "interval": "600s", "timeout": "300s", "retryInterval": "300s", "prune": true, "wait": true,
                "targetNamespace": "edge", "deletionPolicy": "MirrorPrune", "path": "./",
            }),
        ),
    ] {
        let site = Site::new(engine).await.unwrap();
        site.played.server.clear_requests();
        let context = Context::new("test").with_tenant(TenantId::new("one"));
        let deployment = site
            .plugin
            .create_deployment(&context, &site.request("web"))
            .await
            .unwrap();
        let object = sent(&site, "POST").remove(0);
        let metadata = &object["metadata"];
        assert_eq!(
            metadata["labels"]["o2ims.oran.org/deployment-id"],
            json!(deployment.deployment_id)
        );
        assert_eq!(metadata["labels"]["o2ims.oran.org/tenant"], "one");
        assert!(metadata["annotations"]["reconcile.fluxcd.io/requestedAt"].is_string());
        let mut spec = object["spec"].clone();
        let content = ["chartRef", "values", "sourceRef", "postBuild", "images"];
        spec.as_object_mut()
            .unwrap()
            .retain(|member, _| !content.contains(&member.as_str()));
        assert_eq!(spec, expected);
    }
}

#[tokio::test]
async fn changes_say_what_differs_and_no_more() {
    let site = Site::new(Engine::Helm).await.unwrap();
    let context = Context::new("test");
    let id = site
        .plugin
        .create_deployment(&context, &site.request("web"))
        .await
        .unwrap()
        .deployment_id
        .clone();
    site.played.settle().await;

    site.played.server.clear_requests();
    site.plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    assert_eq!(patch["spec"], json!({"values": {"replicaCount": 5}}));
    assert!(patch["metadata"]["resourceVersion"].is_string());
    site.played.settle().await;

    site.played.server.clear_requests();
    let newer = UpgradeRequest::to(site.newer_package().unwrap());
    site.plugin.upgrade_deployment(&context, &id, &newer).await.unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    let members: Vec<_> = patch["spec"]["chartRef"].as_object().unwrap().keys().collect();
    assert_eq!(members, ["name"], "{patch}");
    site.played.settle().await;

    // A release is upgraded to what it is, and its failures are forgotten, all by one token.
    site.played.server.clear_requests();
    site.plugin
        .heal_deployment(&context, &id, &HealRequest::default())
        .await
        .unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    let annotations = &patch["metadata"]["annotations"];
    let token = |name: &str| annotations[format!("reconcile.fluxcd.io/{name}")].clone();
    assert!(token("requestedAt").is_string() && patch.get("spec").is_none());
    assert_eq!(
        (token("forceAt"), token("resetAt")),
        (token("requestedAt"), token("requestedAt"))
    );
}

#[tokio::test]
async fn packages_of_one_kind_deploy_as_one_kind() {
    let site = Site::new(Engine::Helm).await.unwrap();
    let context = Context::new("test");
    let made = site
        .plugin
        .create_deployment(&context, &site.request("web"))
        .await
        .unwrap();
    site.played.settle().await;
    let mut upload = PackageUpload::at("git", "https://git.example/a.git");
    upload.version = Some("main".to_owned());
    let package = site.plugin.upload_deployment_package(&context, &upload).await.unwrap();
    let request = UpgradeRequest::to(package.package_id.clone());
    let error = site
        .plugin
        .upgrade_deployment(&context, &made.deployment_id, &request)
        .await
        .unwrap_err();
    assert!(
        error.is(ErrorKind::InvalidInput) && error.message().starts_with("packageId: "),
        "{error}"
    );
    // The name is taken, though by an object of the other kind.
    let mut namesake = site.request("web");
    namesake.package_id = package.package_id.clone();
    namesake.values.clear();
    let error = site.plugin.create_deployment(&context, &namesake).await.unwrap_err();
    assert!(error.is(ErrorKind::AlreadyExists), "{error}");
}

#[tokio::test]
async fn charts_share_their_repository_until_the_last_one_is_gone() {
    let site = Site::empty(Engine::Helm).unwrap();
    let context = Context::new("test");
    let repositories = || site.played.server.list("HelmRepository").len();
    let mut packages = Vec::new();
    for name in ["a", "b"] {
        let upload = PackageUpload::at("helm", format!("https://charts.example/{name}-1.0.0.tgz"));
        packages.push(site.plugin.upload_deployment_package(&context, &upload).await.unwrap());
        assert_eq!(repositories(), 1);
    }
    for (package, left) in packages.iter().zip([1, 0]) {
        site.plugin
            .delete_deployment_package(&context, &package.package_id)
            .await
            .unwrap();
        assert_eq!(repositories(), left);
    }
}

#[tokio::test]
async fn what_callers_may_not_say_is_refused() {
    let site = Site::new(Engine::Helm).await.unwrap();
    let context = Context::new("test");
    for (field, value, at) in [
        ("name", json!("A"), "name: "),
        ("namespace", json!("nowhere"), "namespace: does not exist"),
        ("labels", json!({"helm.toolkit.fluxcd.io/name": "x"}), "labels: "),
        ("values", json!({"replicaCount": 41}), "values.replicaCount: "),
        ("values", json!({"a": null}), "values.a: "),
        (
            "extensions",
            json!({"flux.object": "other"}),
            "extensions.flux.object: ",
        ),
        ("extensions", json!({"flux.suspend": true}), "extensions.flux.suspend: "),
        ("extensions", json!({"flux.suspend": "no"}), "extensions.flux.suspend: "),
        ("extensions", json!({"flux.replicas": 1}), "extensions.flux.replicas: "),
    ] {
        let mut body = json!(site.request("web"));
        body[field] = value;
        let request = serde_json::from_value(body).unwrap();
        let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
        assert!(
            error.is(ErrorKind::InvalidInput) && error.message().starts_with(at),
            "{field}: {error}"
        );
    }
}
