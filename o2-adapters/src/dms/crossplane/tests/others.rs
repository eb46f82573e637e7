//! Objects that others have made, of the other shapes too, and controllers that do not answer.

use std::time::Duration;

use futures::TryStreamExt;
use o2_core::{Context, ErrorKind};
use o2_dms::{
    DMSPlugin, DeploymentId, DeploymentObject, DeploymentRequest, DeploymentStatus, DeploymentUpdate, HealRequest,
    RollbackRequest, ScaleRequest,
};
use serde_json::{Value, json};

use super::definition::{GROUP, definition};
use super::packages::revision;
use super::world::{Generation, Site, defined, map};
use crate::dms::crossplane::DefinitionConfig;

/// An object of the sample that somebody has made by hand.
fn put(site: &Site, name: &str, change: impl FnOnce(&mut Value)) -> DeploymentId {
    let mut object = json!({
        "apiVersion": format!("{GROUP}/v1alpha1"), "kind": site.generation.kind(),
        "metadata": {"name": name, "namespace": "edge"},
        "spec": {"replicas": 1, "image": "app:0.9"},
    });
    change(&mut object);
    let made = site.played.server.put(object);
    DeploymentId::from(made["metadata"]["uid"].as_str().unwrap())
}

#[tokio::test]
async fn what_others_have_made_is_shown_and_can_be_changed() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let context = Context::new("test");
    let id = put(&site, "byhand", |object| {
        object["spec"]["crossplane"] = json!({
            "compositionRef": {"name": "edgeapp"}, "compositionRevisionRef": {"name": "edgeapp-0000002"},
            "compositionUpdatePolicy": "Automatic",
        });
    });
    site.played.settle().await;
    let shown = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!((shown.status, shown.revision), (DeploymentStatus::Deployed, 1));
    assert_eq!(
        (&shown.package_id, shown.package_version.as_str()),
        (&site.packages[1], "2")
    );
    assert_eq!(json!(shown.values), json!({"replicas": 1, "image": "app:0.9"}));
    assert_eq!(shown.extensions["crossplane.object"], "EdgeApp/edge/byhand");

    let request = ScaleRequest::new(3);
    site.plugin.scale_deployment(&context, &id, &request).await.unwrap();
    site.played.settle().await;
    let back = RollbackRequest::default();
    site.plugin.rollback_deployment(&context, &id, &back).await.unwrap();
    site.played.settle().await;
    let after = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(
        (after.replicas, after.revision, after.rolled_back_to),
        (Some(1), 3, Some(1))
    );
    // What was brought back stays, also when there is a newer revision.
    assert_eq!(
        site.object(&id).unwrap()["spec"]["crossplane"]["compositionUpdatePolicy"],
        "Manual"
    );
}

#[tokio::test]
async fn what_another_object_makes_is_its_to_change() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let context = Context::new("test");
    let owner = site.played.server.get("EdgeApp", "edge", "first-shared").unwrap();
    let id = put(&site, "part", |object| {
        object["metadata"]["ownerReferences"] = json!([{
            "apiVersion": format!("{GROUP}/v1alpha1"), "kind": "EdgeApp", "name": "first-shared", "controller": true,
            "uid": owner["metadata"]["uid"],
        }]);
    });
    site.played.settle().await;
    let scaled = site.plugin.scale_deployment(&context, &id, &ScaleRequest::new(5)).await;
    let deleted = site.plugin.delete_deployment(&context, &id).await;
    for error in [scaled.unwrap_err(), deleted.unwrap_err()] {
        let said = error.message().contains("EdgeApp first-shared");
        assert!(said && error.is(ErrorKind::Conflict), "{error}");
    }
}

