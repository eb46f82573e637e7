//! Configuration, capabilities, closing.

use o2_core::ports::Ports;
use o2_core::{Plugin, Pushdown};
use o2_smo::{
    DeploymentEvent, DeploymentInventory, InfrastructureEvent, InfrastructureInventory, Policy, WorkflowRequest, op,
};

use super::*;
use crate::smo::catalog;

fn build(config: Value) -> Result<Arc<dyn SMOPlugin>> {
    let ports = Ports::new(ManualClock::new());
    catalog().build("memory", "edge", &config, &ports)
}

#[test]
fn the_documented_example_is_the_default() {
    let example: Value = serde_saphyr::from_str(super::super::BACKEND.example).unwrap();
    let config: MemorySmoConfig = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(config, MemorySmoConfig::default());
    assert_eq!(
        serde_json::to_value(config).unwrap(),
        example,
        "every key is documented"
    );
}

#[test]
fn mistakes_in_the_configuration_are_named() {
    assert!(build(json!({"workflows": ["a"]})).is_ok());
    for (config, message) in [
        (json!({"workflow": "w"}), "unknown field `workflow`"),
        (json!({"workflows": [1]}), "workflows[0]: invalid type"),
        (json!({"duration": "1 day"}), "duration: "),
        (json!({"timeout": "0s"}), "timeout: must be more than no time"),
        (json!({"events": 0}), "events: must be at least 1"),
        (json!({"executions": 0}), "executions: must be at least 1"),
        (
            json!({"capabilities": ["flying"]}),
            "capabilities: unknown capability 'flying' (known: inventory-sync",
        ),
    ] {
        check_error(&build(config).unwrap_err(), ErrorKind::Config, message);
    }
}

/// Calls every operation, and says which failed in this way. What they fail with otherwise does not matter.
async fn failing(smo: &MemorySmo, kind: ErrorKind) -> Vec<&'static str> {
    let context = anybody();
    let results = [
        smo.sync_infrastructure(&context, &InfrastructureInventory::default())
            .await
            .err(),
        smo.sync_deployments(&context, &DeploymentInventory::default())
            .await
            .err(),
        smo.publish_infrastructure_event(&context, &InfrastructureEvent::default())
            .await
            .err(),
        smo.publish_deployment_event(&context, &DeploymentEvent::default())
            .await
            .err(),
        smo.execute_workflow(&context, &WorkflowRequest::new("w")).await.err(),
        smo.get_workflow(&context, &"x".into()).await.err(),
        smo.cancel_workflow(&context, &"x".into()).await.err(),
        smo.register_service_model(&context, &ServiceModel::new("n", "1"))
            .await
            .err(),
        smo.get_service_model(&context, &"x".into()).await.err(),
        smo.list_service_models(&context, &ListQuery::new()).await.err(),
        smo.delete_service_model(&context, &"x".into()).await.err(),
        smo.apply_policy(&context, &Policy::new("n", "t")).await.err(),
        smo.get_policy_status(&context, &"x".into()).await.err(),
    ];
    let failed = op::ALL
        .iter()
        .zip(results)
        .filter(|(_, error)| error.as_ref().is_some_and(|error| error.is(kind)));
    failed.map(|(operation, _)| operation.name).collect()
}

#[tokio::test]
async fn each_operation_is_there_and_each_can_be_switched_off() {
    let orchestrator = Orchestrator::start();
    let capabilities = orchestrator.smo.capabilities();
    assert!(op::ALL.iter().all(|operation| capabilities.supports(operation)));
    assert_eq!(capabilities.pushdown, Pushdown::Filter);
    assert_eq!(failing(&orchestrator.smo, ErrorKind::Unsupported).await, [""; 0]);
    for word in op::VOCABULARY {
        let orchestrator = Orchestrator::new(config().with_capabilities([word.name]));
        let failed = failing(&orchestrator.smo, ErrorKind::Unsupported).await;
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
    let orchestrator = Orchestrator::start();
    assert!(orchestrator.smo.health(&anybody()).await.is_usable());
    orchestrator.smo.close().await.unwrap();
    assert!(!orchestrator.smo.health(&anybody()).await.is_usable());
    assert_eq!(
        failing(&orchestrator.smo, ErrorKind::Unavailable).await.len(),
        op::ALL.len()
    );
    check_error(
        &orchestrator.smo.events().unwrap_err(),
        ErrorKind::Unavailable,
        "closed",
    );
    check_error(
        &orchestrator.smo.inventory(None).unwrap_err(),
        ErrorKind::Unavailable,
        "closed",
    );
}
