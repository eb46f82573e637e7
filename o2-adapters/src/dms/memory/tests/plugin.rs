//! Configuration, capabilities, closing.

use o2_core::ports::Ports;
use o2_core::{Plugin, Pushdown};
use o2_dms::{DeploymentUpdate, HealRequest, LogOptions, RollbackRequest, ScaleRequest, UpgradeRequest, op};

use super::*;
use crate::dms::catalog;

fn build(config: Value) -> Result<Arc<dyn DMSPlugin>> {
    let ports = Ports::new(ManualClock::new());
    catalog().build("memory", "edge", &config, &ports)
}

#[test]
fn the_documented_example_is_the_default() {
    let example: Value = serde_saphyr::from_str(super::super::BACKEND.example).unwrap();
    let config: MemoryDmsConfig = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(config, MemoryDmsConfig::default());
    assert_eq!(
        serde_json::to_value(config).unwrap(),
        example,
        "every key is documented"
    );
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    assert!(build(json!({"durations": {"scaling": "1m"}})).is_ok());
    for (config, message) in [
        (json!({"name": 3}), "unknown field `name`"),
        (json!({"durations": {"scale": "1s"}}), "unknown field `scale`"),
        (json!({"durations": {"scaling": 5}}), "durations.scaling: "),
        (json!({"namespace": "A"}), "namespace: 'A' must be"),
        (json!({"history": 0}), "history: must be at least 1"),
        (json!({"logLines": 0}), "logLines: must be at least 1"),
        (json!({"watchHistory": 0}), "watchHistory: must be at least 1"),
        (
            json!({"capabilities": ["flying"]}),
            "capabilities: unknown capability 'flying' (known: package-management",
        ),
    ] {
        check_error(&build(config).unwrap_err(), ErrorKind::Config, message);
    }
}

/// Calls every operation, and says which failed in this way. What they fail with otherwise does not matter.
async fn failing(dms: &MemoryDms, kind: ErrorKind) -> Vec<&'static str> {
    let (context, everything, id) = (anybody(), ListQuery::new(), DeploymentId::from("dep-000002"));
    let upload = PackageUpload::at("helm", "https://repo.example/vdu-2.1.0.tgz");
    let package = || "pkg-000001".into();
    let results = [
        dms.list_deployment_packages(&context, &everything).await.err(),
        dms.get_deployment_package(&context, &package()).await.err(),
        dms.upload_deployment_package(&context, &upload).await.err(),
        dms.delete_deployment_package(&context, &package()).await.err(),
        dms.list_deployments(&context, &everything).await.err(),
        dms.get_deployment(&context, &id).await.err(),
        dms.create_deployment(&context, &DeploymentRequest::new("n", "p"))
            .await
            .err(),
        dms.update_deployment(&context, &id, &DeploymentUpdate::default())
            .await
            .err(),
        dms.delete_deployment(&context, &id).await.err(),
        dms.scale_deployment(&context, &id, &ScaleRequest::new(1)).await.err(),
        dms.rollback_deployment(&context, &id, &RollbackRequest::default())
            .await
            .err(),
        dms.upgrade_deployment(&context, &id, &UpgradeRequest::to("p"))
            .await
            .err(),
        dms.heal_deployment(&context, &id, &HealRequest::default()).await.err(),
        dms.get_deployment_status(&context, &id).await.err(),
        dms.get_deployment_logs(&context, &id, &LogOptions::new()).await.err(),
        dms.list_deployment_revisions(&context, &id).await.err(),
        dms.watch_deployments(&context, None).await.err(),
    ];
    let failed = op::ALL
        .iter()
        .zip(results)
        .filter(|(_, error)| error.as_ref().is_some_and(|error| error.is(kind)));
    failed.map(|(operation, _)| operation.name).collect()
}

#[tokio::test]
async fn each_operation_is_there_and_each_can_be_switched_off() {
    let site = Site::start();
    let capabilities = site.dms.capabilities();
    assert!(op::ALL.iter().all(|operation| capabilities.supports(operation)));
    assert_eq!(capabilities.pushdown, Pushdown::Filter);
    assert_eq!(failing(&site.dms, ErrorKind::Unsupported).await, [""; 0]);
    for word in op::VOCABULARY {
        let site = Site::new(config().with_capabilities([word.name]));
        let failed = failing(&site.dms, ErrorKind::Unsupported).await;
        let off = op::ALL.iter().filter(|operation| !word.operations.contains(operation));
        assert_eq!(
            failed,
            off.map(|operation| operation.name).collect::<Vec<_>>(),
            "{}",
            word.name
        );
    }
}

#[tokio::test]
async fn it_is_healthy_until_it_is_closed() {
    let site = Site::start();
    site.deployed(json!({})).await;
    let health = site.dms.health(&anybody()).await;
    assert!(health.is_usable());
    assert_eq!(health.details["deployments"], "1");
    site.dms.close().await.unwrap();
    assert!(!site.dms.health(&anybody()).await.is_usable());
    assert_eq!(failing(&site.dms, ErrorKind::Unavailable).await.len(), op::ALL.len());
}
