//! Creating, changing and deleting pools.

use o2_core::Id;
use o2_core::model::Version;
use o2_ims::{DeleteOptions, IMSPlugin, ResourcePoolUpdate};
use serde_json::json;

use super::*;

#[tokio::test]
async fn a_pool_is_what_was_asked_for() {
    let cloud = Cloud::empty();
    let pool = cloud
        .ims
        .create_resource_pool(
            &tenant("alpha"),
            &new_pool(json!({
                "name": "edge", "description": "d", "location": "dallas", "globalLocationId": "g", "oCloudSiteId": "s",
                "oCloudId": "ocloud-memory", "labels": {"a": "b"}, "tags": ["t"], "extensions": {"x": 1}
            })),
        )
        .await
        .unwrap();
    assert_eq!(pool.resource_pool_id.as_str(), "pool-000001");
    assert_eq!((pool.name.as_str(), pool.description.as_str()), ("edge", "d"));
    assert_eq!(
        (pool.location.as_deref(), pool.global_location_id.as_deref()),
        (Some("dallas"), Some("g"))
    );
    assert_eq!(
        (pool.o_cloud_site_id.as_deref(), pool.o_cloud_id.as_str()),
        (Some("s"), "ocloud-memory")
    );
    assert_eq!(
        (pool.labels["a"].as_str(), pool.tags.as_slice()),
        ("b", ["t".to_owned()].as_slice())
    );
    assert_eq!(pool.extensions, json!({"x": 1}).as_object().unwrap().clone());
    assert_eq!(pool.tenant_id.as_ref().map(Id::as_str), Some("alpha"));
    assert_eq!((pool.replicas, pool.created_at), (None, Some(cloud.clock.now())));
    assert_eq!(cloud.pool("pool-000001").await, pool);
}

