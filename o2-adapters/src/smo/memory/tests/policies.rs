//! Policies.

use o2_smo::{Policy, PolicyStatus};

use super::*;

async fn apply(orchestrator: &Orchestrator, context: Context, body: Value) -> Result<PolicyStatus> {
    let policy: Policy = serde_json::from_value(body).unwrap();
    orchestrator.smo.apply_policy(&context, &policy).await
}

#[tokio::test]
async fn applying_puts_in_force_and_again_replaces() {
    let orchestrator = Orchestrator::start();
    let body = |enabled: bool| json!({"name": "p", "policyType": "placement", "enabled": enabled});
    for (enabled, word, count, enforced) in [
        (true, "active", 1, "2026-01-01T00:00:01Z"),
        (true, "active", 2, "2026-01-01T00:00:02Z"),
        (false, "disabled", 2, "2026-01-01T00:00:02Z"),
    ] {
        orchestrator.advance(1);
        let status = apply(&orchestrator, tenant("alpha"), body(enabled)).await.unwrap();
        assert_eq!(
            (status.policy_id.as_str(), status.status.as_str()),
            ("policy-000001", word)
        );
        assert_eq!((status.enforcement_count, status.violation_count), (count, 0));
        assert_eq!(status.last_enforced.unwrap().to_string(), enforced);
        assert_eq!(status.tenant_id, Some("alpha".into()));
        assert_eq!(
            orchestrator
                .smo
                .get_policy_status(&tenant("alpha"), &status.policy_id)
                .await
                .unwrap(),
            status
        );
    }
}

#[tokio::test]
async fn policies_have_an_owner() {
    let orchestrator = Orchestrator::start();
    let body = json!({"policyId": "p", "name": "p", "policyType": "t"});
    apply(&orchestrator, tenant("alpha"), body.clone()).await.unwrap();
    let error = orchestrator
        .smo
        .get_policy_status(&tenant("beta"), &"p".into())
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no policy 'p'");
    let error = apply(&orchestrator, tenant("beta"), body.clone()).await.unwrap_err();
    check_error(&error, ErrorKind::AlreadyExists, "policy 'p'");
    let by_operator = apply(&orchestrator, anybody(), body).await.unwrap();
    assert_eq!(
        by_operator.tenant_id,
        Some("alpha".into()),
        "whoever replaces it, it stays theirs"
    );
    let own = apply(&orchestrator, tenant("beta"), json!({"name": "p", "policyType": "t"}))
        .await
        .unwrap();
    assert_eq!(own.policy_id.as_str(), "policy-000001");
}

#[tokio::test]
async fn incomplete_policies_are_refused() {
    let orchestrator = Orchestrator::start();
    for (body, message) in [
        (json!({"name": "", "policyType": "t"}), "name: must not be empty"),
        (json!({"name": "n", "policyType": ""}), "policyType: must not be empty"),
        (
            json!({"policyId": "a\u{0}", "name": "n", "policyType": "t"}),
            "policyId: contains a control character",
        ),
    ] {
        check_error(
            &apply(&orchestrator, anybody(), body).await.unwrap_err(),
            ErrorKind::InvalidInput,
            message,
        );
    }
}
