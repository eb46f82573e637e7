//! What is refused, and the reason.

use o2_core::ErrorKind;
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePoolUpdate};
use serde_json::{Value, json};

use super::cloud::{Cloud, NAMESPACE};

#[tokio::test]
async fn what_cannot_be_a_pool_is_refused_and_leaves_nothing_behind() {
    let cloud = Cloud::new();
    let with = |key: &str, value: Value| {
        let mut new = NewResourcePool::new("workers");
        new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
        new.extensions.insert(key.to_owned(), value);
        new
    };
    let plain = || with("acme.rack", json!(7));
    let mut named = plain();
    named.name = "Not A Name".to_owned();
    let mut with_id = plain();
    with_id.resource_pool_id = Some("mine".into());
    let mut labelled = plain();
    labelled.labels.insert(
        "machine.openshift.io/cluster-api-cluster".to_owned(),
        "other".to_owned(),
    );
    let mut of_master = with("openshift.machineRole", json!("master"));
    of_master.extensions.remove("openshift.cloneFrom");
    of_master.extensions.insert(
        "openshift.providerSpec".to_owned(),
        json!({"kind": "X", "apiVersion": "v1"}),
    );
    cloud.server.put(json!({
        "apiVersion": "config.openshift.io/v1", "kind": "Infrastructure", "metadata": {"name": "cluster"},
        "status": {"infrastructureName": "edge-x1"},
    }));
    for (new, at) in [
        (named, "body.name"),
        (with_id, "body.resourcePoolId"),
        (labelled, "body.labels"),
        (of_master, "body.extensions.openshift.machineRole"),
        (NewResourcePool::new("workers"), "body.extensions.openshift.cloneFrom"),
        (
            with("openshift.cloneFrom", json!("nobody")),
            "body.extensions.openshift.cloneFrom",
        ),
        (
            with("openshift.cloneFrom", json!(7)),
            "body.extensions.openshift.cloneFrom",
        ),
    ] {
        let error = cloud.create(&new).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.violations()[0].at.as_str()),
            (ErrorKind::InvalidInput, at),
            "{error}"
        );
    }
    let mut taken = plain();
    taken.name = "donor".to_owned();
    assert!(cloud.create(&taken).await.unwrap_err().is(ErrorKind::AlreadyExists));
    assert_eq!(cloud.server.list("MachineSet").len(), 1);
}

#[tokio::test]
async fn a_platform_without_zones_has_no_location_to_choose() {
    let cloud = Cloud::new();
    cloud.server.update("MachineSet", NAMESPACE, "donor", |set| {
        set["spec"]["template"]["spec"]["providerSpec"]["value"] = json!({"kind": "VSphereMachineProviderSpec"});
    });
    let mut new = NewResourcePool::new("workers");
    new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
    new.location = Some("rack-7".to_owned());
    let error = cloud.create(&new).await.unwrap_err();
    assert_eq!(error.violations()[0].at, "body.location");
}

#[tokio::test]
async fn replicas_that_an_autoscaler_decides_are_refused_and_the_rest_may_be_changed() {
    for by_annotation in [true, false] {
        let cloud = Cloud::new();
        if by_annotation {
            cloud.server.update("MachineSet", NAMESPACE, "donor", |set| {
                set["metadata"]["annotations"] =
                    json!({"machine.openshift.io/cluster-api-autoscaler-node-group-max-size": "9"});
            });
        } else {
            cloud.server.put(json!({
                "apiVersion": "autoscaling.openshift.io/v1beta1", "kind": "MachineAutoscaler",
                "metadata": {"name": "of-donor", "namespace": NAMESPACE},
                "spec": {"minReplicas": 1, "maxReplicas": 9, "scaleTargetRef": {
                    "apiVersion": "machine.openshift.io/v1beta1", "kind": "MachineSet", "name": "donor",
                }},
            }));
        }
        cloud.put_machine("donor-1", "donor");
        let pool = cloud.pool("donor").await;
        let error = cloud
            .update(&pool, |update| update.replicas = Some(7))
            .await
            .unwrap_err();
        assert!(
            error.is(ErrorKind::Conflict) && error.message().to_lowercase().contains("autoscaler"),
            "{error}"
        );
        let machine = cloud.resources().await[0].resource_id.clone();
        let forced = DeleteOptions::force();
        let taken = cloud.plugin.delete_resource(&cloud.context, &machine, &forced).await;
        assert!(taken.unwrap_err().is(ErrorKind::Conflict));
        assert_eq!(cloud.stored("donor")["spec"]["replicas"], json!(2));
        let described = cloud
            .update(&pool, |update| update.description = "other".to_owned())
            .await;
        assert_eq!(described.unwrap().description, "other");
    }
}

