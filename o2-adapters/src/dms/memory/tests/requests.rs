//! What can be asked of deployments, and what is refused.

use o2_core::model::Version;
use o2_dms::{DeploymentUpdate, HealRequest, RollbackRequest, ScaleRequest, UpgradeRequest};

use super::*;

fn request(body: Value) -> DeploymentRequest {
    serde_json::from_value(body).unwrap()
}

#[tokio::test]
async fn a_deployment_is_what_was_asked_for() {
    let site = Site::start();
    site.package("vdu", "2.1.0").await;
    let body = json!({
        "name": "vdu-edge-site-1", "packageId": "pkg-000001", "resourcePoolId": "pool-vdu-123", "namespace": "vdu-ns",
        "description": "d", "values": {"cellId": "12345", "replicaCount": 3}, "labels": {"a": "b"}, "extensions": {"x": 1}
    });
    let deployment = site
        .dms
        .create_deployment(&tenant("alpha"), &request(body))
        .await
        .unwrap();
    assert_eq!(deployment.deployment_id.as_str(), "dep-000002");
    assert_eq!(
        (deployment.name.as_str(), deployment.namespace.as_str()),
        ("vdu-edge-site-1", "vdu-ns")
    );
    assert_eq!(deployment.resource_pool_id.as_deref(), Some("pool-vdu-123"));
    assert_eq!(
        (deployment.package_version.as_str(), deployment.replicas),
        ("2.1.0", Some(3))
    );
    assert_eq!(
        (deployment.values["cellId"].as_str(), deployment.labels["a"].as_str()),
        (Some("12345"), "b")
    );
    assert_eq!(
        (deployment.description.as_str(), &deployment.extensions["x"]),
        ("d", &json!(1))
    );
    assert_eq!(deployment.tenant_id, Some("alpha".into()));
    assert_eq!(
        (deployment.created_at, deployment.updated_at),
        (Some(site.clock.now()), Some(site.clock.now()))
    );
    assert_eq!(site.get(&deployment.deployment_id).await, deployment);
}

#[tokio::test]
async fn what_cannot_be_deployed_is_refused_with_the_reason() {
    let site = Site::start();
    site.deployed(json!({})).await;
    let mut foreign = PackageUpload::at("helm", "https://repo.example/own-1.0.0.tgz");
    foreign.name = Some("own".into());
    let foreign = site
        .dms
        .upload_deployment_package(&tenant("alpha"), &foreign)
        .await
        .unwrap();
    for (body, kind, message) in [
        (
            json!({"name": "N", "packageId": "pkg-000001"}),
            ErrorKind::InvalidInput,
            "name: 'N' must be 1 to 63",
        ),
        (
            json!({"name": "n", "packageId": "pkg-000001", "namespace": "a.b"}),
            ErrorKind::InvalidInput,
            "namespace: 'a.b' must be",
        ),
        (
            json!({"name": "n", "packageId": "nothing"}),
            ErrorKind::InvalidInput,
            "packageId: there is no deploymentPackage 'nothing'",
        ),
        (
            json!({"name": "n", "packageId": foreign.package_id}),
            ErrorKind::InvalidInput,
            "packageId: there is no deploymentPackage",
        ),
        (
            json!({"name": "n", "packageId": "pkg-000001", "values": {"replicaCount": 1001}}),
            ErrorKind::InvalidInput,
            "values.replicaCount: must be a whole number from 0 to 1000, not 1001",
        ),
        (
            json!({"name": "n", "packageId": "pkg-000001", "values": {"replicaCount": -1}}),
            ErrorKind::InvalidInput,
            "not -1",
        ),
        (
            json!({"name": "vdu-1", "packageId": "pkg-000001"}),
            ErrorKind::AlreadyExists,
            "deployment 'default/vdu-1'",
        ),
        (
            json!({"name": "vdu-1", "packageId": "pkg-000001", "namespace": "default"}),
            ErrorKind::AlreadyExists,
            "'default/vdu-1'",
        ),
    ] {
        let error = site
            .dms
            .create_deployment(&tenant("beta"), &request(body))
            .await
            .unwrap_err();
        check_error(&error, kind, message);
    }
    let elsewhere = request(json!({"name": "vdu-1", "packageId": "pkg-000001", "namespace": "other"}));
    assert!(site.dms.create_deployment(&tenant("beta"), &elsewhere).await.is_ok());
}

#[tokio::test]
async fn scaling_takes_any_number_there_can_be() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    for replicas in [0, 1000, 1] {
        let after = site
            .dms
            .scale_deployment(&anybody(), &id, &ScaleRequest::new(replicas))
            .await
            .unwrap();
        assert_eq!(
            (after.status, after.replicas),
            (DeploymentStatus::Scaling, Some(replicas))
        );
        site.advance(STEP);
    }
    for replicas in [1001, u32::MAX] {
        let error = site
            .dms
            .scale_deployment(&anybody(), &id, &ScaleRequest::new(replicas))
            .await
            .unwrap_err();
        check_error(&error, ErrorKind::InvalidInput, "replicas: must be 0 to 1000, not");
    }
    let before = site.get(&id).await;
    let after = site
        .dms
        .scale_deployment(&anybody(), &id, &ScaleRequest::new(1))
        .await
        .unwrap();
    assert_eq!(after, before, "the number it has is no change");
}

