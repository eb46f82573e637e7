//! What can be changed, and who was faster.

use o2_core::{ErrorKind, Model, TenantId};
use o2_ims::{DeleteOptions, NewResourcePool};
use o2_testkit::kubernetes::Status;
use serde_json::json;

use super::cloud::{Cloud, NAMESPACE};
use super::machine_api::SET;
use crate::ims::openshift::Pools;

#[tokio::test]
async fn a_pool_like_another_one_has_its_machines_and_labels_of_its_own() {
    let cloud = Cloud::new();
    let tenant = TenantId::new("acme");
    let mut new = NewResourcePool::new("workers");
    new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
    (new.location, new.replicas) = (Some("eu-north-1b".to_owned()), Some(5));
    let context = cloud.context.clone().with_tenant(tenant.clone());
    let pool = cloud.plugin.create_resource_pool(&context, &new).await.unwrap();
    assert_eq!(
        (pool.replicas, pool.location.as_deref(), pool.tenant()),
        (Some(5), Some("eu-north-1b"), Some(&tenant))
    );
    let spec = cloud.stored("workers")["spec"].clone();
    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(
        (&spec["selector"]["matchLabels"][SET], &labels[SET]),
        (&json!("workers"), &json!("workers"))
    );
    assert_eq!(labels["o2ims.oran.org/tenant"], json!("acme"));
    assert_eq!(labels["machine.openshift.io/cluster-api-machine-role"], json!("worker"));
    let value = &spec["template"]["spec"]["providerSpec"]["value"];
    assert_eq!(
        (&value["instanceType"], &value["placement"]["region"]),
        (&json!("m5.xlarge"), &json!("eu-north-1"))
    );
}

#[tokio::test]
async fn a_pool_of_a_whole_specification_has_the_labels_that_machines_need() {
    let cloud = Cloud::new();
    let mut new = NewResourcePool::new("infra");
    let value =
        json!({"apiVersion": "machine.openshift.io/v1beta1", "kind": "GCPMachineProviderSpec", "machineType": "n2"});
    new.extensions
        .insert("openshift.providerSpec".to_owned(), value.clone());
    new.extensions
        .insert("openshift.machineRole".to_owned(), json!("infra"));
    let unnamed = cloud.create(&new).await.unwrap_err();
    assert!(
        unnamed.is(ErrorKind::InvalidInput),
        "nobody says what machines are called: {unnamed}"
    );
    cloud.server.put(json!({
        "apiVersion": "config.openshift.io/v1", "kind": "Infrastructure", "metadata": {"name": "cluster"},
        "status": {"infrastructureName": "edge-x1"},
    }));
    cloud.create(&new).await.unwrap();
    let spec = cloud.stored("infra")["spec"].clone();
    assert_eq!(spec["template"]["spec"]["providerSpec"]["value"], value);
    let labels = &spec["template"]["metadata"]["labels"];
    assert_eq!(labels["machine.openshift.io/cluster-api-machine-role"], json!("infra"));
    assert_eq!(labels["machine.openshift.io/cluster-api-cluster"], json!("edge-x1"));
}

#[tokio::test]
async fn what_admission_refuses_is_tried_without_effect_first() {
    let cloud = Cloud::new();
    let forbidden = Status::new(403, "Forbidden", "admission webhook denied the request");
    cloud.server.fail_next(
        1,
        |request| request.method == "POST" && format!("{request:?}").contains("dryRun"),
        forbidden,
    );
    let mut new = NewResourcePool::new("workers");
    new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
    cloud.create(&new).await.unwrap_err();
    assert_eq!(cloud.server.list("MachineSet").len(), 1);
}

#[tokio::test]
async fn who_was_slower_reads_anew_unless_he_insists() {
    for (rivals, insists, expected) in [
        (1, false, Ok(7)),
        (4, false, Ok(7)),
        (5, false, Err(ErrorKind::Conflict)),
        (1, true, Err(ErrorKind::PreconditionFailed)),
    ] {
        let cloud = Cloud::new();
        let pool = cloud.pool("donor").await;
        let conflict = Status::new(409, "Conflict", "the object has been modified");
        cloud
            .server
            .fail_next(rivals, |request| request.method == "PATCH", conflict);
        let updated = cloud.update(&pool, |update| {
            update.replicas = Some(7);
            update.expected = pool.version.clone().filter(|_| insists);
        });
        let replicas = updated
            .await
            .map(|pool| pool.replicas.unwrap_or_default())
            .map_err(|error| error.kind());
        assert_eq!(replicas, expected, "{rivals} rivals, insists: {insists}");
    }
}