#[tokio::test]
async fn a_set_that_another_api_decides_about_is_left_alone() {
    for (authority, reason) in [("ClusterAPI", "cluster.x-k8s.io"), ("Migrating", "migrated")] {
        let cloud = Cloud::new();
        cloud.put_machine("donor-1", "donor");
        cloud.server.update("MachineSet", NAMESPACE, "donor", |set| {
            set["status"]["authoritativeAPI"] = json!(authority);
        });
        let before = cloud.stored("donor");
        let pool = cloud.pool("donor").await;
        assert_eq!(pool.extensions["openshift.authoritativeApi"], json!(authority));
        let forced = DeleteOptions::force();
        let (plugin, context) = (&cloud.plugin, &cloud.context);
        let machine = cloud.resources().await[0].resource_id.clone();
        let mut new = NewResourcePool::new("workers");
        new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
        let changed = |update: &mut ResourcePoolUpdate| update.description = "other".to_owned();
        for error in [
            cloud.update(&pool, changed).await.map(drop),
            cloud.update(&pool, |update| update.replicas = Some(7)).await.map(drop),
            plugin
                .delete_resource_pool(context, &pool.resource_pool_id, &forced)
                .await,
            plugin.delete_resource(context, &machine, &forced).await,
            cloud.create(&new).await.map(drop),
        ] {
            let error = error.unwrap_err();
            assert!(
                error.is(ErrorKind::Conflict) && error.message().contains(reason),
                "{authority}: {error}"
            );
        }
        assert_eq!(cloud.stored("donor"), before);
    }
}

#[tokio::test]
async fn another_template_is_refused() {
    let cloud = Cloud::new();
    let pool = cloud.pool("donor").await;
    type Change = fn(&mut ResourcePoolUpdate);
    let changes: [(Change, &str); 4] = [
        (|update| update.name = "other".to_owned(), "body.name"),
        (|update| update.location = Some("rack-9".to_owned()), "body.location"),
        (
            |update| {
                let instance_type = ("openshift.instanceType".to_owned(), json!("m7.large"));
                update.extensions.extend([instance_type]);
            },
            "body.extensions.openshift.instanceType",
        ),
        (
            |update| {
                let label = ("machine.openshift.io/x".to_owned(), "y".to_owned());
                update.labels.extend([label]);
            },
            "body.labels",
        ),
    ];
    for (change, at) in changes {
        let error = cloud.update(&pool, change).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.violations()[0].at.as_str()),
            (ErrorKind::InvalidInput, at),
            "{error}"
        );
    }
}

#[tokio::test]
async fn the_control_plane_nodes_and_pools_by_role_cannot_be_changed() {
    let cloud = Cloud::new();
    cloud.server.put(json!({
        "apiVersion": "machine.openshift.io/v1", "kind": "ControlPlaneMachineSet",
        "metadata": {"name": "cluster", "namespace": NAMESPACE}, "spec": {"replicas": 3, "state": "Active"},
    }));
    cloud.server.put(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/infra": ""}},
    }));
    let forced = DeleteOptions::force();
    for name in ["cluster", "infra"] {
        let pool = cloud.pool(name).await;
        let changed = cloud
            .update(&pool, |update| update.description = "other".to_owned())
            .await;
        assert!(changed.unwrap_err().is(ErrorKind::InvalidInput), "{name}");
        let deleted = cloud
            .plugin
            .delete_resource_pool(&cloud.context, &pool.resource_pool_id, &forced);
        assert!(deleted.await.unwrap_err().is(ErrorKind::InvalidInput), "{name}");
    }
    let node = cloud.resources().await[0].resource_id.clone();
    let deleted = cloud.plugin.delete_resource(&cloud.context, &node, &forced).await;
    assert!(
        deleted.unwrap_err().is(ErrorKind::InvalidInput),
        "a node is never deleted"
    );
    assert!(cloud.server.get("Node", "", "n").is_some());
}
