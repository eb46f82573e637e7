//! Applications that others have made.

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, TenantId};
use o2_dms::{Deployment, DeploymentId, LogOptions, RollbackRequest, ScaleRequest};
use serde_json::{Value, json};

use super::controller::NAMESPACE;
use super::world::Site;

const UID: &str = "6f1c2d8e-0000-4000-8000-000000000001";

/// A site with the Application of the sample.
async fn site(change: impl FnOnce(&mut Value)) -> (Site, Context, DeploymentId) {
    let site = Site::new().await.unwrap();
    let mut object: Value = serde_saphyr::from_str(include_str!("application.yaml")).unwrap();
    change(&mut object);
    site.played.server.put(object);
    (site, Context::new("test"), DeploymentId::from(UID))
}

async fn read(site: &Site, context: &Context, id: &DeploymentId) -> Deployment {
    Deployment::clone(&*site.plugin.get_deployment(context, id).await.unwrap())
}

#[tokio::test]
async fn its_history_is_that_of_argo_cd_until_o2_changes_it() {
    let (site, context, id) = site(|_| ()).await;
    let history = async |expected: &[(u32, &str)]| {
        let revisions = site.plugin.list_deployment_revisions(&context, &id).await.unwrap();
        let found: Vec<_> = revisions
            .iter()
            .map(|r| (r.revision, r.package_version.as_str()))
            .collect();
        assert_eq!(found, expected);
    };
    history(&[(1, "0.1.0"), (2, "0.2.0"), (3, "0.2.0")]).await;
    site.plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    site.played.settle().await;
    let scaled = read(&site, &context, &id).await;
    assert_eq!((scaled.revision, scaled.replicas), (4, Some(5)));
    history(&[(1, "0.1.0"), (2, "0.2.0"), (3, "0.2.0"), (4, "0.2.0")]).await;
    // The parameter was the one that counted.
    let object = site.played.server.get("Application", NAMESPACE, "demo-1").unwrap();
    assert_eq!(object["spec"]["source"]["helm"]["parameters"][0]["value"], "5");

    site.plugin
        .rollback_deployment(&context, &id, &RollbackRequest::to(1))
        .await
        .unwrap();
    site.played.settle().await;
    let back = read(&site, &context, &id).await;
    assert_eq!(
        (back.revision, back.rolled_back_to, back.package_version.as_str()),
        (5, Some(1), "0.1.0")
    );
    let object = site.played.server.get("Application", NAMESPACE, "demo-1").unwrap();
    assert_eq!(object["spec"]["source"]["targetRevision"], "0.1.0");
}

#[tokio::test]
async fn what_others_change_is_another_revision() {
    let (site, context, id) = site(|_| ()).await;
    site.plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    site.played.settle().await;
    site.played.server.update("Application", NAMESPACE, "demo-1", |object| {
        object["spec"]["source"]["targetRevision"] = json!("0.3.0");
    });
    let changed = read(&site, &context, &id).await;
    assert_eq!((changed.revision, changed.package_version.as_str()), (5, "0.3.0"));
    let revisions = site.plugin.list_deployment_revisions(&context, &id).await.unwrap();
    assert_eq!(
        revisions.last().map(|last| last.description.as_str()),
        Some("Changed by others")
    );
    site.plugin
        .rollback_deployment(&context, &id, &RollbackRequest::default())
        .await
        .unwrap();
    site.played.settle().await;
    let back = read(&site, &context, &id).await;
    assert_eq!(
        (back.revision, back.rolled_back_to, back.package_version.as_str()),
        (6, Some(4), "0.2.0")
    );
}

#[tokio::test]
async fn what_an_application_set_makes_is_its_to_change() {
    let (site, context, id) = site(|object| {
        object["metadata"]["ownerReferences"] =
            json!([{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "name": "sites", "uid": "s-1"}]);
    })
    .await;
    let scaled = site.plugin.scale_deployment(&context, &id, &ScaleRequest::new(5)).await;
    let deleted = site.plugin.delete_deployment(&context, &id).await;
    for error in [scaled.unwrap_err(), deleted.unwrap_err()] {
        assert!(
            error.is(ErrorKind::Conflict) && error.message().contains("ApplicationSet sites"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_copy_of_an_object_is_another_deployment() {
    let (site, context, _) = site(|_| ()).await;
    let all = site
        .plugin
        .list_deployments(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    let original = all.iter().find(|deployment| deployment.name == "first-shared").unwrap();
    let mut copy = site.application(&original.deployment_id).unwrap();
    copy["metadata"]["name"] = json!("copy");
    for member in ["uid", "resourceVersion", "creationTimestamp"] {
        copy["metadata"].as_object_mut().unwrap().remove(member);
    }
    let copy = site.played.server.put(copy);
    let more = site
        .plugin
        .list_deployments(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    assert_eq!(more.len(), all.len() + 1);
    let uid = DeploymentId::from(copy["metadata"]["uid"].as_str().unwrap());
    assert_eq!(
        read(&site, &context, &uid).await.extensions["argocd.application"],
        "argocd/copy"
    );
    let first = read(&site, &context, &original.deployment_id).await;
    assert_eq!(first.extensions["argocd.application"], "argocd/edge.first-shared");
}

#[tokio::test]
async fn packages_that_nobody_has_registered_can_be_read_and_are_in_use() {
    let (site, context, id) = site(|_| ()).await;
    let package = read(&site, &context, &id).await.package_id;
    let read = site.plugin.get_deployment_package(&context, &package).await.unwrap();
    assert_eq!((read.name.as_str(), read.version.as_str()), ("o2demo", "0.2.0"));
    assert_eq!(read.package_url.as_deref(), Some("https://charts.example/stable"));
    let error = site
        .plugin
        .delete_deployment_package(&context, &package)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");
    let foreign = context.clone().with_tenant(TenantId::new("one"));
    let error = site
        .plugin
        .get_deployment_package(&foreign, &package)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn a_repository_is_deployed_by_path() {
    let (site, context, _) = site(|_| ()).await;
    let packages = site
        .plugin
        .list_deployment_packages(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    let repository = packages.iter().find(|package| package.version == "HEAD").unwrap();
    let mut request = o2_dms::DeploymentRequest::new("vdu", repository.package_id.clone());
    request
        .extensions
        .insert("argocd.path".to_owned(), json!("deploy/edge"));
    request
        .extensions
        .insert("argocd.targetRevision".to_owned(), json!("main"));
    let made = site.plugin.create_deployment(&context, &request).await.unwrap();
    assert_eq!(
        (&made.package_id, &made.extensions["argocd.path"]),
        (&repository.package_id, &json!("deploy/edge"))
    );
    let object = site.application(&made.deployment_id).unwrap();
    assert_eq!(
        object["spec"]["source"],
        json!({"repoURL": "https://git.example/nf.git", "path": "deploy/edge", "targetRevision": "main"})
    );
    let error = site
        .plugin
        .delete_deployment_package(&context, &repository.package_id)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");
}

#[tokio::test]
async fn logs_of_clusters_that_nobody_can_reach_are_refused() {
    let (site, context, id) = site(|object| {
        object["spec"]["destination"] = json!({"name": "far", "namespace": "edge"});
    })
    .await;
    let logs = site.plugin.get_deployment_logs(&context, &id, &LogOptions::new()).await;
    let error = logs.err().unwrap();
    assert!(
        error.is(ErrorKind::Config) && error.detail().unwrap_or_default().contains("far"),
        "{error}"
    );
}
