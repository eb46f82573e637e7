//! Deployments that Flux leaves alone.

use o2_core::{Context, ErrorKind};
use o2_dms::{Deployment, DeploymentId, DeploymentStatus, DeploymentUpdate, ScaleRequest};
use serde_json::json;

use super::world::Site;
use crate::dms::flux::objects::Engine;

async fn site(engine: Engine) -> (Site, Context, DeploymentId) {
    let site = Site::new(engine).await.unwrap();
    let context = Context::new("test");
    let made = site
        .plugin
        .create_deployment(&context, &site.request("web"))
        .await
        .unwrap();
    site.played.settle().await;
    (site, context, made.deployment_id.clone())
}

async fn switch(site: &Site, context: &Context, id: &DeploymentId, suspend: bool) -> Deployment {
    let read = site.plugin.get_deployment(context, id).await.unwrap();
    let mut update = DeploymentUpdate::of(&read);
    update.extensions.insert("flux.suspend".to_owned(), json!(suspend));
    update.expected = read.version.clone();
    Deployment::clone(&*site.plugin.update_deployment(context, id, &update).await.unwrap())
}

#[tokio::test]
async fn a_deployment_is_suspended_and_goes_on() {
    let (site, context, id) = site(Engine::Helm).await;
    let suspended = switch(&site, &context, &id, true).await;
    assert_eq!(suspended.extensions["flux.suspend"], json!(true));
    assert_eq!((suspended.status, suspended.revision), (DeploymentStatus::Deployed, 1));
    let report = site.plugin.get_deployment_status(&context, &id).await.unwrap();
    assert!(
        report
            .conditions
            .iter()
            .any(|condition| condition.kind == "Suspended" && condition.status == "True")
    );
    let scaled = site
        .plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap_err();
    assert!(
        scaled.is(ErrorKind::Conflict) && scaled.message().contains("flux.suspend"),
        "{scaled}"
    );
    // To what it is already, nothing happens.
    assert_eq!(switch(&site, &context, &id, true).await, suspended);

    let resumed = switch(&site, &context, &id, false).await;
    assert_eq!(resumed.status, DeploymentStatus::Updating);
    assert!(!resumed.extensions.contains_key("flux.suspend"));
    site.played.settle().await;
    let after = site.plugin.get_deployment(&context, &id).await.unwrap();
    assert_eq!((after.status, after.revision), (DeploymentStatus::Deployed, 1));
    site.plugin
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
}

#[tokio::test]
async fn nothing_is_left_behind() {
    for (engine, change) in [
        (Engine::Helm, json!({"suspend": true})),
        (Engine::Kustomize, json!({"suspend": true})),
        (Engine::Kustomize, json!({"prune": false})),
        (Engine::Kustomize, json!({"deletionPolicy": "Orphan"})),
    ] {
        let (site, context, id) = site(engine).await;
        site.change(&id, |object| {
            let spec = object["spec"].as_object_mut().unwrap();
            spec.extend(change.as_object().unwrap().clone());
        });
        site.played.settle().await;
        assert!(site.played.server.get("Deployment", "edge", "web").is_some());
        site.plugin.delete_deployment(&context, &id).await.unwrap();
        site.played.settle().await;
        assert!(site.object(&id).is_none());
        assert!(
            site.played.server.get("Deployment", "edge", "web").is_none(),
            "{change}"
        );
    }
}