#[tokio::test]
async fn a_deployment_is_paused_and_goes_on() {
    let site = Site::new(Generation::Claims).await.unwrap();
    let context = Context::new("test");
    let made = site.plugin.create_deployment(&context, &site.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    site.played.settle().await;
    let switch = async |paused: bool| {
        let read = site.plugin.get_deployment(&context, &id).await.unwrap();
        let mut update = DeploymentUpdate::of(&read);
        update.extensions.insert("crossplane.paused".to_owned(), json!(paused));
        update.expected.clone_from(&read.version);
        site.plugin.update_deployment(&context, &id, &update).await.unwrap()
    };
    let paused = switch(true).await;
    assert_eq!(paused.extensions["crossplane.paused"], json!(true));
    assert_eq!((paused.status, paused.revision), (DeploymentStatus::Deployed, 1));
    let report = site.plugin.get_deployment_status(&context, &id).await.unwrap();
    let mut conditions = report.conditions.iter();
    assert!(conditions.any(|condition| condition.kind == "Suspended" && condition.status == "True"));
    let refused = site.plugin.scale_deployment(&context, &id, &ScaleRequest::new(5)).await;
    let refused = refused.unwrap_err();
    let said = refused.message().contains("crossplane.paused");
    assert!(said && refused.is(ErrorKind::Conflict), "{refused}");
    // To what it is already, nothing happens.
    assert_eq!(switch(true).await, paused);

    let resumed = switch(false).await;
    assert_eq!(resumed.status, DeploymentStatus::Updating);
    assert!(!resumed.extensions.contains_key("crossplane.paused"));
    site.played.settle().await;
    let after = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!((after.status, after.revision), (DeploymentStatus::Deployed, 1));
}

/// Composite resources of the cluster, in both generations.
#[tokio::test]
async fn objects_of_the_cluster_are_deployments_too() {
    for (plural, kind, scope) in [("xplains", "XPlain", None), ("edgesites", "EdgeSite", Some("Cluster"))] {
        let site = Site::empty(Generation::Claims).unwrap();
        let (context, server) = (Context::new("test"), &site.played.server);
        server.put(definition(plural, kind, scope, None));
        let package = revision(server, kind, "plain", 1, None)["metadata"]["uid"].clone();
        let plugin = site.configured(|config| {
            config.definitions = vec![DefinitionConfig::new(defined(plural)).with_replicas_path("replicas")];
        });
        let mut request = DeploymentRequest::new("web", package.as_str().unwrap());
        request.values = map(json!({"replicas": 2}));
        request.namespace = Some("edge".to_owned());
        let refused = plugin.create_deployment(&context, &request).await.unwrap_err();
        assert!(refused.message().starts_with("namespace: "), "{refused}");
        request.namespace = None;
        let made = plugin.create_deployment(&context, &request).await.unwrap();
        let id = made.deployment_id.clone();
        site.played.settle().await;
        plugin
            .scale_deployment(&context, &id, &ScaleRequest::new(3))
            .await
            .unwrap();
        site.played.settle().await;
        let shown = plugin.get_deployment(&context, &id).await.unwrap();
        assert_eq!(
            (shown.status, shown.namespace.as_str()),
            (DeploymentStatus::Deployed, "")
        );
        assert_eq!((shown.replicas, shown.revision), (Some(3), 2));
        // What it was is kept where the configuration says.
        let kept = server.list("Secret");
        assert_eq!(kept.len(), 1, "{kept:?}");
        assert_eq!(kept[0]["metadata"]["namespace"], "default");
        let revisions = plugin.list_deployment_revisions(&context, &id).await.unwrap();
        assert_eq!(revisions.len(), 2);
        plugin
            .rollback_deployment(&context, &id, &RollbackRequest::default())
            .await
            .unwrap();
        site.played.settle().await;
        plugin.delete_deployment(&context, &id).await.unwrap();
        site.played.settle().await;
        let gone = plugin.get_deployment(&context, &id).await.unwrap_err();
        assert!(gone.is(ErrorKind::NotFound), "{gone}");
    }
}

#[tokio::test]
async fn time_alone_makes_a_failure_and_that_is_told() {
    let site = Site::empty(Generation::Composites).unwrap();
    let context = Context::new("test");
    // The played controllers leave this one alone.
    let id = put(&site, "idle", |object| {
        let at = "2020-01-01T00:00:00Z";
        object["status"]["conditions"] = json!([
            {"type": "Ready", "status": "True", "reason": "Available", "observedGeneration": 1, "lastTransitionTime": at},
        ]);
    });
    let plugin: &dyn DMSPlugin = &*site.plugin;
    let before = plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!(before.status, DeploymentStatus::Deployed, "{}", before.status_message);
    assert_eq!(before.package_id.as_str(), "Composition/");
    let mut watch = plugin.watch_deployments(&context, None).await.unwrap();
    let mut update = DeploymentUpdate::of(&before);
    update.values = map(json!({"replicas": 2}));
    plugin.update_deployment(&context, &id, &update).await.unwrap();
    let busy = plugin.heal_deployment(&context, &id, &HealRequest::default()).await;
    assert!(busy.unwrap_err().is(ErrorKind::Conflict));
    for expected in [DeploymentStatus::Updating, DeploymentStatus::Failed] {
        let hour = Duration::from_secs(3_600);
        let told = site.played.clock.within(hour, watch.try_next()).await;
        let change = told.unwrap().unwrap().unwrap();
        let Some(DeploymentObject::Deployment(after)) = change.after else {
            panic!("{change:?}");
        };
        assert_eq!(after.status, expected, "{}", after.status_message);
    }
    // New work may begin.
    let healed = plugin.heal_deployment(&context, &id, &HealRequest::default()).await;
    assert_eq!(healed.unwrap().status, DeploymentStatus::Updating);
}

#[tokio::test]
async fn what_crossplane_writes_is_no_change_by_others() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let context = Context::new("test");
    let made = site.plugin.create_deployment(&context, &site.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    site.played.settle().await;
    // What Crossplane writes into the specification is none of the deployment.
    let shown = site.plugin.get_deployment(&context, &id).await.unwrap();
    let object = site.object(&id).unwrap();
    assert!(object["spec"]["crossplane"]["resourceRefs"].is_array());
    assert_eq!(shown.revision, 1);
    let history = site.plugin.list_deployment_revisions(&context, &id).await.unwrap();
    assert_eq!(history[0].description, "Install edgeapp 1");
    // What others write is one.
    site.change(Some(&object), |object| object["spec"]["replicas"] = json!(9));
    site.played.settle().await;
    let changed = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!((changed.revision, changed.replicas), (2, Some(9)));
}
