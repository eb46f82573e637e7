//! Configurations as packages.

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, TenantId};
use o2_dms::{DeploymentRequest, PackageUpload, UpgradeRequest};
use serde_json::json;

use super::packages::revision;
use super::world::{Generation, Site, map};
use crate::dms::crossplane::packages::{Upload, split};

#[test]
fn references_have_parts() {
    let digest = format!("sha256:{}", "0".repeat(64));
    for (package, expected) in [
        ("r.example/a/b:v1", ("r.example/a/b", Some("v1"), None)),
        ("r.example:5000/a/b", ("r.example:5000/a/b", None, None)),
        ("r.example:5000/a:v1", ("r.example:5000/a", Some("v1"), None)),
    ] {
        assert_eq!(split(package), expected);
        let with_digest = format!("{package}@{digest}");
        let (repository, tag, found) = split(&with_digest);
        assert_eq!(
            (repository, tag, found),
            (expected.0, expected.1, Some(digest.as_str()))
        );
    }
}

#[test]
fn uploads_are_checked_completely() {
    let kind = "crossplane-configuration";
    let digest = format!("sha256:{}", "a".repeat(64));
    for (url, version, checksum, package, shown) in [
        ("oci://r.example/a/edge:v1", None, None, "r.example/a/edge:v1", "v1"),
        ("r.example/a/edge", Some("v1"), None, "r.example/a/edge:v1", "v1"),
        (
            "r.example/a/edge:v1",
            None,
            Some(&digest),
            &format!("r.example/a/edge@{digest}"),
            "v1",
        ),
        (
            &format!("r.example/a/edge@{digest}"),
            Some("1.0"),
            None,
            &format!("r.example/a/edge@{digest}"),
            "1.0",
        ),
    ] {
        let mut upload = PackageUpload::at(kind, url);
        upload.version = version.map(str::to_owned);
        upload.checksum = checksum.cloned();
        let read = Upload::check(&upload).unwrap();
        assert_eq!(
            (read.name.as_str(), read.repository.as_str()),
            ("edge", "r.example/a/edge")
        );
        assert_eq!((read.package.as_str(), read.notes.version.as_str()), (package, shown));
    }
    for (change, at) in [
        (json!({"packageType": "helm-chart"}), "packageType: "),
        (json!({"packageUrl": "edge:v1"}), "packageUrl: "),
        (json!({"packageUrl": "upbound/edge:v1"}), "packageUrl: "),
        (json!({"packageUrl": "https://r.example/edge:v1"}), "packageUrl: "),
        (
            json!({"packageUrl": "oci://bot:secret@r.example/edge:v1"}),
            "packageUrl: ",
        ),
        (json!({"packageUrl": "oci://r.example/a b"}), "packageUrl: "),
        (json!({"packageUrl": "oci://r.example/edge"}), "version: "),
        (json!({"version": "v2"}), "version: "),
        (
            json!({"packageUrl": "oci://r.example/edge", "version": "a b"}),
            "version: ",
        ),
        (json!({"name": "Edge"}), "name: "),
        (json!({"checksum": "sha256:0"}), "checksum: "),
        (
            json!({"checksum": digest, "packageUrl": format!("oci://r.example/edge@sha256:{}", "b".repeat(64))}),
            "checksum: ",
        ),
        (json!({"content": "AAAA"}), "content: "),
    ] {
        let mut body = json!({"packageType": kind, "packageUrl": "oci://r.example/a/edge:v1"});
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let upload: PackageUpload = serde_json::from_value(body).unwrap();
        let error = Upload::check(&upload).unwrap_err();
        let said = error.message().starts_with(at) && !error.message().contains("secret");
        assert!(said && error.is(ErrorKind::InvalidInput), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_configuration_goes_to_another_version_and_deployments_when_they_are_told_to() {
    for generation in [Generation::Claims, Generation::Composites] {
        let site = Site::new(generation).await.unwrap();
        let context = Context::new("test");
        let upload = async |version: &str| {
            let upload = site.upload("edge", version);
            site.plugin.upload_deployment_package(&context, &upload).await
        };
        let first = upload("v1.0.0").await.unwrap();
        let mut request = site.request("web");
        request.package_id = first.package_id.clone();
        let made = site.plugin.create_deployment(&context, &request).await.unwrap();
        let id = made.deployment_id.clone();
        site.played.settle().await;

        let second = upload("v2.0.0").await.unwrap();
        assert_eq!(
            (&second.package_id, second.version.as_str()),
            (&first.package_id, "v2.0.0")
        );
        site.played.settle().await;
        let pinned = |expected: &str| {
            let object = site.object(&id).unwrap();
            let own = match generation {
                Generation::Claims => object["spec"].clone(),
                Generation::Composites => object["spec"]["crossplane"].clone(),
            };
            assert_eq!(own["compositionRevisionRef"]["name"], expected);
        };
        pinned("edge-0000001");
        let before = site.plugin.get_deployment(&context, &id).await.unwrap();
        assert_eq!(before.package_version, "v1.0.0");
        let request = UpgradeRequest::to(second.package_id.clone());
        site.plugin.upgrade_deployment(&context, &id, &request).await.unwrap();
        site.played.settle().await;
        pinned("edge-0000002");
        let after = site.plugin.get_deployment(&context, &id).await.unwrap();
        assert_eq!((after.package_version.as_str(), after.revision), ("v2.0.0", 2));
        // What it has brought is no package by itself.
        let packages = site.plugin.list_deployment_packages(&context, &ListQuery::new()).await;
        let names: Vec<_> = packages
            .unwrap()
            .items
            .iter()
            .map(|package| package.name.clone())
            .collect();
        assert_eq!(names.iter().filter(|name| *name == "edge").count(), 1, "{names:?}");
    }
}

#[tokio::test]
async fn which_composition_is_meant_must_be_said_where_there_are_several() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let (context, server) = (Context::new("test"), &site.played.server);
    let upload = site.upload("edge", "v1.0.0");
    let package = site.plugin.upload_deployment_package(&context, &upload).await.unwrap();
    site.played.settle().await;
    let configuration = server.get("Configuration", "", "edge").unwrap();
    revision(server, "EdgeApp", "edge-large", 1, Some(&configuration));
    let mut request = DeploymentRequest::new("web", package.package_id.clone());
    request.namespace = Some("edge".to_owned());
    request.values = map(json!({"replicas": 1}));
    for said in [None, Some("edge-small")] {
        if let Some(said) = said {
            request
                .extensions
                .insert("crossplane.composition".to_owned(), json!(said));
        }
        let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
        let named = error.message().starts_with("extensions.crossplane.composition: ");
        assert!(named && error.message().contains("edge, edge-large"), "{error}");
    }
    request
        .extensions
        .insert("crossplane.composition".to_owned(), json!("edge-large"));
    let made = site.plugin.create_deployment(&context, &request).await.unwrap();
    let object = site.object(&made.deployment_id).unwrap();
    assert_eq!(object["spec"]["crossplane"]["compositionRef"]["name"], "edge-large");
    assert_eq!(made.extensions["crossplane.composition"], "edge-large");
}

#[tokio::test]
async fn what_is_in_the_way_of_a_package_is_said() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let (context, server) = (Context::new("test"), &site.played.server);
    // Of another tenant, and by hand: names are those of the cluster.
    let two = context.clone().with_tenant(TenantId::new("two"));
    let taken = site
        .plugin
        .upload_deployment_package(&two, &site.upload("of-one", "v1.0.0"))
        .await;
    assert!(taken.unwrap_err().is(ErrorKind::AlreadyExists));
    server.put(json!({
        "apiVersion": "pkg.crossplane.io/v1", "kind": "Configuration", "metadata": {"name": "byhand"},
        "spec": {"package": "registry.example/composites/byhand:v1.0.0"},
    }));
    let taken = site
        .plugin
        .upload_deployment_package(&context, &site.upload("byhand", "v2.0.0"))
        .await;
    assert!(taken.unwrap_err().is(ErrorKind::AlreadyExists));
    site.played.settle().await;
    let packages = site.plugin.list_deployment_packages(&context, &ListQuery::new()).await;
    let packages = packages.unwrap().items;
    let by_hand = packages.iter().find(|package| package.name == "byhand").unwrap();
    assert_eq!(
        (by_hand.version.as_str(), by_hand.package_type.as_str()),
        ("v1.0.0", "crossplane-configuration")
    );
    for id in [&by_hand.package_id, &site.packages[0]] {
        let kept = site.plugin.delete_deployment_package(&context, id).await.unwrap_err();
        assert!(kept.is(ErrorKind::Conflict), "{kept}");
    }
    // One that is not installed cannot be deployed, and says why.
    server.update("Configuration", "", "byhand", |configuration| {
        configuration["status"]["conditions"] = json!([
            {"type": "Installed", "status": "False", "reason": "UnpackingPackage", "message": "cannot fetch image"},
        ]);
    });
    server.remove("Composition", "", "byhand");
    let read = site
        .plugin
        .get_deployment_package(&context, &by_hand.package_id)
        .await
        .unwrap();
    assert_eq!(
        read.extensions["crossplane.problem"],
        "Installed: UnpackingPackage: cannot fetch image"
    );
    let request = DeploymentRequest::new("web", by_hand.package_id.clone());
    let error = site.plugin.create_deployment(&context, &request).await.unwrap_err();
    assert!(
        error.is(ErrorKind::Conflict) && error.message().contains("cannot fetch image"),
        "{error}"
    );
}

#[tokio::test]
async fn a_definition_with_objects_keeps_its_package() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let (context, server) = (Context::new("test"), &site.played.server);
    let upload = site.upload("edge", "v1.0.0");
    let package = site.plugin.upload_deployment_package(&context, &upload).await.unwrap();
    site.played.settle().await;
    let uid = server.get("Configuration", "", "edge").unwrap()["metadata"]["uid"].clone();
    server.update(
        "CompositeResourceDefinition",
        "",
        "edgeapps.platform.example.org",
        |definition| {
            definition["metadata"]["ownerReferences"] = json!([
                {"apiVersion": "pkg.crossplane.io/v1", "kind": "Configuration", "name": "edge", "uid": uid},
            ]);
        },
    );
    let kept = site
        .plugin
        .delete_deployment_package(&context, &package.package_id)
        .await
        .unwrap_err();
    let said = kept.message().contains("edgeapps.platform.example.org");
    assert!(said && kept.is(ErrorKind::Conflict), "{kept}");
}
