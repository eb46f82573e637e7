//! Changes of node groups of EKS: what AWS refuses, and what is refused before it is asked.

use std::sync::Arc;

use o2_core::{Error, ErrorKind};
use o2_ims::{DeleteOptions, NewResourcePool, ResourceId, ResourcePool, ResourcePoolUpdate};
use serde_json::{Value, json};

use super::conformance::new_nodes;
use super::example;
use super::world::World;

fn world() -> World {
    let mut config = example().unwrap();
    config["mode"] = json!("eks");
    World::of(&config)
}

async fn update(world: &World, pool: &ResourcePool, update: &ResourcePoolUpdate) -> Result<Arc<ResourcePool>, Error> {
    let updated = world
        .plugin
        .update_resource_pool(&world.context, &pool.resource_pool_id, update);
    updated.await
}

async fn create(world: &World, new: &NewResourcePool) -> Result<Arc<ResourcePool>, Error> {
    world.plugin.create_resource_pool(&world.context, new).await
}

#[tokio::test]
async fn refusals_are_known_by_the_code_in_the_header() {
    for (status, code, kind) in [
        (400, "InvalidParameterException", ErrorKind::InvalidInput),
        (400, "InvalidRequestException", ErrorKind::Conflict),
        (400, "ResourceLimitExceededException", ErrorKind::QuotaExceeded),
        (409, "ResourceInUseException", ErrorKind::AlreadyExists),
        (404, "ResourceNotFoundException", ErrorKind::InvalidInput),
        (403, "AccessDeniedException", ErrorKind::PermissionDenied),
        (400, "ThrottlingException", ErrorKind::RateLimited),
        (500, "ServerException", ErrorKind::Unavailable),
        (503, "ServiceUnavailableException", ErrorKind::Unavailable),
    ] {
        let world = world();
        world.played.refuse("CreateNodegroup", status, code);
        let error = create(&world, &new_nodes("ng-c")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{code}: {error}");
    }
}

#[tokio::test]
async fn a_group_that_is_being_changed_is_left_alone() {
    for status in ["CREATING", "UPDATING", "DELETING"] {
        let world = world();
        world.played.set_node_group("ng-a", status);
        let pool = world.pool("edge/ng-a").await;
        let mut wish = ResourcePoolUpdate::of(&pool);
        wish.replicas = Some(2);
        for error in [
            update(&world, &pool, &wish).await.unwrap_err(),
            world.delete_pool(&pool).await.unwrap_err(),
        ] {
            assert!(
                error.is(ErrorKind::Conflict) && error.message().contains(status),
                "{error}"
            );
        }
        assert_eq!(world.pool("edge/ng-a").await.replicas, Some(1));
    }
}

#[tokio::test]
async fn a_change_that_eks_refuses_changes_nothing() {
    let world = world();
    let pool = world.pool("edge/ng-a").await;
    let mut wish = ResourcePoolUpdate::of(&pool);
    wish.replicas = Some(2);
    wish.description = "not there".to_owned();
    world
        .played
        .refuse("UpdateNodegroupConfig", 409, "ResourceInUseException");
    let error = update(&world, &pool, &wish).await.unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error}");
    assert_eq!(*world.pool("edge/ng-a").await, *pool);
}

#[tokio::test]
async fn nodes_are_ended_with_force_only() {
    let world = world();
    let pool = world.pool("edge/ng-a").await;
    let options = DeleteOptions::default();
    let deleting = world
        .plugin
        .delete_resource_pool(&world.context, &pool.resource_pool_id, &options);
    let error = deleting.await.unwrap_err();
    assert!(
        error.is(ErrorKind::Conflict) && error.message().contains("1 nodes"),
        "{error}"
    );
    world.delete_pool(&pool).await.unwrap();
    assert_eq!(world.pools().await.unwrap().len(), 2);
}

#[tokio::test]
async fn single_nodes_are_not_deleted() {
    let world = world();
    let options = DeleteOptions::force();
    let id = ResourceId::from("i-00000001");
    let deleted = world.plugin.delete_resource(&world.context, &id, &options).await;
    assert!(deleted.unwrap_err().is(ErrorKind::Unsupported));
}

