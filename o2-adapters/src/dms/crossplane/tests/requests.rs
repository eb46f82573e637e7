//! What is sent to the API server.

use o2_core::{Context, ErrorKind, TenantId};
use o2_dms::{DeploymentUpdate, HealRequest, ScaleRequest, UpgradeRequest};
use o2_testkit::conformance::{DmsWorld, World};
use serde_json::{Value, json};

use super::world::{Generation, Site, map};

const BOTH: [Generation; 2] = [Generation::Claims, Generation::Composites];

/// The bodies of requests with this method about claims and composite resources, as they were asked about or not.
fn sent(site: &Site, method: &str, dry_run: bool) -> Vec<Value> {
    let requests = site.played.server.requests();
    let about = |target: &str| target.contains("/apis/platform.example.org/");
    let fits = requests.iter().filter(|request| {
        let target = request.uri.to_string();
        request.method == method && about(&target) && target.contains("dryRun") == dry_run
    });
    fits.map(|request| serde_json::from_slice(&request.body).unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn new_objects_stay_with_their_revision() {
    for generation in BOTH {
        let site = Site::new(generation).await.unwrap();
        site.played.server.clear_requests();
        let context = Context::new("test").with_tenant(TenantId::new("one"));
        let made = site.plugin.create_deployment(&context, &site.request("web")).await;
        let made = made.unwrap();
        // It was asked about before, with the same specification.
        let asked = sent(&site, "PATCH", true).remove(0);
        let object = sent(&site, "POST", false).remove(0);
        assert_eq!(asked["spec"], object["spec"]);
        let (labels, spec) = (&object["metadata"]["labels"], &object["spec"]);
        assert_eq!(labels["o2ims.oran.org/deployment-id"], json!(made.deployment_id));
        assert_eq!(labels["o2ims.oran.org/tenant"], "one");
        let own = json!({
            "compositionRef": {"name": "edgeapp"}, "compositionRevisionRef": {"name": "edgeapp-0000001"},
            "compositionUpdatePolicy": "Manual",
        });
        let mut expected = json!({"replicas": 2, "image": "app:1.0", "features": ["a", "b"], "rack": {"row": 7}});
        match generation {
            Generation::Claims => {
                expected["compositeDeletePolicy"] = json!("Foreground");
                let own = own.as_object().unwrap().clone();
                expected.as_object_mut().unwrap().extend(own);
            }
            Generation::Composites => expected["crossplane"] = own,
        }
        assert_eq!(*spec, expected);
    }
}

#[tokio::test]
async fn changes_say_what_differs_and_no_more() {
    for generation in BOTH {
        let site = Site::new(generation).await.unwrap();
        let context = Context::new("test");
        let made = site.plugin.create_deployment(&context, &site.request("web")).await;
        let id = made.unwrap().deployment_id.clone();
        site.played.settle().await;

        site.played.server.clear_requests();
        let request = ScaleRequest::new(5);
        site.plugin.scale_deployment(&context, &id, &request).await.unwrap();
        assert_eq!(sent(&site, "PATCH", true)[0]["spec"], json!({"replicas": 5}));
        let patch = sent(&site, "PATCH", false).remove(0);
        assert_eq!(patch["spec"], json!({"replicas": 5}));
        assert!(patch["metadata"]["resourceVersion"].is_string());
        site.played.settle().await;

        site.played.server.clear_requests();
        let newer = UpgradeRequest::to(site.newer_package().unwrap());
        site.plugin.upgrade_deployment(&context, &id, &newer).await.unwrap();
        let patch = sent(&site, "PATCH", false).remove(0);
        let pinned = json!({"compositionRevisionRef": {"name": "edgeapp-0000002"}});
        let expected = match generation {
            Generation::Claims => pinned,
            Generation::Composites => json!({"crossplane": pinned}),
        };
        assert_eq!(patch["spec"], expected);
        site.played.settle().await;

        site.played.server.clear_requests();
        let request = HealRequest::default();
        site.plugin.heal_deployment(&context, &id, &request).await.unwrap();
        let patch = sent(&site, "PATCH", false).remove(0);
        let annotations = &patch["metadata"]["annotations"];
        assert!(annotations["crossplane.io/reconcile-requested-at"].is_string() && patch.get("spec").is_none());
        // A description is no change of what is deployed, and nothing to ask about.
        site.played.settle().await;
        site.played.server.clear_requests();
        let mut update = DeploymentUpdate::of(&site.plugin.get_deployment(&context, &id).await.unwrap());
        update.description = "other".to_owned();
        site.plugin.update_deployment(&context, &id, &update).await.unwrap();
        assert_eq!(
            (sent(&site, "PATCH", true).len(), sent(&site, "PATCH", false).len()),
            (0, 1)
        );
    }
}

#[tokio::test]
async fn what_callers_may_not_say_is_refused() {
    let site = Site::new(Generation::Composites).await.unwrap();
    let context = Context::new("test");
    for (field, value, at) in [
        ("name", json!("A"), "name: "),
        ("name", json!("x".repeat(64)), "name: "),
        ("namespace", json!("nowhere"), "namespace: does not exist"),
        ("namespace", json!("A"), "namespace: "),
        ("labels", json!({"crossplane.io/composite": "x"}), "labels: "),
        ("packageId", json!("nothing"), "packageId: "),
        ("values", json!({"replicas": 41}), "values.replicas: "),
        ("values", json!({"replicas": "two"}), "values.replicas: "),
        ("values", json!({"image": null}), "values.image: "),
        ("values", json!({"crossplane": {}}), "values.crossplane: "),
        (
            "extensions",
            json!({"crossplane.object": "x"}),
            "extensions.crossplane.object: ",
        ),
        (
            "extensions",
            json!({"crossplane.paused": true}),
            "extensions.crossplane.paused: ",
        ),
        (
            "extensions",
            json!({"crossplane.paused": "no"}),
            "extensions.crossplane.paused: ",
        ),
        (
            "extensions",
            json!({"crossplane.replicas": 1}),
            "extensions.crossplane.replicas: ",
        ),
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

#[tokio::test]
async fn values_that_the_definition_does_not_know_are_refused_and_change_nothing() {
    for generation in BOTH {
        let site = Site::new(generation).await.unwrap();
        let context = Context::new("test");
        let mut request = site.request("web");
        request.values = map(json!({"replicas": 2, "imgae": "app:1.0"}));
        let refused = site.plugin.create_deployment(&context, &request).await.unwrap_err();
        assert!(refused.is(ErrorKind::InvalidInput), "{refused}");
        let made = site.plugin.create_deployment(&context, &site.request("web")).await;
        let id = made.unwrap().deployment_id.clone();
        site.played.settle().await;
        let before = site.plugin.get_deployment(&context, &id).await.unwrap();
        for values in [json!({"imgae": "app:1.0"}), json!({"image": 7})] {
            let mut update = DeploymentUpdate::of(&before);
            update.values = map(values);
            let refused = site.plugin.update_deployment(&context, &id, &update).await.unwrap_err();
            assert!(refused.is(ErrorKind::InvalidInput), "{refused}");
        }
        assert_eq!(site.plugin.get_deployment(&context, &id).await.unwrap(), before);
        assert_eq!(
            site.plugin
                .list_deployment_revisions(&context, &id)
                .await
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn what_is_deleted_leaves_nothing_behind() {
    for (generation, policy) in [
        (Generation::Claims, Some("Background")),
        (Generation::Claims, None),
        (Generation::Composites, None),
    ] {
        let site = Site::new(generation).await.unwrap();
        let context = Context::new("test");
        let made = site.plugin.create_deployment(&context, &site.request("web")).await;
        let id = made.unwrap().deployment_id.clone();
        site.played.settle().await;
        // It is paused, and would stay for ever; a claim would go before what it is bound to.
        site.change(site.object(&id).as_ref(), |object| {
            object["metadata"]["annotations"]["crossplane.io/paused"] = json!("true");
            if let Some(policy) = policy {
                object["spec"]["compositeDeletePolicy"] = json!(policy);
            }
        });
        let composite = site.composite(&id).unwrap()["metadata"]["name"]
            .as_str()
            .unwrap()
            .to_owned();
        site.played.server.clear_requests();
        site.plugin.delete_deployment(&context, &id).await.unwrap();
        let options = sent(&site, "DELETE", false).remove(0);
        let foreground = match generation {
            Generation::Claims => "Background",
            Generation::Composites => "Foreground",
        };
        assert_eq!(options["propagationPolicy"], foreground);
        assert!(options["preconditions"]["uid"].is_string(), "{options}");
        let ending = site.plugin.get_deployment(&context, &id).await.unwrap();
        assert!(
            ending.status_message.contains("it waits for"),
            "{}",
            ending.status_message
        );
        site.world_settled().await;
        assert!(site.object(&id).is_none());
        let kind = generation.composite();
        assert!(site.played.server.get(kind, "edge", &composite).is_none());
        assert!(site.played.server.get(kind, "", &composite).is_none());
    }
}

impl Site {
    async fn world_settled(&self) {
        World::settle(self).await;
    }
}