#[tokio::test]
async fn a_pool_is_deleted_when_it_is_empty_or_by_force() {
    for (replicas, options, gone) in [
        (2, DeleteOptions::default(), false),
        (0, DeleteOptions::default(), true),
        (2, DeleteOptions::force(), true),
    ] {
        let cloud = Cloud::new();
        cloud.server.update("MachineSet", NAMESPACE, "donor", |set| {
            set["spec"]["replicas"] = json!(replicas);
        });
        let pool = cloud.pool("donor").await;
        let deleted = cloud
            .plugin
            .delete_resource_pool(&cloud.context, &pool.resource_pool_id, &options)
            .await;
        assert_eq!(deleted.is_ok(), gone, "{replicas}: {deleted:?}");
        assert_eq!(cloud.server.get("MachineSet", NAMESPACE, "donor").is_none(), gone);
    }
}

#[tokio::test]
async fn a_machine_is_taken_out_of_its_pool() {
    let cloud = Cloud::new();
    cloud.put_machine("donor-1", "donor");
    let machine = cloud.resources().await[0].resource_id.clone();
    let gently = cloud
        .plugin
        .delete_resource(&cloud.context, &machine, &DeleteOptions::default())
        .await;
    assert!(gently.unwrap_err().is(ErrorKind::Conflict));
    assert_eq!(cloud.stored("donor")["spec"]["replicas"], json!(2));
    let conflict = Status::new(409, "Conflict", "the object has been modified");
    cloud.server.fail_next(
        2,
        |request| request.method == "PATCH" && format!("{request:?}").contains("machinesets"),
        conflict,
    );
    let forced = DeleteOptions::force();
    cloud
        .plugin
        .delete_resource(&cloud.context, &machine, &forced)
        .await
        .unwrap();
    assert_eq!(cloud.stored("donor")["spec"]["replicas"], json!(1));
    let marked = cloud.server.get("Machine", NAMESPACE, "donor-1").unwrap();
    assert_eq!(
        marked["metadata"]["annotations"]["machine.openshift.io/delete-machine"],
        json!("true")
    );
}

#[tokio::test]
async fn the_rollout_of_a_configuration_can_be_changed_and_nothing_else_of_it() {
    let forced = DeleteOptions::force();
    let cloud = Cloud::with_pools(Pools::MachineConfigPools);
    cloud.put_config_pool("worker");
    let pool = cloud.pool("worker").await;
    let changed = cloud.update(&pool, |update| {
        update.extensions.insert("openshift.paused".to_owned(), json!(true));
        update
            .extensions
            .insert("openshift.maxUnavailable".to_owned(), json!("25%"));
        update.labels.insert("purpose".to_owned(), "ran".to_owned());
    });
    let changed = changed.await.unwrap();
    assert_eq!(changed.extensions["openshift.paused"], json!(true));
    assert_eq!(changed.extensions["openshift.maxUnavailable"], json!("25%"));
    assert_eq!(changed.labels["purpose"], "ran");
    for (name, value) in [("paused", json!("yes")), ("maxUnavailable", json!("many"))] {
        let refused = cloud.update(&changed, |update| {
            update.extensions.insert(format!("openshift.{name}"), value.clone());
        });
        assert!(refused.await.unwrap_err().is(ErrorKind::InvalidInput), "{name}");
    }
    let scaled = cloud.update(&changed, |update| update.replicas = Some(3)).await;
    assert_eq!(scaled.unwrap_err().violations()[0].at, "body.replicas");
    let deleted = cloud
        .plugin
        .delete_resource_pool(&cloud.context, &pool.resource_pool_id, &forced);
    assert!(deleted.await.unwrap_err().is(ErrorKind::InvalidInput));
    assert!(cloud.server.get("MachineConfigPool", "", "worker").is_some());
    let mut new = NewResourcePool::new("other");
    new.extensions.insert("openshift.cloneFrom".to_owned(), json!("donor"));
    assert!(cloud.create(&new).await.unwrap_err().is(ErrorKind::InvalidInput));
}