#[tokio::test]
async fn requests_that_say_too_little_or_too_much_are_refused_before_anything_is_sent() {
    for (key, value, field) in [
        ("nodeRole", Value::Null, "aws.nodeRole"),
        ("subnets", json!([]), "aws.subnets"),
        ("subnets", json!("subnet-1"), "aws.subnets"),
        ("cluster", json!("core"), "aws.cluster"),
        ("launchTemplate", json!({"version": "1"}), "aws.launchTemplate"),
        ("nodeLabels", json!(["tier"]), "aws.nodeLabels"),
        ("maxSize", json!(0), "replicas"),
        ("minSize", json!(-1), "aws.minSize"),
        ("state", json!("ACTIVE"), "aws.state"),
    ] {
        let world = world();
        let mut new = new_nodes("ng-c");
        new.extensions.insert(format!("aws.{key}"), value);
        let error = create(&world, &new).await.unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{key}: {error}");
        assert!(format!("{error:?}").contains(field), "{key}: {error:?}");
        assert!(world.played.calls().is_empty(), "{key}");
    }
    for name in ["ng-c", "edge/", "/ng-c", "edge/ng/c", "edge/-ng", "edge/ng c"] {
        let world = world();
        let mut new = new_nodes("ng-c");
        name.clone_into(&mut new.name);
        let error = create(&world, &new).await.unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{name}: {error}");
        assert!(world.played.calls().is_empty(), "{name}");
    }
}

#[tokio::test]
async fn a_template_gets_another_version_by_itself() {
    let world = world();
    let pool = create(&world, &new_nodes("ng-c")).await.unwrap();
    let mut wish = ResourcePoolUpdate::of(&pool);
    for other in [json!({"name": "lt2"}), json!({"id": "lt-2", "version": "2"})] {
        wish.extensions.insert("aws.launchTemplate".to_owned(), other);
        let error = update(&world, &pool, &wish).await.unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{error}");
    }
    let second = json!({"name": "lt1", "version": "2"});
    wish.extensions.insert("aws.launchTemplate".to_owned(), second.clone());
    wish.replicas = Some(3);
    let error = update(&world, &pool, &wish).await.unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    wish.replicas = pool.replicas;
    world.played.calls();
    let changed = update(&world, &pool, &wish).await.unwrap();
    assert_eq!(changed.extensions.get("aws.launchTemplate"), Some(&second));
    let calls: Vec<_> = world.played.calls().into_iter().map(|(call, _)| call).collect();
    assert_eq!(
        calls,
        ["DescribeNodegroup", "UpdateNodegroupVersion", "DescribeNodegroup"]
    );
}

#[tokio::test]
async fn sizes_and_labels_of_nodes_are_one_change() {
    let world = world();
    let pool = create(&world, &new_nodes("ng-c")).await.unwrap();
    let mut wish = ResourcePoolUpdate::of(&pool);
    wish.replicas = Some(3);
    let labels = json!({"zone": "a"});
    wish.extensions.insert("aws.nodeLabels".to_owned(), labels.clone());
    world.played.calls();
    let changed = update(&world, &pool, &wish).await.unwrap();
    assert_eq!(changed.replicas, Some(3));
    assert_eq!(changed.extensions.get("aws.nodeLabels"), Some(&labels));
    assert_eq!(world.played.count("UpdateNodegroupConfig"), 1);
}

#[tokio::test]
async fn a_group_that_vanishes_while_it_is_changed_is_not_found() {
    for action in ["UpdateNodegroupConfig", "TagResource", "DeleteNodegroup"] {
        let world = world();
        let pool = world.pool("edge/ng-a").await;
        world.played.vanish_before(action, "ng-a");
        let mut wish = ResourcePoolUpdate::of(&pool);
        let error = match action {
            "UpdateNodegroupConfig" => {
                wish.replicas = Some(2);
                update(&world, &pool, &wish).await.unwrap_err()
            }
            "TagResource" => {
                wish.description = "not there".to_owned();
                update(&world, &pool, &wish).await.unwrap_err()
            }
            _ => world.delete_pool(&pool).await.unwrap_err(),
        };
        assert!(
            error.is(ErrorKind::NotFound) && error.message().contains("resourcePool"),
            "{action}: {error}"
        );
    }
}
