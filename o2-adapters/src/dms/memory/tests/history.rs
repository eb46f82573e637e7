//! Revisions, upgrades, rollbacks.

use DeploymentStatus::{Deployed, Failed, Updating};
use o2_dms::{DeploymentUpdate, RollbackRequest, ScaleRequest, UpgradeRequest};

use super::*;

/// Number, end, description and package version of every revision.
async fn history(site: &Site, id: &DeploymentId) -> Vec<(u32, DeploymentStatus, String, String)> {
    let revisions = site.dms.list_deployment_revisions(&anybody(), id).await.unwrap();
    revisions
        .into_iter()
        .map(|entry| (entry.revision, entry.status, entry.description, entry.package_version))
        .collect()
}

fn row(
    number: u32,
    status: DeploymentStatus,
    description: &str,
    version: &str,
) -> (u32, DeploymentStatus, String, String) {
    (number, status, description.to_owned(), version.to_owned())
}

/// The story that the product is told with: deploy, scale, a bad upgrade, back to what worked.
#[tokio::test]
async fn a_bad_upgrade_is_rolled_back() {
    let site = Site::start();
    let values = json!({"cellId": "12345", "bandwidth": "100MHz", "replicaCount": 3});
    let id = site.deployed(values.clone()).await;
    let context = anybody();
    site.dms
        .scale_deployment(&context, &id, &ScaleRequest::new(5))
        .await
        .unwrap();
    site.advance(STEP);
    assert_eq!(site.get(&id).await.values["replicaCount"], json!(5));

    let mut upload = PackageUpload::at("helm", "https://repo.example/vdu-v2.2.0.tgz");
    upload.extensions.insert("memory.fail".into(), true.into());
    let bad = site.dms.upload_deployment_package(&context, &upload).await.unwrap();
    site.dms
        .upgrade_deployment(&context, &id, &UpgradeRequest::to(bad.package_id.clone()))
        .await
        .unwrap();
    site.advance(STEP);
    let failed = site.get(&id).await;
    assert_eq!(
        (failed.status, failed.revision, failed.package_version.as_str()),
        (Failed, 3, "2.2.0")
    );
    assert_eq!(
        site.status(&id).await.ready_replicas,
        Some(4),
        "the old replicas but one still run"
    );

    let back = site
        .dms
        .rollback_deployment(&context, &id, &RollbackRequest::to(1))
        .await
        .unwrap();
    assert_eq!((back.status, back.revision), (Updating, 4));
    site.advance(STEP);
    let recovered = site.get(&id).await;
    assert_eq!(
        (recovered.status, recovered.package_version.as_str()),
        (Deployed, "2.1.0")
    );
    assert_eq!(
        (&Value::Object(recovered.values.clone()), recovered.replicas),
        (&values, Some(3))
    );
    assert_eq!(
        history(&site, &id).await,
        [
            row(1, Deployed, "Install vdu 2.1.0", "2.1.0"),
            row(2, Deployed, "Scale to 5 replicas", "2.1.0"),
            row(3, Failed, "Upgrade to vdu 2.2.0", "2.2.0"),
            row(4, Deployed, "Rollback to 1", "2.1.0"),
        ]
    );
}

#[tokio::test]
async fn the_revision_before_is_the_default() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let error = site
        .dms
        .rollback_deployment(&anybody(), &id, &RollbackRequest::default())
        .await
        .unwrap_err();
    check_error(
        &error,
        ErrorKind::InvalidInput,
        "revision: there is no earlier revision 0 (known: )",
    );
    for replicas in [2, 3] {
        site.dms
            .scale_deployment(&anybody(), &id, &ScaleRequest::new(replicas))
            .await
            .unwrap();
        site.advance(STEP);
    }
    let back = site
        .dms
        .rollback_deployment(&anybody(), &id, &RollbackRequest::default())
        .await
        .unwrap();
    assert_eq!((back.revision, back.replicas), (4, Some(2)));
}

#[tokio::test]
async fn unknown_revisions_are_refused_with_the_known_ones() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    for replicas in [2, 3] {
        site.dms
            .scale_deployment(&anybody(), &id, &ScaleRequest::new(replicas))
            .await
            .unwrap();
        site.advance(STEP);
    }
    for revision in [0, 3, 4, u32::MAX] {
        let error = site
            .dms
            .rollback_deployment(&anybody(), &id, &RollbackRequest::to(revision))
            .await
            .unwrap_err();
        check_error(&error, ErrorKind::InvalidInput, "(known: 1, 2)");
    }
    assert_eq!(site.get(&id).await.revision, 3);
}

#[tokio::test]
async fn only_new_values_make_a_revision() {
    let site = Site::start();
    let id = site.deployed(json!({"a": 1})).await;
    let before = site.get(&id).await;
    let mut update = DeploymentUpdate::of(&before);
    update.description = "other".into();
    update.labels.insert("k".into(), "v".into());
    let after = site.dms.update_deployment(&anybody(), &id, &update).await.unwrap();
    assert_eq!(
        (after.status, after.revision, after.description.as_str()),
        (Deployed, 1, "other")
    );
    assert_ne!(after.version, before.version);
    assert_eq!(
        site.dms.update_deployment(&anybody(), &id, &update).await.unwrap(),
        after,
        "again changes nothing"
    );
    update.values = json!({"a": 2, "replicaCount": 2}).as_object().unwrap().clone();
    let after = site.dms.update_deployment(&anybody(), &id, &update).await.unwrap();
    assert_eq!((after.status, after.revision, after.replicas), (Updating, 2, Some(2)));
    assert_eq!(history(&site, &id).await[1], row(2, Updating, "New values", "2.1.0"));
}

#[tokio::test]
async fn an_upgrade_keeps_the_values_unless_it_brings_some() {
    let site = Site::start();
    let id = site.deployed(json!({"a": 1, "replicaCount": 2})).await;
    for (version, values, expected, replicas) in [
        ("2.2.0", None, json!({"a": 1, "replicaCount": 2}), 2),
        ("2.3.0", Some(json!({"b": 1})), json!({"b": 1}), 1),
        ("2.3.0", None, json!({"b": 1}), 1),
    ] {
        let mut request = UpgradeRequest::to(site.package("vdu", version).await.package_id.clone());
        request.values = values.map(|values| values.as_object().unwrap().clone());
        let after = site.dms.upgrade_deployment(&anybody(), &id, &request).await.unwrap();
        assert_eq!(
            (Value::Object(after.values.clone()), after.replicas),
            (expected, Some(replicas))
        );
        assert_eq!(after.package_version, version);
        site.advance(STEP);
    }
    assert_eq!(site.get(&id).await.revision, 4);
}

#[tokio::test]
async fn old_revisions_are_forgotten() {
    let mut config = config();
    config.history = 3;
    let site = Site::new(config);
    let id = site.deployed(json!({})).await;
    for replicas in 2..=5 {
        site.dms
            .scale_deployment(&anybody(), &id, &ScaleRequest::new(replicas))
            .await
            .unwrap();
        site.advance(STEP);
    }
    let numbers: Vec<_> = history(&site, &id).await.into_iter().map(|row| row.0).collect();
    assert_eq!(numbers, [3, 4, 5]);
    let error = site
        .dms
        .rollback_deployment(&anybody(), &id, &RollbackRequest::to(1))
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::InvalidInput, "(known: 3, 4)");
}
