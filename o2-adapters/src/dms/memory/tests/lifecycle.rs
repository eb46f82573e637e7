//! The states deployments walk through.

use DeploymentStatus::{Deployed, Failed, Instantiating, Pending, Scaling, Terminating, Updating};
use o2_dms::{DeploymentUpdate, HealRequest, ScaleRequest, UpgradeRequest};

use super::*;

#[tokio::test]
async fn a_deployment_walks_to_deployed() {
    let site = Site::start();
    let package = site.package("vdu", "2.1.0").await;
    let mut request = DeploymentRequest::new("vdu-1", package.package_id.clone());
    request.values = json!({"replicaCount": 4}).as_object().unwrap().clone();
    let deployment = site.dms.create_deployment(&anybody(), &request).await.unwrap();
    assert_eq!((deployment.status, deployment.revision), (Pending, 1));
    let id = &deployment.deployment_id;
    for (seconds, expected) in [
        (0, (Pending, 0, 0)),
        (9, (Pending, 45, 1)),
        (1, (Instantiating, 50, 2)),
        (9, (Instantiating, 95, 3)),
        (1, (Deployed, 100, 4)),
        (99, (Deployed, 100, 4)),
    ] {
        site.advance(seconds);
        assert_eq!(site.glance(id).await, expected);
        assert_eq!(site.get(id).await.status, expected.0);
    }
    let report = site.status(id).await;
    assert_eq!(report.updated_at.to_string(), "2026-01-01T00:00:20Z");
    assert_eq!(report.status_message, "4 of 4 replicas are ready");
    assert_eq!((report.replicas, site.get(id).await.replicas), (Some(4), Some(4)));
}

#[tokio::test]
async fn each_kind_of_work_has_its_state_and_its_end() {
    let site = Site::start();
    let id = site.deployed(json!({"replicaCount": 2})).await;
    let next = site.package("vdu", "2.2.0").await.package_id.clone();
    let context = anybody();
    let update = {
        let mut update = DeploymentUpdate::of(&*site.get(&id).await);
        update.values.insert("cellId".into(), 7.into());
        update
    };
    let check = async |result: Result<Arc<Deployment>>, busy: DeploymentStatus, ready: u32, replicas: u32| {
        assert_eq!(result.unwrap().status, busy);
        site.advance(STEP / 2);
        assert_eq!(site.glance(&id).await, (busy, 50, ready));
        site.advance(STEP / 2);
        assert_eq!(site.glance(&id).await, (Deployed, 100, replicas));
    };
    check(site.dms.update_deployment(&context, &id, &update).await, Updating, 1, 2).await;
    check(
        site.dms.scale_deployment(&context, &id, &ScaleRequest::new(6)).await,
        Scaling,
        4,
        6,
    )
    .await;
    check(
        site.dms
            .upgrade_deployment(&context, &id, &UpgradeRequest::to(next))
            .await,
        Updating,
        5,
        6,
    )
    .await;
    check(
        site.dms.heal_deployment(&context, &id, &HealRequest::default()).await,
        Updating,
        5,
        6,
    )
    .await;
    check(
        site.dms.scale_deployment(&context, &id, &ScaleRequest::new(0)).await,
        Scaling,
        3,
        0,
    )
    .await;
}

#[tokio::test]
async fn a_terminated_deployment_is_gone_and_its_name_free() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    site.dms.delete_deployment(&anybody(), &id).await.unwrap();
    assert_eq!(site.glance(&id).await, (Terminating, 0, 1));
    let package = site.package("vdu", "2.1.0").await.package_id.clone();
    let again = DeploymentRequest::new("vdu-1", package);
    let error = site.dms.create_deployment(&anybody(), &again).await.unwrap_err();
    check_error(
        &error,
        ErrorKind::AlreadyExists,
        "deployment 'default/vdu-1' already exists",
    );
    site.advance(STEP);
    check_error(
        &site.dms.get_deployment(&anybody(), &id).await.unwrap_err(),
        ErrorKind::NotFound,
        "there is no deployment",
    );
    let reborn = site.dms.create_deployment(&anybody(), &again).await.unwrap();
    assert_ne!(reborn.deployment_id, id, "ids are not used twice");
}

