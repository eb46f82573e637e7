//! Workflows.

use o2_smo::model::WorkflowState::{self, Cancelled, Completed, Failed, Pending, Running};
use o2_smo::{ExecutionId, WorkflowExecution, WorkflowRequest};

use super::*;

fn request(body: Value) -> WorkflowRequest {
    serde_json::from_value(body).unwrap()
}

async fn run(orchestrator: &Orchestrator, body: Value) -> ExecutionId {
    let execution = orchestrator
        .smo
        .execute_workflow(&anybody(), &request(body))
        .await
        .unwrap();
    assert_eq!((execution.status, execution.progress), (Pending, 0));
    execution.execution_id
}

async fn get(orchestrator: &Orchestrator, id: &ExecutionId) -> WorkflowExecution {
    orchestrator.smo.get_workflow(&anybody(), id).await.unwrap()
}

/// Walks through time, comparing state and progress.
async fn check(body: Value, steps: &[(u64, WorkflowState, u8)]) -> WorkflowExecution {
    let orchestrator = Orchestrator::start();
    let id = run(&orchestrator, body).await;
    for &(seconds, status, progress) in steps {
        orchestrator.advance(seconds);
        let execution = get(&orchestrator, &id).await;
        assert_eq!((execution.status, execution.progress), (status, progress));
        assert_eq!(execution.completed_at.is_some(), status.is_final());
    }
    get(&orchestrator, &id).await
}

#[tokio::test]
async fn a_workflow_walks_to_its_end() {
    let steps = [
        (0, Pending, 0),
        (1, Pending, 10),
        (1, Running, 20),
        (7, Running, 90),
        (1, Completed, 100),
        (99, Completed, 100),
    ];
    let execution = check(json!({"workflowName": "w", "parameters": {"a": 1}}), &steps).await;
    assert_eq!(
        (execution.execution_id.as_str(), execution.workflow_name.as_str()),
        ("run-000001", "w")
    );
    assert_eq!(execution.started_at.to_string(), "2026-01-01T00:00:00Z");
    assert_eq!(execution.completed_at.unwrap().to_string(), "2026-01-01T00:00:10Z");
    assert_eq!(execution.result["parameters"], json!({"a": 1}));
    assert_eq!(execution.error, None);
}

#[tokio::test]
async fn workflows_fail_when_they_are_told_to_or_out_of_time() {
    for (body, steps, error) in [
        (
            json!({"parameters": {"fail": true}}),
            [(9, Running, 90), (1, Failed, 100)],
            "failed because it was asked to",
        ),
        (
            json!({"parameters": {"fail": "no rack"}}),
            [(9, Running, 90), (1, Failed, 100)],
            "no rack",
        ),
        (
            json!({"timeout": "5s"}),
            [(4, Running, 40), (60, Failed, 50)],
            "timed out after 5s",
        ),
        (
            json!({"timeout": "1s", "parameters": {"fail": true}}),
            [(0, Pending, 0), (1, Failed, 10)],
            "timed out after 1s",
        ),
    ] {
        let mut body = body;
        body["workflowName"] = "w".into();
        let execution = check(body, &steps).await;
        assert_eq!(execution.error.as_deref(), Some(error));
        assert!(execution.result.is_empty());
    }
    check(
        json!({"workflowName": "w", "timeout": "10s", "parameters": {"fail": false}}),
        &[(10, Completed, 100)],
    )
    .await;
}

#[tokio::test]
async fn a_workflow_can_be_cancelled_until_it_has_ended() {
    let orchestrator = Orchestrator::start();
    let (early, late) = (
        run(&orchestrator, json!({"workflowName": "a"})).await,
        run(&orchestrator, json!({"workflowName": "b"})).await,
    );
    orchestrator.advance(3);
    for _ in 0..2 {
        orchestrator.smo.cancel_workflow(&anybody(), &early).await.unwrap();
        orchestrator.advance(10);
    }
    let execution = get(&orchestrator, &early).await;
    assert_eq!((execution.status, execution.progress), (Cancelled, 30));
    assert_eq!(execution.completed_at.unwrap().to_string(), "2026-01-01T00:00:03Z");
    orchestrator.smo.cancel_workflow(&anybody(), &late).await.unwrap();
    assert_eq!(get(&orchestrator, &late).await.status, Completed);
    let error = orchestrator
        .smo
        .cancel_workflow(&anybody(), &"x".into())
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no workflow 'x'");
}

#[tokio::test]
async fn wrong_requests_are_refused_with_the_reason() {
    let orchestrator = Orchestrator::new(config().with_workflows(["deploy", "heal"]));
    for (body, message) in [
        (
            json!({"workflowName": "destroy"}),
            "workflowName: there is no workflow 'destroy' (known: deploy, heal)",
        ),
        (json!({"workflowName": ""}), "workflowName: "),
        (
            json!({"workflowName": "heal", "timeout": "0s"}),
            "timeout: must be more than no time",
        ),
        (
            json!({"workflowName": "heal", "parameters": {"fail": 1}}),
            "parameters.fail: must be true, false or a reason, not 1",
        ),
    ] {
        let error = orchestrator
            .smo
            .execute_workflow(&anybody(), &request(body))
            .await
            .unwrap_err();
        check_error(&error, ErrorKind::InvalidInput, message);
    }
    run(&orchestrator, json!({"workflowName": "heal"})).await;
    let anything = Orchestrator::start();
    let error = anything
        .smo
        .execute_workflow(&anybody(), &WorkflowRequest::new(" "))
        .await
        .unwrap_err();
    check_error(
        &error,
        ErrorKind::InvalidInput,
        "workflowName: there is no workflow ' ' (known: any name)",
    );
}

#[tokio::test]
async fn executions_of_others_do_not_exist() {
    let orchestrator = Orchestrator::start();
    let execution = orchestrator
        .smo
        .execute_workflow(&tenant("alpha"), &WorkflowRequest::new("w"))
        .await
        .unwrap();
    assert_eq!(execution.tenant_id, Some("alpha".into()));
    let (id, beta) = (&execution.execution_id, tenant("beta"));
    check_error(
        &orchestrator.smo.get_workflow(&beta, id).await.unwrap_err(),
        ErrorKind::NotFound,
        "run-000001",
    );
    check_error(
        &orchestrator.smo.cancel_workflow(&beta, id).await.unwrap_err(),
        ErrorKind::NotFound,
        "run-000001",
    );
    assert_eq!(
        orchestrator.smo.get_workflow(&tenant("alpha"), id).await.unwrap(),
        execution
    );
}

#[tokio::test]
async fn old_executions_make_room_for_new_ones() {
    let mut config = config();
    config.executions = 2;
    let orchestrator = Orchestrator::new(config);
    let first = run(&orchestrator, json!({"workflowName": "a"})).await;
    let second = run(&orchestrator, json!({"workflowName": "b"})).await;
    let error = orchestrator
        .smo
        .execute_workflow(&anybody(), &WorkflowRequest::new("c"))
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::QuotaExceeded, "2 workflows are under way");
    orchestrator.smo.cancel_workflow(&anybody(), &second).await.unwrap();
    run(&orchestrator, json!({"workflowName": "c"})).await;
    assert!(orchestrator.smo.get_workflow(&anybody(), &second).await.is_err());
    assert_eq!(get(&orchestrator, &first).await.status, Pending);
}
