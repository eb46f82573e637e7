//! Workflows: starting, watching, listing and stopping them.

use std::time::Duration;

use o2_core::registry::RegisterOptions;
use o2_core::{ErrorKind, HealthStatus};
use o2_smo::{WorkflowRequest, WorkflowState};
use serde_json::{Value, json};

use crate::orchestrator::Orchestrator;
use crate::world::{World, context};

fn deploy() -> Value {
    json!({"workflowName": "deploy", "parameters": {"site": "dallas"}, "timeout": "1h30m"})
}

#[tokio::test]
async fn a_workflow_is_started_and_runs_to_its_end() {
    let world = World::new();
    let started = world.call("POST", "/workflows", deploy()).await.good();
    assert_eq!(started.header("location"), "/o2smo/v1/workflows/e1");
    assert_eq!(
        started.body,
        json!({"executionId": "e1", "workflowName": "deploy", "status": "pending", "progress": 0,
               "startedAt": "2026-01-01T00:00:00Z"})
    );
    let request = world.onap.state().requests[0].clone();
    assert_eq!(request.timeout.unwrap().get(), Duration::from_secs(5400));
    assert_eq!(request.parameters["site"], "dallas");

    let set = |status, progress| {
        let mut state = world.onap.state();
        let execution = state.executions.get_mut("e1").unwrap();
        (execution.status, execution.progress) = (status, progress);
    };
    set(WorkflowState::Running, 40);
    let running = world.call("GET", "/workflows/e1", ()).await.good();
    assert_eq!(
        (&running.body["status"], &running.body["progress"]),
        (&json!("running"), &json!(40))
    );

    set(WorkflowState::Completed, 100);
    let ended = world.call("GET", "/workflows/e1", ()).await.good();
    assert_eq!(ended.body["status"], "completed");

    // Nothing comes after the end, so nobody is asked any more, and the orchestrator may forget it.
    world.onap.state().executions.clear();
    let remembered = world.call("GET", "/workflows/e1", ()).await.good();
    assert_eq!(remembered.body, ended.body);
    assert_eq!(world.onap.calls("get_workflow"), 2);
}

#[tokio::test]
async fn the_plugin_is_named_in_the_query_or_in_the_body() {
    let world = World::new();
    let in_query = world.call("POST", "/workflows?plugin=osm", deploy()).await.good();
    assert_eq!(in_query.header("location"), "/o2smo/v1/workflows/osm~e1");
    let body = json!({"workflowName": "deploy", "pluginName": "osm"});
    let in_body = world.call("POST", "/workflows", body.clone()).await.good();
    assert_eq!(in_body.body["executionId"], "osm~e2");
    let in_both = world.call("POST", "/workflows?plugin=osm", body.clone()).await.good();
    assert_eq!(in_both.body["executionId"], "osm~e3");
    assert_eq!(world.onap.calls("execute_workflow"), 0);

    world
        .call("POST", "/workflows?plugin=onap", body)
        .await
        .failed(400, "body.pluginName names another plugin, 'osm'");
    world
        .call("POST", "/workflows?plugin=onp", deploy())
        .await
        .failed(404, "there is no plugin 'onp'");
    world
        .call("POST", "/workflows?plugin=*", deploy())
        .await
        .failed(404, "there is no plugin '*'");
    world
        .call("POST", "/workflows?plugin=", deploy())
        .await
        .failed(400, "must name a plugin");
    world
        .call("POST", "/workflows?plugin=osm&plugin=onap", deploy())
        .await
        .failed(400, "once");
    let unknown = json!({"workflowName": "deploy", "pluginName": "onp"});
    let answer = world.call("POST", "/workflows", unknown).await;
    answer.failed(400, "there is no plugin 'onp' (known: onap, osm)");
    assert_eq!(answer.body["violations"][0]["at"], "body.pluginName");
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let world = World::new();
    let long = "9".repeat(40) + "h";
    for (body, at) in [
        (json!({}), "body"),
        (json!(["deploy"]), "body"),
        (json!({"workflowName": ""}), "body.workflowName"),
        (json!({"workflowName": 7}), "body.workflowName"),
        (json!({"workflowName": "a\nb"}), "body.workflowName"),
        (json!({"workflowName": "x".repeat(256)}), "body.workflowName"),
        (json!({"workflowName": "a", "workflow": "b"}), "body.workflow"),
        (json!({"workflowName": "a", "parameters": []}), "body.parameters"),
        (json!({"workflowName": "a", "pluginName": 1}), "body.pluginName"),
        (json!({"workflowName": "a", "timeout": 300}), "body.timeout"),
        (json!({"workflowName": "a", "timeout": "5"}), "body.timeout"),
        (json!({"workflowName": "a", "timeout": "-5m"}), "body.timeout"),
        (json!({"workflowName": "a", "timeout": "0s"}), "body.timeout"),
        (json!({"workflowName": "a", "timeout": "366d"}), "body.timeout"),
        (json!({"workflowName": "a", "timeout": long}), "body.timeout"),
        (json!({"workflowName": "unknown"}), "body.workflowName"),
    ] {
        let answer = world.call("POST", "/workflows", body.clone()).await;
        assert_eq!(
            (answer.status, &answer.body["violations"][0]["at"]),
            (400, &json!(at)),
            "{body}"
        );
    }
    for (body, words) in [
        ("", "a JSON body is required"),
        ("{", "line 1"),
        ("{} x", "missing field"),
    ] {
        world.call("POST", "/workflows", body).await.failed(400, words);
    }
    world
        .call("POST", "/workflows?wait=1", deploy())
        .await
        .failed(400, "wait: unknown query parameter (known: plugin)");
    world
        .call("GET", "/workflows/e1?plugin=osm", ())
        .await
        .failed(400, "plugin");
    world
        .call("DELETE", "/workflows/e1?force", ())
        .await
        .failed(400, "no query parameters are known here");
    assert!(world.onap.state().requests.is_empty());
}