#[tokio::test]
async fn one_work_at_a_time() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let package = site.get(&id).await.package_id.clone();
    site.dms
        .scale_deployment(&anybody(), &id, &ScaleRequest::new(2))
        .await
        .unwrap();
    site.advance(4);
    let busy = site.get(&id).await;
    let context = anybody();
    let errors = [
        site.dms
            .update_deployment(&context, &id, &DeploymentUpdate::of(&busy))
            .await
            .unwrap_err(),
        site.dms
            .scale_deployment(&context, &id, &ScaleRequest::new(2))
            .await
            .unwrap_err(),
        site.dms
            .upgrade_deployment(&context, &id, &UpgradeRequest::to(package))
            .await
            .unwrap_err(),
        site.dms
            .rollback_deployment(&context, &id, &RollbackRequest::default())
            .await
            .unwrap_err(),
        site.dms
            .heal_deployment(&context, &id, &HealRequest::default())
            .await
            .unwrap_err(),
        site.dms.delete_deployment(&context, &id).await.unwrap_err(),
    ];
    for error in errors {
        check_error(
            &error,
            ErrorKind::Conflict,
            &format!("the scaling of deployment '{id}' is in motion (40 %)"),
        );
    }
    assert_eq!(site.get(&id).await, busy);
    site.advance(6);
    assert!(site.dms.delete_deployment(&context, &id).await.is_ok());
}

#[tokio::test]
async fn an_update_with_an_old_version_is_refused() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let deployment = site.get(&id).await;
    let mut update = DeploymentUpdate::of(&deployment);
    update.description = "new".into();
    for (expected, refused) in [
        (Some(Version::new("x")), true),
        (deployment.version.clone(), false),
        (deployment.version.clone(), true),
    ] {
        update.expected = expected;
        let result = site.dms.update_deployment(&anybody(), &id, &update).await;
        assert_eq!(
            result.is_err_and(|error| error.is(ErrorKind::PreconditionFailed)),
            refused
        );
    }
}

#[tokio::test]
async fn wrong_requests_change_nothing() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let before = site.get(&id).await;
    let mut update = DeploymentUpdate::of(&before);
    update.values.insert("replicaCount".into(), "many".into());
    let mut upgrade = UpgradeRequest::to(before.package_id.clone());
    upgrade.values = Some(update.values.clone());
    let mut heal = HealRequest::default();
    heal.component = Some("kitchen".into());
    let errors = [
        site.dms.update_deployment(&anybody(), &id, &update).await.unwrap_err(),
        site.dms
            .upgrade_deployment(&anybody(), &id, &upgrade)
            .await
            .unwrap_err(),
        site.dms
            .upgrade_deployment(&anybody(), &id, &UpgradeRequest::to("nothing"))
            .await
            .unwrap_err(),
        site.dms.heal_deployment(&anybody(), &id, &heal).await.unwrap_err(),
    ];
    let expected = [
        "values.replicaCount: ",
        "values.replicaCount: ",
        "packageId: ",
        "component: there is no 'kitchen'",
    ];
    for (error, message) in errors.iter().zip(expected) {
        check_error(error, ErrorKind::InvalidInput, message);
    }
    assert_eq!(site.get(&id).await, before);
    for component in ["app", "controller", "vdu-1-0"] {
        heal.component = Some(component.into());
        site.dms.heal_deployment(&anybody(), &id, &heal).await.unwrap();
        site.advance(STEP);
    }
    assert_eq!(site.get(&id).await.revision, 1, "a repair keeps the revision");
}

#[tokio::test]
async fn deployments_of_others_do_not_exist() {
    let site = Site::start();
    let package = site.package("vdu", "2.1.0").await.package_id.clone();
    let own = site
        .dms
        .create_deployment(&tenant("alpha"), &DeploymentRequest::new("own", package.clone()))
        .await
        .unwrap();
    site.advance(2 * STEP);
    let (beta, id) = (tenant("beta"), &own.deployment_id);
    let errors = [
        site.dms.get_deployment(&beta, id).await.map(|_| ()).unwrap_err(),
        site.dms
            .update_deployment(&beta, id, &DeploymentUpdate::of(&own))
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms
            .scale_deployment(&beta, id, &ScaleRequest::new(2))
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms
            .upgrade_deployment(&beta, id, &UpgradeRequest::to(package))
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms
            .rollback_deployment(&beta, id, &RollbackRequest::to(1))
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms
            .heal_deployment(&beta, id, &HealRequest::default())
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms.get_deployment_status(&beta, id).await.map(|_| ()).unwrap_err(),
        site.dms
            .get_deployment_logs(&beta, id, &o2_dms::LogOptions::new())
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms
            .list_deployment_revisions(&beta, id)
            .await
            .map(|_| ())
            .unwrap_err(),
        site.dms.delete_deployment(&beta, id).await.unwrap_err(),
    ];
    for error in errors {
        check_error(&error, ErrorKind::NotFound, &format!("there is no deployment '{id}'"));
    }
    let list = async |context: Context| {
        site.dms
            .list_deployments(&context, &ListQuery::new())
            .await
            .unwrap()
            .items
            .len()
    };
    assert_eq!(
        (
            list(tenant("alpha")).await,
            list(beta.clone()).await,
            list(anybody()).await
        ),
        (1, 0, 1)
    );
    let busy = filtered("(eq,status,deployed);(gte,replicas,1)");
    assert_eq!(
        site.dms.list_deployments(&anybody(), &busy).await.unwrap().total,
        Some(1)
    );
}
