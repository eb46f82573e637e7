//! What else than an Auto Scaling group may be a pool.

use o2_core::{ErrorKind, Model};
use o2_ims::ResourcePool;
use serde_json::json;

use super::example;
use super::world::World;

#[tokio::test]
async fn zones_are_pools_that_nobody_changes() {
    let mut config = example().unwrap();
    config["mode"] = json!("az");
    let world = World::of(&config);
    let pools = world.pools().await.unwrap();
    let names: Vec<_> = pools.iter().map(|pool| (pool.id(), pool.name.as_str())).collect();
    assert_eq!(
        names,
        [
            ("euw1-az1", "eu-west-1a"),
            ("unmanaged-eu-west-1", "unmanaged in eu-west-1")
        ]
    );
    let resources = world.resources().await.unwrap();
    let in_zone = resources
        .iter()
        .filter(|known| known.resource_pool_id.as_str() == "euw1-az1");
    assert_eq!(in_zone.count(), 7);
    assert!(
        world
            .delete_pool(&pools[0])
            .await
            .unwrap_err()
            .is(ErrorKind::Unsupported)
    );
}

#[tokio::test]
async fn node_groups_are_pools_of_the_instances_of_their_groups() {
    let mut config = example().unwrap();
    config["mode"] = json!("eks");
    let world = World::of(&config);
    let pools = world.pools().await.unwrap();
    let names: Vec<_> = pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["edge/ng-a", "edge/ng-b", "unmanaged in eu-west-1"]);
    let resources = world.resources().await.unwrap();
    let of = |pool: &ResourcePool| {
        let pool = &pool.resource_pool_id;
        resources.iter().filter(|known| known.resource_pool_id == *pool).count()
    };
    // Both have one instance; the third, the volumes and the network are in none.
    assert_eq!((of(&pools[0]), of(&pools[1]), of(&pools[2])), (1, 1, 6));
    world.played.delete_node_group("ng-b");
    let pools = world.pools().await.unwrap();
    let names: Vec<_> = pools.iter().map(|pool| pool.name.as_str()).collect();
    assert_eq!(names, ["edge/ng-a", "unmanaged in eu-west-1"]);
}