#[tokio::test]
async fn ids_that_nobody_has_are_not_found() {
    let world = World::new();
    for id in ["e9", "osm~e9", "nobody~e1", "~", "a%2Fb", "100%25", "gr%C3%B6%C3%9Fe"] {
        for method in ["GET", "DELETE"] {
            world
                .call(method, &format!("/workflows/{id}"), ())
                .await
                .failed(404, "there is no workflow '");
        }
    }
}

#[tokio::test]
async fn a_workflow_is_stopped() {
    let world = World::new();
    world.call("POST", "/workflows?plugin=osm", deploy()).await.good();
    assert_eq!(world.call("DELETE", "/workflows/osm~e1", ()).await.good().status, 204);
    let stopped = world.call("GET", "/workflows/osm~e1", ()).await.good();
    assert_eq!(stopped.body["status"], "cancelled");
    world.call("DELETE", "/workflows/osm~e1", ()).await.good();
}

#[tokio::test]
async fn a_foreign_tenants_workflow_does_not_exist() {
    // Even when the orchestrator knows no tenants, the gateway remembers for whom it started the workflow.
    for knows_tenants in [true, false] {
        let world = World::new();
        world.onap.state().knows_tenants = knows_tenants;
        let started = world.call_as(Some("red"), "POST", "/workflows", deploy()).await.good();
        assert_eq!(started.body["tenantId"], "red");

        for method in ["GET", "DELETE"] {
            let foreign = world.call_as(Some("blue"), method, "/workflows/e1", ()).await;
            foreign.failed(404, "there is no workflow 'e1'");
        }
        assert_eq!(world.onap.calls("cancel_workflow"), 0);
        assert_eq!(
            world.call_as(Some("blue"), "GET", "/workflows", ()).await.good().body["items"],
            json!([])
        );

        let own = world.call_as(Some("red"), "GET", "/workflows/e1", ()).await.good();
        assert_eq!(own.body["tenantId"], "red");
        assert_eq!(
            world
                .call_as(Some("red"), "GET", "/workflows", ())
                .await
                .good()
                .items("executionId"),
            ["e1"]
        );
        world.call("GET", "/workflows/e1", ()).await.good();
        world.call_as(Some("red"), "DELETE", "/workflows/e1", ()).await.good();
    }
}

