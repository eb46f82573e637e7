//! What is sent to the API server, and what its refusals become.

use o2_core::{Context, ErrorKind, Fault};
use o2_dms::{DeploymentUpdate, HealRequest, ScaleRequest, UpgradeRequest};
use o2_testkit::conformance::{DmsWorld, World};
use o2_testkit::kubernetes::Status;
use serde_json::{Value, json};

use super::controller::NAMESPACE;
use super::world::Site;

/// The bodies of requests with this method about Applications.
fn sent(site: &Site, method: &str) -> Vec<Value> {
    let requests = site.played.server.requests();
    let fits = requests
        .iter()
        .filter(|request| request.method == method && request.path().contains("/applications"));
    fits.map(|request| serde_json::from_slice(&request.body).unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn a_new_application_is_complete_at_once() {
    let site = Site::new().await.unwrap();
    site.played.server.clear_requests();
    let request = site.new_deployment("web").unwrap();
    let context = Context::new("test");
    let deployment = site.plugin.create_deployment(&context, &request).await.unwrap();
    let sent = sent(&site, "POST");
    let [object] = &sent[..] else {
        panic!("{sent:?}");
    };
    assert_eq!(object["metadata"]["name"], "edge.web");
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(["resources-finalizer.argocd.argoproj.io"])
    );
    assert_eq!(
        object["metadata"]["labels"]["o2ims.oran.org/deployment-id"],
        json!(deployment.deployment_id)
    );
    assert_eq!(
        object["spec"],
        json!({
            "project": "default",
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "edge"},
            "source": {
                "repoURL": "https://charts.example/stable", "chart": "o2demo", "targetRevision": "1.0.0",
                "helm": {"releaseName": "web", "valuesObject": request.values},
            },
            "syncPolicy": {"syncOptions": ["CreateNamespace=true", "ServerSideApply=true"], "retry": {"limit": 2}},
        })
    );
    let operation = &object["operation"];
    assert_eq!(operation["initiatedBy"], json!({"username": "o2"}));
    assert_eq!(operation["sync"]["prune"], true);
}

#[tokio::test]
async fn changes_say_what_differs_and_no_more() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test");
    let request = site.new_deployment("web").unwrap();
    let deployment = site.plugin.create_deployment(&context, &request).await.unwrap();
    let id = &deployment.deployment_id;
    site.played.settle().await;

    site.played.server.clear_requests();
    site.plugin
        .scale_deployment(&context, id, &ScaleRequest::new(5))
        .await
        .unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    assert_eq!(
        patch["spec"],
        json!({"source": {"helm": {"valuesObject": {"replicaCount": 5}}}})
    );
    assert!(patch["metadata"]["resourceVersion"].is_string() && patch["operation"]["sync"].is_object());
    site.played.settle().await;

    site.played.server.clear_requests();
    let newer = UpgradeRequest::to(site.newer_package().unwrap());
    site.plugin.upgrade_deployment(&context, id, &newer).await.unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    assert_eq!(patch["spec"], json!({"source": {"targetRevision": "2.0.0"}}));
    site.played.settle().await;

    site.played.server.clear_requests();
    let mut heal = HealRequest::default();
    heal.component = Some("Deployment/web".to_owned());
    site.plugin.heal_deployment(&context, id, &heal).await.unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    assert!(patch.get("spec").is_none());
    assert_eq!(
        patch["operation"]["sync"]["resources"],
        json!([{"group": "apps", "kind": "Deployment", "name": "web", "namespace": "edge"}])
    );
    site.played.settle().await;

    // Description and labels are nothing that has to be synchronised.
    site.played.server.clear_requests();
    let read = site.plugin.get_deployment(&context, id).await.unwrap();
    let mut update = DeploymentUpdate::of(&read);
    update.description = "other".to_owned();
    site.plugin.update_deployment(&context, id, &update).await.unwrap();
    let patch = sent(&site, "PATCH").remove(0);
    let version = patch["metadata"]["resourceVersion"].clone();
    assert_eq!(
        patch,
        json!({"metadata": {"resourceVersion": version, "annotations": {"o2ims.oran.org/description": "other"}}})
    );
}

