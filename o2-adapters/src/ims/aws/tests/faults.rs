//! What may go wrong between AWS and the plugin.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::plugin::HealthStatus;
use o2_core::ports::{Ports, Secret};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, Fault, PluginInfo, Result, Retry};
use o2_ims::{DeleteOptions, Resource, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use o2_testkit::conformance::Trouble;
use serde_json::json;

use super::world::World;
use super::{BACKEND, KEY, Played, SECRET, example};
use crate::ims::aws::{AwsCredentials, Credentials, CredentialsProvider};
use crate::ims::poll::poll;

#[tokio::test]
async fn refusals_are_known_by_their_code() {
    for (status, code, kind, retry) in [
        (
            400,
            "Throttling",
            ErrorKind::RateLimited,
            ErrorKind::RateLimited.usual_retry(),
        ),
        (
            503,
            "RequestLimitExceeded",
            ErrorKind::RateLimited,
            ErrorKind::RateLimited.usual_retry(),
        ),
        (403, "UnauthorizedOperation", ErrorKind::PermissionDenied, Retry::Never),
        (
            500,
            "InternalError",
            ErrorKind::Unavailable,
            ErrorKind::Unavailable.usual_retry(),
        ),
    ] {
        let world = World::new();
        world.played.refuse("DescribeInstances", status, code);
        let error = world.resources().await.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault(), error.retry()),
            (kind, Fault::Backend, retry),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn a_burst_of_throttling_is_told_and_passes() {
    let world = World::new();
    for _ in 0..3 {
        world.played.refuse("DescribeVolumes", 503, "RequestLimitExceeded");
    }
    for _ in 0..3 {
        let error = world.resources().await.unwrap_err();
        assert!(
            error.is(ErrorKind::RateLimited) && error.retry() == Retry::Safe,
            "{error}"
        );
    }
    assert_eq!(world.resources().await.unwrap().len(), 8);
}

/// Gives a session that is newer whenever it is asked.
#[derive(Debug, Default)]
struct Vault(AtomicU32);

impl CredentialsProvider for Vault {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials>> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let keys = Credentials::new(KEY, Secret::new(SECRET));
        ready(Ok(keys.with_session(Secret::new(format!("session-{number}")), None))).boxed()
    }
}

#[tokio::test]
async fn a_session_that_ends_between_two_pages_is_renewed() {
    let clock = ManualClock::auto();
    let (played, vault) = (Arc::new(Played::with_groups(clock.clone())), Arc::new(Vault::default()));
    let ports = Ports::new(clock).with_http(Arc::clone(&played) as _);
    let given = ports.shared.get_or_default::<AwsCredentials>();
    given.provide("vault", Arc::clone(&vault) as _);
    let mut config = example().unwrap();
    config["credentials"] = json!({"provider": "vault"});
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version).unwrap();
    let plugin = (BACKEND.build)(info, &config, &ports).unwrap();

    played.change_session("session-1", "session-2");
    let context = Context::new("test");
    let pools = plugin.list_resource_pools(&context, &ListQuery::new()).await.unwrap();

    assert_eq!(pools.items.len(), 4);
    let second = || ("DescribeAutoScalingGroups".to_owned(), Some("pool-b".to_owned()));
    let first = ("DescribeAutoScalingGroups".to_owned(), None);
    assert_eq!(played.calls(), vec![first, second(), second()]);
    assert_eq!(vault.0.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn half_a_page_is_no_list() {
    let world = World::new();
    world.played.cut();
    let error = world.pools().await.unwrap_err();
    assert!(
        error.is(ErrorKind::Unavailable) && error.fault() == Fault::Backend,
        "{error}"
    );
    assert_eq!(world.pools().await.unwrap().len(), 4);
}

#[tokio::test]
async fn types_are_asked_for_once() {
    let world = World::new();
    for expected in [1, 0] {
        world.resources().await.unwrap();
        assert_eq!(world.played.count("DescribeInstanceTypes"), expected);
    }
}

#[tokio::test]
async fn a_poll_without_changes_reads_every_list_as_seldom_as_it_can() {
    let (world, clock) = (World::new(), ManualClock::auto());
    let poll = async || {
        poll(&*world.plugin, &*clock).await.unwrap();
        let mut called: Vec<String> = world.played.calls().into_iter().map(|(action, _)| action).collect();
        called.sort();
        called
    };
    assert!(poll().await.contains(&"DescribeInstanceTypes".to_owned()));
    // The three groups have two pages, and so have instances. Groups are read for pools, and once more with instances: pools
    // may be seen where instances may not.
    let (groups, instances) = ("DescribeAutoScalingGroups", "DescribeInstances");
    let others = ["DescribeVolumes", "DescribeVpcs"];
    let lists = [groups, groups, groups, groups, instances, instances];
    let lists: Vec<&str> = lists.into_iter().chain(others).collect();
    assert_eq!(poll().await, lists);
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected_once() {
    for ahead in [3600, -3600] {
        let world = World::new();
        world.played.be_ahead(ahead);
        assert_eq!(world.pools().await.unwrap().len(), 4);
        // The first page was refused, and asked for again with the right time.
        assert_eq!(world.played.count("DescribeAutoScalingGroups"), 3);
        assert_eq!(world.pools().await.unwrap().len(), 4);
        assert_eq!(world.played.count("DescribeAutoScalingGroups"), 2);
    }
}

#[tokio::test]
async fn a_secret_that_is_wrong_stays_wrong() {
    let mut config = example().unwrap();
    config["credentials"]["secretAccessKey"] = json!("another");
    let world = World::of(&config);
    let error = world.pools().await.unwrap_err();
    assert!(
        error.fault() == Fault::Backend && error.detail().unwrap().contains("SignatureDoesNotMatch"),
        "{error}"
    );
    assert_eq!(world.played.count("DescribeAutoScalingGroups"), 2);
}

#[tokio::test]
async fn a_region_that_is_wrong_is_named() {
    let mut config = example().unwrap();
    config["regions"] = json!(["eu-west-1", "eu-wst-1"]);
    let error = World::of(&config).pools().await.unwrap_err();
    assert!(
        error.fault() != Fault::Caller && error.message().contains("eu-wst-1"),
        "{error}"
    );
}

#[tokio::test]
async fn what_may_not_be_seen_is_left_out_and_announced() {
    for (action, left_out) in [("DescribeVolumes", "vol-1"), ("DescribeVpcs", "vpc-1")] {
        let world = World::new();
        world.played.deny(action);
        let others = world.others().await;
        assert!(others.len() == 1 && others[0] != left_out, "{others:?}");
        let health = world.plugin.health(&world.context).await;
        let told = health.message;
        assert_eq!(health.status, HealthStatus::Degraded);
        assert!(told.contains(&format!("ec2:{action} in eu-west-1")), "{told}");

        world.played.permit_all();
        assert_eq!(world.others().await.len(), 2);
        assert_eq!(world.plugin.health(&world.context).await.status, HealthStatus::Healthy);
    }
}

#[tokio::test]
async fn what_was_seen_is_not_gone_when_it_may_not_be_seen() {
    let world = World::new();
    assert_eq!(world.others().await.len(), 2);
    world.played.deny("DescribeVolumes");
    assert_eq!(world.others().await, ["vol-1", "vpc-1"]);
    assert_eq!(world.plugin.health(&world.context).await.status, HealthStatus::Degraded);
}

#[tokio::test]
async fn types_that_may_not_be_seen_have_a_name_at_least() {
    let world = World::new();
    world.played.deny("DescribeInstanceTypes");
    let query = ListQuery::new();
    let listed = world.plugin.list_resource_types(&world.context, &query).await;
    let types = listed.unwrap().items;
    let names: Vec<_> = types.iter().map(|known| known.name.as_str()).collect();
    assert_eq!(names, ["gp3", "t3.micro", "VPC"]);
}

#[tokio::test]
async fn without_instances_there_is_no_list() {
    let world = World::new();
    world.played.deny("DescribeInstances");
    let error = world.resources().await.unwrap_err();
    assert!(
        error.is(ErrorKind::PermissionDenied) && error.fault() == Fault::Backend,
        "{error}"
    );
    assert_eq!(world.pools().await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_server_that_hangs_is_left_when_the_time_is_over() {
    let world = World::new();
    world.played.set_trouble(Some(Trouble::Hanging));
    let error = world.pools().await.unwrap_err();
    assert!(
        error.is(ErrorKind::Timeout) && error.fault() == Fault::Backend,
        "{error}"
    );
}

#[tokio::test]
async fn words_that_nobody_knows_are_shown() {
    let world = World::new();
    let id = world.resources().await.unwrap()[0].resource_id.clone();
    assert!(world.played.set_instance(id.as_str(), "quarantined"));
    let resource = world.plugin.get_resource(&world.context, &id).await.unwrap();
    assert_eq!(resource.extensions.get("aws.state"), Some(&json!("quarantined")));
    assert_eq!(
        resource.health.as_ref().map(|health| health.status),
        Some(HealthStatus::Degraded)
    );
}

#[tokio::test]
async fn an_instance_that_is_gone_after_the_list_is_not_found() {
    let world = World::new();
    let id = world.resources().await.unwrap()[0].resource_id.clone();
    assert!(world.played.remove_instance(id.as_str()));
    let error = world.plugin.get_resource(&world.context, &id).await.unwrap_err();
    assert!(
        error.is(ErrorKind::NotFound) && error.fault() == Fault::Caller,
        "{error}"
    );
}

#[tokio::test]
async fn a_group_that_vanishes_while_it_is_changed_is_not_found() {
    for action in ["UpdateAutoScalingGroup", "CreateOrUpdateTags", "DeleteAutoScalingGroup"] {
        let world = World::new();
        let pool = world.pool("pool-a").await;
        world.played.vanish_before(action, "pool-a");
        let id = &pool.resource_pool_id;
        let mut update = ResourcePoolUpdate::of(&pool);
        let changed = match action {
            "UpdateAutoScalingGroup" => {
                update.replicas = Some(2);
                world.plugin.update_resource_pool(&world.context, id, &update).await
            }
            "CreateOrUpdateTags" => {
                update.description = "not there".to_owned();
                world.plugin.update_resource_pool(&world.context, id, &update).await
            }
            _ => world.delete_pool(&pool).await.map(|()| pool),
        };
        let error = changed.unwrap_err();
        assert!(
            error.is(ErrorKind::NotFound) && error.message().contains("resourcePool"),
            "{action}: {error}"
        );
    }
}

#[tokio::test]
async fn an_instance_whose_group_vanishes_while_it_is_deleted_is_not_found() {
    let world = World::new();
    let pool = world.pool("pool-a").await;
    let resources = world.resources().await.unwrap();
    let of_pool = |resource: &&Arc<Resource>| resource.resource_pool_id == pool.resource_pool_id;
    let id = &resources.iter().find(of_pool).unwrap().resource_id;
    world
        .played
        .vanish_before("TerminateInstanceInAutoScalingGroup", "pool-a");
    let options = DeleteOptions::default();
    let deleted = world.plugin.delete_resource(&world.context, id, &options).await;
    let error = deleted.unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn sizes_that_do_not_fit_are_refused_before_anything_is_sent() {
    let world = World::new();
    let pool = world.pool("pool-a").await;
    let mut update = ResourcePoolUpdate::of(&pool);
    update.extensions.insert("aws.maxSize".to_owned(), json!(1));
    update.replicas = Some(2);
    let updated = world
        .plugin
        .update_resource_pool(&world.context, &pool.resource_pool_id, &update);
    let error = updated.await.unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    let calls = world.played.calls();
    assert!(calls.iter().all(|(call, _)| call.starts_with("Describe")), "{calls:?}");
}