#[tokio::test]
async fn ids_are_picked_or_given_and_unique() {
    let cloud = Cloud::empty();
    for id in ["pool-000001", "a~b", "a/b c", "50%", "größe"] {
        cloud.create(&new_pool(json!({"resourcePoolId": id, "name": id}))).await;
        assert_eq!(cloud.pool(id).await.name, id);
    }
    let picked = cloud.create(&NewResourcePool::new("picked")).await;
    assert_eq!(picked.resource_pool_id.as_str(), "pool-000002");
    for (id, kind, message) in [
        ("a~b", ErrorKind::AlreadyExists, "resourcePool 'a~b' already exists"),
        ("", ErrorKind::InvalidInput, "resourcePoolId: must not be empty"),
        (
            "a\nb",
            ErrorKind::InvalidInput,
            "resourcePoolId: contains a control character",
        ),
    ] {
        let new = new_pool(json!({"resourcePoolId": id, "name": "n"}));
        check_error(
            &cloud.ims.create_resource_pool(&anybody(), &new).await.unwrap_err(),
            kind,
            message,
        );
    }
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_with_the_reason() {
    let cloud = Cloud::empty();
    cloud.create(&NewResourcePool::new("taken")).await;
    for (body, kind, message) in [
        (
            json!({"name": ""}),
            ErrorKind::InvalidInput,
            "name: must have 1 to 255 characters",
        ),
        (
            json!({"name": "  "}),
            ErrorKind::InvalidInput,
            "name: must have 1 to 255 characters",
        ),
        (json!({"name": "x".repeat(256)}), ErrorKind::InvalidInput, "not 256"),
        (
            json!({"name": "taken"}),
            ErrorKind::AlreadyExists,
            "'taken' already exists",
        ),
        (
            json!({"name": "n", "oCloudId": "other"}),
            ErrorKind::InvalidInput,
            "oCloudId: is 'other', but this O-Cloud is",
        ),
        (
            json!({"name": "n", "replicas": 1001}),
            ErrorKind::InvalidInput,
            "replicas: is 1001, but a pool has at most 1000",
        ),
        (
            json!({"name": "n", "extensions": {"replicas": -1}}),
            ErrorKind::InvalidInput,
            "extensions.replicas: must be a whole",
        ),
        (
            json!({"name": "n", "extensions": {"replicas": "3"}}),
            ErrorKind::InvalidInput,
            "extensions.replicas: must be a whole",
        ),
        (
            json!({"name": "n", "replicas": 1, "extensions": {"replicas": 2}}),
            ErrorKind::InvalidInput,
            "replicas: is 1, but extensions.replicas is 2",
        ),
        (
            json!({"name": "n", "extensions": {"instanceType": "huge"}}),
            ErrorKind::InvalidInput,
            "'huge' is not a type of nodes (known: type-compute-large,",
        ),
        (
            json!({"name": "n", "extensions": {"instanceType": 5}}),
            ErrorKind::InvalidInput,
            "extensions.instanceType",
        ),
    ] {
        let error = cloud
            .ims
            .create_resource_pool(&anybody(), &new_pool(body))
            .await
            .unwrap_err();
        check_error(&error, kind, message);
    }
    let pools = cloud
        .ims
        .list_resource_pools(&anybody(), &ListQuery::new())
        .await
        .unwrap();
    assert_eq!(pools.items.len(), 1);
}

#[tokio::test]
async fn names_are_unique_for_each_owner() {
    let cloud = Cloud::empty();
    let new = NewResourcePool::new("same");
    for context in [anybody(), tenant("alpha"), tenant("beta")] {
        cloud.ims.create_resource_pool(&context, &new).await.unwrap();
        let error = cloud.ims.create_resource_pool(&context, &new).await.unwrap_err();
        check_error(&error, ErrorKind::AlreadyExists, "'same'");
    }
}

#[tokio::test]
async fn an_update_is_the_complete_new_state() {
    let cloud = Cloud::empty();
    let before = cloud
        .create(&new_pool(json!({
            "name": "n", "description": "d", "location": "dallas", "labels": {"a": "b"}, "tags": ["t"],
            "extensions": {"x": 1, "instanceType": "c5.metal"}
        })))
        .await;
    cloud.advance(1000);
    let update: ResourcePoolUpdate = serde_json::from_value(json!({"name": "m", "tags": ["u"]})).unwrap();
    let after = cloud
        .ims
        .update_resource_pool(&anybody(), &before.resource_pool_id, &update)
        .await
        .unwrap();
    assert_eq!((after.name.as_str(), after.description.as_str()), ("m", ""));
    assert_eq!(
        (after.labels.len(), after.tags.as_slice()),
        (0, ["u".to_owned()].as_slice())
    );
    assert_eq!(
        after.location.as_deref(),
        Some("dallas"),
        "where a pool is does not change"
    );
    assert_eq!(
        after.extensions,
        json!({"instanceType": "c5.metal"}).as_object().unwrap().clone()
    );
    assert_eq!(
        (after.created_at, after.updated_at),
        (before.created_at, Some(cloud.clock.now()))
    );
    assert_ne!(after.version, before.version);
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_none() {
    let cloud = Cloud::sample();
    let before = cloud.pool("pool-compute-1").await;
    cloud.advance(1000);
    let update = ResourcePoolUpdate::of(&before);
    let after = cloud
        .ims
        .update_resource_pool(&anybody(), &before.resource_pool_id, &update)
        .await
        .unwrap();
    assert_eq!(after, before);
}

#[tokio::test]
async fn what_cannot_be_changed_is_refused() {
    let cloud = Cloud::empty();
    let body = json!({"resourcePoolId": "p", "name": "p", "location": "dallas"});
    let pool = cloud.create(&new_pool(body)).await;
    cloud.create(&NewResourcePool::new("taken")).await;
    for (change, kind, message) in [
        (
            json!({"location": "chicago"}),
            ErrorKind::InvalidInput,
            "location: cannot be changed; it is 'dallas'",
        ),
        (
            json!({"globalLocationId": "g"}),
            ErrorKind::InvalidInput,
            "globalLocationId: cannot be changed; it is absent",
        ),
        (
            json!({"oCloudSiteId": "s"}),
            ErrorKind::InvalidInput,
            "oCloudSiteId: cannot be changed",
        ),
        (
            json!({"extensions": {"instanceType": "c5.metal"}}),
            ErrorKind::InvalidInput,
            "extensions.instanceType: cannot",
        ),
        (json!({"name": ""}), ErrorKind::InvalidInput, "name: must have"),
        (json!({"name": "taken"}), ErrorKind::AlreadyExists, "'taken'"),
        (json!({"replicas": 1001}), ErrorKind::InvalidInput, "at most 1000"),
        (
            json!({"replicas": 1, "extensions": {"replicas": 2}}),
            ErrorKind::InvalidInput,
            "replicas: is 1, but",
        ),
    ] {
        let mut body = json!({"name": "p"});
        body.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let update = serde_json::from_value(body).unwrap();
        let error = cloud
            .ims
            .update_resource_pool(&anybody(), &pool.resource_pool_id, &update)
            .await
            .unwrap_err();
        check_error(&error, kind, message);
    }
    assert_eq!(cloud.pool("p").await, pool);
}

#[tokio::test]
async fn writes_with_an_old_version_are_refused() {
    let cloud = Cloud::empty();
    let pool = cloud.create(&NewResourcePool::new("p")).await;
    let id = &pool.resource_pool_id;
    let mut update = ResourcePoolUpdate::of(&pool);
    update.description = "new".into();
    update.expected.clone_from(&pool.version);
    let changed = cloud.ims.update_resource_pool(&anybody(), id, &update).await.unwrap();
    let error = cloud
        .ims
        .update_resource_pool(&anybody(), id, &update)
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::PreconditionFailed, "the resource pool has changed");
    for (expected, refused) in [
        (pool.version.clone(), true),
        (Some(Version::new("x")), true),
        (changed.version.clone(), false),
    ] {
        let options = DeleteOptions::default().with_expected(expected);
        let result = cloud.ims.delete_resource_pool(&anybody(), id, &options).await;
        assert_eq!(
            result.is_err_and(|error| error.is(ErrorKind::PreconditionFailed)),
            refused
        );
    }
}

#[tokio::test]
async fn only_an_empty_pool_is_deleted_without_force() {
    let cloud = Cloud::empty();
    let pool = cloud.create(&scaled("p", 3)).await;
    cloud.advance(2000);
    let id = &pool.resource_pool_id;
    let error = cloud
        .ims
        .delete_resource_pool(&anybody(), id, &DeleteOptions::default())
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::Conflict, "resource pool 'p' has 2 resources");
    cloud
        .ims
        .delete_resource_pool(&anybody(), id, &DeleteOptions::force())
        .await
        .unwrap();
    cloud.advance(5000);
    assert_eq!(cloud.all_resources().await.len(), 0, "nothing is provisioned any more");
    let error = cloud
        .ims
        .delete_resource_pool(&anybody(), id, &DeleteOptions::force())
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no resourcePool 'p'");
}