#[tokio::test]
async fn nothing_is_left_behind_where_the_finalizer_is_missing() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test");
    let request = site.new_deployment("web").unwrap();
    let deployment = site.plugin.create_deployment(&context, &request).await.unwrap();
    site.played.settle().await;
    let server = &site.played.server;
    server.update("Application", NAMESPACE, "edge.web", |object| {
        object["metadata"]["finalizers"] = json!(["other.example/finalizer"]);
    });
    assert!(server.get("Deployment", "edge", "web").is_some());
    site.plugin
        .delete_deployment(&context, &deployment.deployment_id)
        .await
        .unwrap();
    let kept = server.get("Application", NAMESPACE, "edge.web").unwrap();
    assert_eq!(
        kept["metadata"]["finalizers"],
        json!(["other.example/finalizer", "resources-finalizer.argocd.argoproj.io"])
    );
    site.played.settle().await;
    assert!(server.get("Deployment", "edge", "web").is_none());
}

#[tokio::test]
async fn what_callers_may_not_say_is_refused() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test").with_tenant(o2_core::TenantId::new("one"));
    let before = site.played.server.list("Application").len();
    for (field, value, at) in [
        ("name", json!("A"), "name: "),
        ("namespace", json!("a.b"), "namespace: "),
        ("name", json!("x".repeat(60)), "name: must have at most 53"),
        ("labels", json!({"argocd.argoproj.io/instance": "x"}), "labels: "),
        ("labels", json!({"o2ims.oran.org/tenant": "two"}), "labels: "),
        ("values", json!({"replicaCount": 41}), "values.replicaCount: "),
        ("values", json!({"a": null}), "values.a: "),
        (
            "extensions",
            json!({"argocd.project": "other"}),
            "extensions.argocd.project: ",
        ),
        (
            "extensions",
            json!({"argocd.destination": "other"}),
            "extensions.argocd.destination: ",
        ),
        (
            "extensions",
            json!({"argocd.replicas": ""}),
            "extensions.argocd.replicas: ",
        ),
    ] {
        let mut body = json!(site.new_deployment("web").unwrap());
        body[field] = value;
        let request = serde_json::from_value(body).unwrap();
        let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
        assert!(
            error.is(ErrorKind::InvalidInput) && error.message().starts_with(at),
            "{field}: {error}"
        );
    }
    assert_eq!(site.played.server.list("Application").len(), before);
}

#[tokio::test]
async fn refusals_of_the_server_are_told() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test");
    for (code, reason, message, kind, fault) in [
        (
            403,
            "Forbidden",
            "exceeded quota: apps",
            ErrorKind::QuotaExceeded,
            Fault::Backend,
        ),
        (403, "Forbidden", "may not", ErrorKind::PermissionDenied, Fault::Backend),
        (422, "Invalid", "spec is wrong", ErrorKind::InvalidInput, Fault::Caller),
        (
            429,
            "TooManyRequests",
            "slow down",
            ErrorKind::RateLimited,
            Fault::Backend,
        ),
        (
            503,
            "ServiceUnavailable",
            "not now",
            ErrorKind::Unavailable,
            Fault::Backend,
        ),
        (504, "Timeout", "late", ErrorKind::Timeout, Fault::Backend),
    ] {
        let status = Status::new(code, reason, message);
        site.played
            .server
            .fail_next(1, |request| request.method == "POST", status);
        let request = site.new_deployment("web").unwrap();
        let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (kind, fault), "{code} {reason}: {error}");
    }
    let other = Context::new("test").with_tenant(o2_core::TenantId::new("one"));
    let owned = site
        .plugin
        .create_deployment(&other, &site.new_deployment("web").unwrap())
        .await;
    assert!(owned.is_ok(), "{owned:?}");
    assert!(site.tenants().is_some());
}

#[tokio::test]
async fn a_missing_namespace_of_argo_cd_is_nobodys_mistake_who_asks() {
    let site = Site::new().await.unwrap();
    let context = Context::new("test");
    let request = site.new_deployment("web").unwrap();
    let gone = || Status::new(404, "NotFound", r#"namespaces "argocd" not found"#);
    site.played
        .server
        .fail_next(1, |request| request.method == "POST", gone());
    let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Backend),
        "{error}"
    );
    site.played
        .server
        .fail_next(1, |request| request.method == "POST", gone());
    let upload = site.new_package("other").unwrap();
    let error = site
        .plugin
        .upload_deployment_package(&context, &upload)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Backend),
        "{error}"
    );
}