#[tokio::test]
async fn a_workflow_that_the_orchestrator_gives_another_owner_is_hidden() {
    let world = World::new();
    world.call_as(Some("red"), "POST", "/workflows", deploy()).await.good();
    world.onap.state().executions.get_mut("e1").unwrap().tenant_id = Some("blue".into());
    world
        .call_as(Some("red"), "GET", "/workflows/e1", ())
        .await
        .failed(404, "there is no workflow");
    // What the gateway recorded stands: it does not become the other's either.
    world
        .call_as(Some("blue"), "GET", "/workflows/e1", ())
        .await
        .failed(404, "there is no workflow");
}

#[tokio::test]
async fn a_workflow_that_was_started_elsewhere_can_be_watched() {
    let world = World::new();
    let request = WorkflowRequest::new("by-hand");
    o2_smo::SMOPlugin::execute_workflow(&*world.osm, &context(Some("red")), &request)
        .await
        .unwrap();
    let seen = world.call_as(Some("red"), "GET", "/workflows/osm~e1", ()).await.good();
    assert_eq!(seen.body["workflowName"], "by-hand");
    world
        .call_as(Some("blue"), "GET", "/workflows/osm~e1", ())
        .await
        .failed(404, "there is no workflow");
    assert_eq!(
        world.call("GET", "/workflows", ()).await.good().body["items"],
        json!([])
    );
}

#[tokio::test]
async fn workflows_are_listed_as_they_are_now() {
    let world = World::new();
    for (name, plugin) in [("a", "onap"), ("b", "osm"), ("c", "onap")] {
        let body = json!({"workflowName": name, "pluginName": plugin});
        world.call("POST", "/workflows", body).await.good();
        world.clock.advance(Duration::from_secs(60));
    }
    world.onap.state().executions.get_mut("e2").unwrap().status = WorkflowState::Running;
    let check = async |query: &str, expected: &[&str]| {
        let listed = world.call("GET", &format!("/workflows?{query}"), ()).await.good();
        assert_eq!(listed.items("executionId"), expected, "{query}");
    };
    check("", &["e1", "e2", "osm~e1"]).await;
    check("status=running", &["e2"]).await;
    check("status=pending", &["e1", "osm~e1"]).await;
    check("workflowName=b", &["osm~e1"]).await;
    check("sort=-startedAt", &["e2", "osm~e1", "e1"]).await;
    check("limit=1&sort=status,-startedAt", &["osm~e1"]).await;

    let first = world.call("GET", "/workflows?limit=2", ()).await.good();
    let next = first.body["pagination"]["nextPage"].as_str().unwrap();
    let second = world
        .call("GET", next.strip_prefix("/o2smo/v1").unwrap(), ())
        .await
        .good();
    assert_eq!(second.items("executionId"), ["osm~e1"]);
    for (query, words) in [("colour=red", "colour"), ("limit=0", "limit"), ("marker=x", "marker")] {
        world
            .call("GET", &format!("/workflows?{query}"), ())
            .await
            .failed(400, words);
    }
}

#[tokio::test]
async fn only_workflows_on_the_page_that_have_not_ended_are_asked_for() {
    let world = World::new();
    for _ in 0..4 {
        world.call("POST", "/workflows", deploy()).await.good();
    }
    world.call("GET", "/workflows?limit=2", ()).await.good();
    assert_eq!(world.onap.calls("get_workflow"), 2);
    world.onap.state().executions.get_mut("e1").unwrap().status = WorkflowState::Failed;
    world.call("GET", "/workflows", ()).await.good();
    assert_eq!(world.onap.calls("get_workflow"), 6);
    let listed = world.call("GET", "/workflows", ()).await.good();
    assert_eq!(listed.items("status"), ["failed", "pending", "pending", "pending"]);
    assert_eq!(world.onap.calls("get_workflow"), 9);
}