#[tokio::test]
async fn the_resources_of_others_stay() {
    let cloud = Cloud::empty();
    let pool = cloud.create(&NewResourcePool::new("shared")).await;
    let new = o2_ims::NewResource::new("c5.metal", pool.resource_pool_id.clone());
    cloud.ims.create_resource(&tenant("alpha"), &new).await.unwrap();
    let delete = |context| {
        let (cloud, id) = (&cloud, pool.resource_pool_id.clone());
        async move {
            cloud
                .ims
                .delete_resource_pool(&context, &id, &DeleteOptions::force())
                .await
        }
    };
    let error = delete(tenant("beta")).await.unwrap_err();
    check_error(&error, ErrorKind::Conflict, "resources of other tenants");
    delete(tenant("alpha")).await.unwrap();
}

#[tokio::test]
async fn pools_of_others_do_not_exist() {
    let cloud = Cloud::empty();
    let pool = cloud
        .ims
        .create_resource_pool(&tenant("alpha"), &NewResourcePool::new("p"))
        .await
        .unwrap();
    let (id, beta) = (&pool.resource_pool_id, tenant("beta"));
    let update = ResourcePoolUpdate::of(&pool);
    let errors = [
        cloud.ims.get_resource_pool(&beta, id).await.unwrap_err(),
        cloud.ims.update_resource_pool(&beta, id, &update).await.unwrap_err(),
        cloud
            .ims
            .delete_resource_pool(&beta, id, &DeleteOptions::force())
            .await
            .unwrap_err(),
        cloud.ims.get_resource_pool_metrics(&beta, id).await.unwrap_err(),
        cloud
            .ims
            .list_resource_pool_events(&beta, id, &ListQuery::new())
            .await
            .unwrap_err(),
    ];
    for error in errors {
        check_error(&error, ErrorKind::NotFound, "there is no resourcePool");
    }
    assert_eq!(
        cloud
            .ims
            .list_resource_pools(&beta, &ListQuery::new())
            .await
            .unwrap()
            .items,
        []
    );
    assert_eq!(cloud.pool(id.as_str()).await, pool);
}
