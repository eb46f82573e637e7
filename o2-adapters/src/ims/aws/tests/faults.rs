//! What may go wrong between AWS and the plugin.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault, Retry};
use o2_ims::{IMSPlugin, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use serde_json::json;

use super::{Played, connected, example};

fn world() -> (Arc<Played>, Arc<dyn IMSPlugin>, Context) {
    let played = Arc::new(Played::with_groups());
    let plugin = connected(&example().unwrap(), &played, ManualClock::auto()).unwrap();
    (played, plugin, Context::new("test"))
}

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
        let (played, plugin, context) = world();
        played.refuse("DescribeInstances", status, code);
        let error = plugin.list_resources(&context, &ListQuery::new()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault(), error.retry()),
            (kind, Fault::Backend, retry),
            "{code}: {error}"
        );
    }
}

#[tokio::test]
async fn expired_credentials_are_renewed_within_a_list() {
    let (played, plugin, context) = world();
    played.refuse("DescribeInstances", 403, "ExpiredToken");
    let page = plugin.list_resources(&context, &ListQuery::new()).await.unwrap();
    assert_eq!(page.items.len(), 5);
    let asked = played
        .calls()
        .iter()
        .filter(|call| *call == "DescribeInstances")
        .count();
    assert_eq!(asked, 2);
}

#[tokio::test]
async fn half_a_page_is_no_list() {
    let (played, plugin, context) = world();
    played.cut();
    let error = plugin
        .list_resource_pools(&context, &ListQuery::new())
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error}");
    let page = plugin.list_resource_pools(&context, &ListQuery::new()).await.unwrap();
    assert_eq!(page.items.len(), 4);
}

#[tokio::test]
async fn types_are_asked_for_once() {
    let (played, plugin, context) = world();
    for expected in [1, 0] {
        plugin.list_resources(&context, &ListQuery::new()).await.unwrap();
        let asked = played
            .calls()
            .iter()
            .filter(|call| *call == "DescribeInstanceTypes")
            .count();
        assert_eq!(asked, expected);
    }
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_corrected() {
    let (played, plugin, context) = world();
    played.refuse_at("Wed, 21 Oct 2105 07:28:00 GMT");
    played.refuse("DescribeAutoScalingGroups", 403, "RequestTimeTooSkewed");
    let page = plugin.list_resource_pools(&context, &ListQuery::new()).await.unwrap();
    assert_eq!(page.items.len(), 4);
}

#[tokio::test]
async fn a_group_that_vanishes_while_it_is_changed_is_not_found() {
    let (played, plugin, context) = world();
    let pools = plugin
        .list_resource_pools(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    let pool = pools.iter().find(|pool| pool.name == "pool-a").unwrap();
    let mut update = ResourcePoolUpdate::of(pool);
    update.replicas = Some(2);
    played.refuse("UpdateAutoScalingGroup", 404, "ResourceNotFoundException");
    let error = plugin
        .update_resource_pool(&context, &pool.resource_pool_id, &update)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn sizes_that_do_not_fit_are_refused_before_anything_is_sent() {
    let (played, plugin, context) = world();
    let pools = plugin
        .list_resource_pools(&context, &ListQuery::new())
        .await
        .unwrap()
        .items;
    let pool = pools.iter().find(|pool| pool.name == "pool-a").unwrap();
    let mut update = ResourcePoolUpdate::of(pool);
    update.extensions.insert("aws.maxSize".to_owned(), json!(1));
    update.replicas = Some(2);
    let error = plugin
        .update_resource_pool(&context, &pool.resource_pool_id, &update)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    assert!(played.calls().iter().all(|call| call.starts_with("Describe")));
}