#[tokio::test]
async fn a_list_says_whose_workflows_it_shows_as_they_were() {
    let world = World::new();
    for plugin in ["onap", "osm", "osm"] {
        world
            .call("POST", &format!("/workflows?plugin={plugin}"), deploy())
            .await
            .good();
    }
    world.osm.state().failure = Some(ErrorKind::Timeout);
    for query in ["", "?sort=status"] {
        let listed = world.call("GET", &format!("/workflows{query}"), ()).await.good();
        assert_eq!(listed.items("executionId"), ["e1", "osm~e1", "osm~e2"]);
        assert_eq!(listed.header("o2-partial"), "osm=timeout");
    }
    world
        .call("GET", "/workflows/osm~e1", ())
        .await
        .failed(504, "scripted failure");
    world.osm.state().failure = None;
    world.osm.state().executions.clear();
    let listed = world.call("GET", "/workflows", ()).await.good();
    assert_eq!(listed.header("o2-partial"), "osm=notFound");
}

#[tokio::test]
async fn another_default_plugin_leaves_the_records_as_they_are() {
    let world = World::new();
    world.call_as(Some("red"), "POST", "/workflows", deploy()).await.good();
    world.plugins.set_default("osm").unwrap();
    let listed = world.call("GET", "/workflows", ()).await.good();
    assert_eq!(listed.items("executionId"), ["onap~e1"]);
    world
        .call_as(Some("blue"), "GET", "/workflows/onap~e1", ())
        .await
        .failed(404, "there is no workflow");
    world.call_as(Some("red"), "GET", "/workflows/onap~e1", ()).await.good();

    world.plugins.unregister("onap").unwrap();
    let listed = world.call("GET", "/workflows", ()).await.good();
    assert_eq!(
        (listed.items("executionId"), listed.header("o2-partial")),
        (vec!["onap~e1"], "onap=notFound")
    );
}

#[tokio::test]
async fn an_orchestrator_that_counts_anew_gets_a_new_record() {
    let world = World::new();
    world.call_as(Some("red"), "POST", "/workflows", deploy()).await.good();
    world.onap.state().executions.clear();
    world
        .call_as(Some("blue"), "POST", "/workflows", json!({"workflowName": "other"}))
        .await
        .good();
    let listed = world.call("GET", "/workflows", ()).await.good();
    assert_eq!(
        (listed.items("workflowName"), listed.items("tenantId")),
        (vec!["other"], vec!["blue"])
    );
}

#[tokio::test]
async fn plugins_that_cannot_serve_are_named() {
    let world = World::with(|plugins, clock| {
        let mute = Orchestrator::new(
            "mute",
            clock,
            &[&o2_smo::op::EXECUTE_WORKFLOW, &o2_smo::op::GET_WORKFLOW],
        );
        plugins.register(mute, RegisterOptions::new()).unwrap();
    });
    let lacking = world.call("POST", "/workflows?plugin=mute", deploy()).await;
    lacking.failed(501, "operation execute_workflow is not supported");
    assert_eq!(
        (&lacking.body["plugin"], &lacking.body["operation"]),
        (&json!("mute"), &json!("execute_workflow"))
    );
    world
        .call("GET", "/workflows/mute~e1", ())
        .await
        .failed(501, "get_workflow");

    world.plugins.disable("osm").unwrap();
    world
        .call("POST", "/workflows?plugin=osm", deploy())
        .await
        .failed(503, "plugin 'osm' is disabled");
    world.onap.state().health = HealthStatus::Unhealthy;
    world.call("GET", "/health", ()).await.good();
    world
        .call("POST", "/workflows", deploy())
        .await
        .failed(503, "onap: unhealthy");
    world.plugins.unregister("onap").unwrap();
    world
        .call("POST", "/workflows", deploy())
        .await
        .failed(503, "there is no smo plugin for workflow");
}

#[tokio::test]
async fn a_workflow_that_could_not_be_recorded_is_not_lost_silently() {
    let world = World::on_a_full_disk();
    let answer = world.call("POST", "/workflows?plugin=osm", deploy()).await;
    answer.failed(
        503,
        "the workflow was started as 'osm~e1' but could not be recorded: the disk is full",
    );
    world.call("GET", "/workflows/osm~e1", ()).await.good();
}
