//! What happens to a region while it is read, and on the way there.

use std::time::Duration;

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault};
use o2_ims::{DeleteOptions, ResourceId, ResourcePoolId, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use o2_testkit::conformance::Trouble;
use serde_json::json;

use super::played::Cloud;
use super::{connected, example, plugin};
use crate::ims::poll::poll;

fn context() -> Context {
    Context::new("test")
}

#[tokio::test]
async fn half_a_list_is_none_and_deletes_nothing() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({"pageSize": 1}));
    let (context, query) = (context(), ListQuery::new());
    let before = plugin.list_resources(&context, &query).await.unwrap();
    // The first page of the hosts is the last answer before the connection breaks off.
    cloud.state().then = Some((1, |state| state.trouble = Some(Trouble::Down)));
    let error = plugin.list_resources(&context, &query).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Unavailable, Fault::Backend));
    cloud.state().trouble = None;
    assert_eq!(
        plugin.list_resources(&context, &query).await.unwrap().items,
        before.items
    );
}

#[tokio::test]
async fn a_host_that_goes_between_two_pages_loses_no_other() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({"pageSize": 1}));
    cloud.state().then = Some((2, |state| drop(state.hypervisors.remove(0))));
    let listed = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap();
    assert_eq!(listed.items.len(), 2);
    let state = cloud.state();
    let pages = state
        .asked
        .iter()
        .filter(|line| line.contains("os-hypervisors"))
        .count();
    assert_eq!(
        pages, 5,
        "two, of which one was in vain, and three from the beginning: {:?}",
        state.asked
    );
}

#[tokio::test]
async fn what_goes_between_list_and_get_is_not_found_in_the_same_words() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let (context, query) = (context(), ListQuery::new());
    let host = plugin.list_resources(&context, &query).await.unwrap().items.remove(0);
    let pool = ResourcePoolId::from(cloud.state().uuid_of("edge"));
    plugin.get_resource_pool(&context, &pool).await.unwrap();
    cloud.state().hypervisors.remove(0);
    cloud.state().aggregates.clear();
    let never = plugin.get_resource(&context, &ResourceId::from("x")).await.unwrap_err();
    let gone = plugin.get_resource(&context, &host.resource_id).await.unwrap_err();
    let words = never.message().replace('x', host.resource_id.as_str());
    assert_eq!((gone.kind(), gone.message()), (ErrorKind::NotFound, words.as_str()));
    let gone = plugin.get_resource_pool(&context, &pool).await.unwrap_err();
    assert!(gone.is(ErrorKind::NotFound), "{gone}");
}

#[tokio::test]
async fn a_pool_that_goes_while_it_is_changed_is_not_found() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let context = context();
    let edge = ResourcePoolId::from(cloud.state().uuid_of("edge"));
    let pool = plugin.get_resource_pool(&context, &edge).await.unwrap();
    let mut update = ResourcePoolUpdate::of(&pool);
    update
        .extensions
        .insert("openstack.hosts".to_owned(), json!(["host-a", "host-b", "host-c"]));
    // It has been found, and goes before the host is added.
    cloud.state().then = Some((1, |state| state.aggregates.clear()));
    let error = plugin.update_resource_pool(&context, &edge, &update).await.unwrap_err();
    assert!(
        error.is(ErrorKind::NotFound) && error.message().contains(edge.as_str()),
        "{error}"
    );
}

#[tokio::test]
async fn a_host_that_somebody_else_takes_out_is_out() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let context = context();
    let edge = ResourcePoolId::from(cloud.state().uuid_of("edge"));
    plugin.get_resource_pool(&context, &edge).await.unwrap();
    cloud.state().then = Some((1, |state| {
        state
            .aggregates
            .values_mut()
            .for_each(|aggregate| aggregate.hosts.clear());
    }));
    plugin
        .delete_resource_pool(&context, &edge, &DeleteOptions::force())
        .await
        .unwrap();
    assert!(cloud.state().aggregates.is_empty());
}

#[tokio::test]
async fn a_burst_of_throttling_is_told_and_passes() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let (context, query) = (context(), ListQuery::new());
    plugin.list_resources(&context, &query).await.unwrap();
    let body = json!({"overLimit": {"code": 429, "message": "This request was rate-limited."}});
    cloud.state().next = vec![("GET /v2.1/os-hypervisors", 429, body); 3];
    for _ in 0..3 {
        cloud.state().asked.clear();
        let error = plugin.list_resources(&context, &query).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (ErrorKind::RateLimited, Fault::Backend));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(
            cloud.state().asked.len() <= 2,
            "it is not asked again: {:?}",
            cloud.state().asked
        );
    }
    assert_eq!(plugin.list_resources(&context, &query).await.unwrap().items.len(), 3);
}

#[tokio::test]
async fn a_poll_costs_what_the_readme_says() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let (context, query) = (context(), ListQuery::new());
    plugin.list_resources(&context, &query).await.unwrap();
    cloud.state().asked.clear();
    plugin.list_resources(&context, &query).await.unwrap();
    assert_eq!(cloud.state().asked.len(), 3, "{:?}", cloud.state().asked);
    cloud.state().asked.clear();
    plugin.list_resource_types(&context, &query).await.unwrap();
    assert_eq!(cloud.state().asked.len(), 4, "{:?}", cloud.state().asked);
}

#[tokio::test]
async fn a_poll_without_changes_reads_every_list_as_seldom_as_it_can() {
    let (cloud, clock) = (Cloud::new(), ManualClock::auto());
    let mut config = example().unwrap();
    config["pageSize"] = json!(2);
    let plugin = connected(&config, &cloud, clock.clone()).unwrap();
    let asked = async || {
        cloud.state().asked.clear();
        assert!(poll(&*plugin, &*clock).await.unwrap() > 0);
        let mut asked = std::mem::take(&mut cloud.state().asked);
        asked.sort();
        asked
    };
    let first = asked().await;
    // A login takes two calls, and capacity two for each host.
    assert_eq!(first.len(), 10 + 2 + 2 * 3, "{first:?}");
    let (hosts, flavors) = ("GET /v2.1/os-hypervisors/detail", "GET /v2.1/flavors/detail");
    let volume_types = "GET /v3/a6944d763bf64ee6a275f1263fae0352/types";
    let second = asked().await;
    // Cinder says that there are no more types with an empty page. Hosts have two pages; they are read with pools and once
    // more with types, which may be seen where pools may not.
    let lists = [
        "GET /placement/resource_providers",
        flavors,
        flavors,
        "GET /v2.1/os-aggregates",
        hosts,
        hosts,
        hosts,
        hosts,
        volume_types,
        volume_types,
    ];
    assert_eq!(second, lists);
}