#[tokio::test]
async fn work_fails_when_it_is_told_to() {
    for (config, values, extensions, reason) in [
        (
            config(),
            json!({"memory.fail": true}),
            json!({}),
            "its values say memory.fail",
        ),
        (
            config(),
            json!({"memory": {"fail": true}}),
            json!({}),
            "its values say memory.fail",
        ),
        (
            config(),
            json!({}),
            json!({"memory.fail": true}),
            "package vdu 2.1.0 is set to fail",
        ),
        (
            config().with_failures(["vdu"]),
            json!({}),
            json!({}),
            "package vdu 2.1.0 is set to fail",
        ),
        (
            config().with_failures(["vdu:2.1.0"]),
            json!({}),
            json!({}),
            "package vdu 2.1.0 is set to fail",
        ),
        (
            config().with_failures(["vdu-1"]),
            json!({}),
            json!({}),
            "deployment vdu-1 is set to fail",
        ),
    ] {
        let site = Site::new(config);
        let mut upload = PackageUpload::at("helm", "https://repo.example/vdu-2.1.0.tgz");
        upload.extensions = extensions.as_object().unwrap().clone();
        site.dms.upload_deployment_package(&anybody(), &upload).await.unwrap();
        let id = site.deployed(values).await;
        assert_eq!(site.glance(&id).await, (Failed, 100, 0));
        assert_eq!(
            site.get(&id).await.status_message,
            format!("installation failed: {reason}")
        );
    }
    let site = Site::new(config().with_failures(["vdu:2.2.0", "other"]));
    let id = site.deployed(json!({"memory": {"fail": false}})).await;
    assert_eq!(site.glance(&id).await, (Deployed, 100, 1));
}

#[tokio::test]
async fn a_failed_deployment_is_repaired_by_better_values() {
    let site = Site::start();
    let id = site.deployed(json!({"memory.fail": true, "replicaCount": 2})).await;
    assert_eq!(site.glance(&id).await, (Failed, 100, 0));
    site.dms
        .heal_deployment(&anybody(), &id, &HealRequest::default())
        .await
        .unwrap();
    site.advance(STEP);
    assert_eq!(
        site.glance(&id).await,
        (Failed, 100, 0),
        "healing does not change values"
    );
    let mut update = DeploymentUpdate::of(&*site.get(&id).await);
    update.values = json!({"replicaCount": 2}).as_object().unwrap().clone();
    site.dms.update_deployment(&anybody(), &id, &update).await.unwrap();
    site.advance(STEP);
    assert_eq!(site.glance(&id).await, (Deployed, 100, 2));
}

#[tokio::test]
async fn conditions_say_what_the_state_says() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    site.advance(60);
    let conditions = async || {
        let report = site.status(&id).await;
        let found = report
            .conditions
            .into_iter()
            .map(|c| (c.kind, c.status, c.reason, c.last_transition_time.to_string()));
        found.collect::<Vec<_>>()
    };
    let expected = |ready: &str, progressing: &str, reason: &str, time: &str| {
        [("Ready", ready), ("Progressing", progressing)].map(|(kind, status)| {
            (
                kind.to_owned(),
                status.to_owned(),
                reason.to_owned(),
                format!("2026-01-01T00:0{time}Z"),
            )
        })
    };
    assert_eq!(conditions().await, expected("True", "False", "ReplicasReady", "0:20"));
    site.dms
        .scale_deployment(&anybody(), &id, &ScaleRequest::new(3))
        .await
        .unwrap();
    site.advance(1);
    assert_eq!(conditions().await, expected("False", "True", "Scaling", "1:20"));
}

#[tokio::test]
async fn without_durations_everything_is_done_at_once() {
    let site = Site::new(MemoryDmsConfig::default().with_durations(Durations::all(Duration::ZERO.into())));
    let id = site.deployed(json!({"replicaCount": 3})).await;
    assert_eq!(site.glance(&id).await, (Deployed, 100, 3));
    site.dms.delete_deployment(&anybody(), &id).await.unwrap();
    assert!(site.dms.get_deployment(&anybody(), &id).await.is_err());
}
