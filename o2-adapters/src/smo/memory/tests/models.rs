//! Service models.

use o2_smo::WorkflowRequest;

use super::*;

#[tokio::test]
async fn a_model_is_what_was_registered() {
    let orchestrator = Orchestrator::start();
    let body = json!({"name": "n", "version": "1", "description": "d", "category": "c", "template": {"a": 1},
        "tenantId": "somebody", "extensions": {"x": 1}});
    let model = orchestrator.register(tenant("alpha"), body).await.unwrap();
    assert_eq!(model.model_id, Some("model-000001".into()));
    assert_eq!(
        (model.name.as_str(), model.version.as_str(), model.description.as_str()),
        ("n", "1", "d")
    );
    assert_eq!(
        (model.category.as_deref(), &model.template),
        (Some("c"), &json!({"a": 1}))
    );
    assert_eq!(
        (model.created_at, &model.tenant_id),
        (Some(orchestrator.clock.now()), &Some("alpha".into()))
    );
    let id = "model-000001".into();
    assert_eq!(
        orchestrator.smo.get_service_model(&tenant("alpha"), &id).await.unwrap(),
        model
    );
    let error = orchestrator
        .smo
        .get_service_model(&tenant("beta"), &id)
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no serviceModel 'model-000001'");
}

#[tokio::test]
async fn a_version_has_one_content() {
    let orchestrator = Orchestrator::start();
    let first = orchestrator
        .register(
            anybody(),
            json!({"modelId": "m", "name": "n", "version": "1", "template": 1}),
        )
        .await
        .unwrap();
    orchestrator.advance(5);
    for body in [
        json!({"modelId": "m", "name": "n", "version": "1", "template": 1}),
        json!({"name": "n", "version": "1", "template": 1, "createdAt": "2020-01-01T00:00:00Z"}),
    ] {
        assert_eq!(orchestrator.register(anybody(), body).await.unwrap(), first);
    }
    for (context, body, message) in [
        (
            anybody(),
            json!({"name": "n", "version": "1", "template": 2}),
            "'n:1' already exists",
        ),
        (
            anybody(),
            json!({"modelId": "other", "name": "n", "version": "1", "template": 1}),
            "'n:1' already exists",
        ),
        (
            anybody(),
            json!({"modelId": "m", "name": "n", "version": "2"}),
            "'n:2' already exists",
        ),
        (
            tenant("alpha"),
            json!({"modelId": "m", "name": "n", "version": "1", "template": 1}),
            "'n:1' already exists",
        ),
    ] {
        check_error(
            &orchestrator.register(context, body).await.unwrap_err(),
            ErrorKind::AlreadyExists,
            message,
        );
    }
    for (context, body) in [
        (anybody(), json!({"name": "n", "version": "2"})),
        (tenant("alpha"), json!({"name": "n", "version": "1"})),
    ] {
        assert_ne!(
            orchestrator.register(context, body).await.unwrap().model_id,
            first.model_id
        );
    }
}

#[tokio::test]
async fn incomplete_models_are_refused() {
    let orchestrator = Orchestrator::start();
    for (body, message) in [
        (json!({"version": "1"}), "name: must not be empty"),
        (json!({"name": "n", "version": " "}), "version: must not be empty"),
        (
            json!({"modelId": "", "name": "n", "version": "1"}),
            "modelId: must not be empty",
        ),
    ] {
        check_error(
            &orchestrator.register(anybody(), body).await.unwrap_err(),
            ErrorKind::InvalidInput,
            message,
        );
    }
}

#[tokio::test]
async fn models_are_listed_filtered_and_paged() {
    let orchestrator = Orchestrator::start();
    for version in ["1", "2", "3"] {
        orchestrator
            .register(anybody(), json!({"name": "n", "version": version}))
            .await
            .unwrap();
    }
    orchestrator
        .register(tenant("alpha"), json!({"name": "own", "version": "1"}))
        .await
        .unwrap();
    let list = async |context: Context, query: ListQuery| {
        let page = orchestrator.smo.list_service_models(&context, &query).await.unwrap();
        (page.items.len(), page.next)
    };
    assert_eq!(list(anybody(), ListQuery::new()).await.0, 4);
    assert_eq!(list(tenant("beta"), ListQuery::new()).await.0, 3);
    assert_eq!(list(anybody(), filtered("(eq,version,1)")).await.0, 2);
    let (first, next) = list(anybody(), ListQuery::new().with_limit(3)).await;
    let (second, end) = list(anybody(), ListQuery::new().with_limit(3).with_marker(next.unwrap())).await;
    assert_eq!((first, second, end), (3, 1, None));
}

#[tokio::test]
async fn a_model_that_a_workflow_works_with_stays() {
    let orchestrator = Orchestrator::start();
    orchestrator
        .register(anybody(), json!({"modelId": "m", "name": "n", "version": "1"}))
        .await
        .unwrap();
    let mut request = WorkflowRequest::new("w");
    request.parameters.insert("modelId".into(), "m".into());
    orchestrator.smo.execute_workflow(&anybody(), &request).await.unwrap();
    let error = orchestrator
        .smo
        .delete_service_model(&anybody(), &"m".into())
        .await
        .unwrap_err();
    check_error(
        &error,
        ErrorKind::Conflict,
        "service model 'm' is used by 1 workflows under way",
    );
    orchestrator.advance(10);
    orchestrator
        .smo
        .delete_service_model(&anybody(), &"m".into())
        .await
        .unwrap();
    let error = orchestrator
        .smo
        .delete_service_model(&anybody(), &"m".into())
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no serviceModel 'm'");
}
