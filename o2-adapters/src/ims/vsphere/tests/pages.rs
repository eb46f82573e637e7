//! Lists of many pages, and what goes wrong in the middle of one.

use std::time::Duration;

use futures::StreamExt;
use o2_core::plugin::HealthStatus;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault, Model};

use super::{Site, config};
use crate::ims::poll::poll;

async fn walk(site: &Site) -> Vec<String> {
    let (mut query, mut ids) = (ListQuery::new().with_limit(1), Vec::new());
    loop {
        let page = site.plugin.list_resources(&Context::new("test"), &query).await.unwrap();
        ids.extend(page.items.iter().map(|host| host.id().to_owned()));
        let Some(next) = page.next else { return ids };
        query = query.with_marker(next);
    }
}

#[tokio::test]
async fn a_vcenter_is_read_once_for_all_pages_of_a_list() {
    let site = Site::new(&config());
    assert_eq!(walk(&site).await.len(), 4);
    assert_eq!(site.calls("RetrievePropertiesEx"), 1);
    assert_eq!(walk(&site).await.len(), 4);
    assert_eq!(site.calls("RetrievePropertiesEx"), 2);
    // Whoever takes long over the pages sees what is there by then.
    let first = ListQuery::new().with_limit(1);
    let context = Context::new("test");
    let page = site.plugin.list_resources(&context, &first).await.unwrap();
    let clock: &dyn Clock = &*site.clock;
    clock.sleep(Duration::from_secs(60)).await;
    let later = first.with_marker(page.next.unwrap());
    site.plugin.list_resources(&context, &later).await.unwrap();
    assert_eq!(site.calls("RetrievePropertiesEx"), 4);
}

#[tokio::test]
async fn a_vcenter_is_read_once_for_all_lists_of_a_collector() {
    let site = Site::new(&config());
    for read in 1..=2 {
        poll(&*site.plugin, &*site.clock).await.unwrap();
        assert_eq!(site.calls("RetrievePropertiesEx"), read);
    }
}

#[tokio::test]
async fn what_a_watch_was_told_first_is_not_read_for_a_collector() {
    let site = Site::new(&config());
    let watch = async || site.plugin.watch_inventory(&Context::new("test"), None).await.unwrap();
    let mut changes = watch().await;
    let told = poll(&*site.plugin, &*site.clock).await.unwrap();
    assert_eq!(site.calls("RetrievePropertiesEx"), 0);
    assert!(quiet(&site, changes.next()).await);
    assert_eq!(poll(&*site.plugin, &*site.clock).await.unwrap(), told);
    assert_eq!(site.calls("RetrievePropertiesEx"), 1, "it is too old by then");
    // Another watch begins with what is there now.
    let mut others = watch().await;
    assert_eq!(site.calls("RetrievePropertiesEx"), 2);
    assert!(quiet(&site, others.next()).await);
    assert_eq!(site.calls("CreatePropertyCollector"), 1);
}

/// Nothing is told for a while.
async fn quiet<T>(site: &Site, next: impl Future<Output = T> + Send) -> bool {
    let clock: &dyn Clock = &*site.clock;
    clock.within(Duration::from_secs(20), next).await.is_err()
}

#[tokio::test]
async fn a_page_that_breaks_off_is_no_list_and_deletes_nothing() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let mut changes = site.plugin.watch_inventory(&context, None).await.unwrap();
    assert!(quiet(&site, changes.next()).await);
    for method in ["RetrievePropertiesEx", "ContinueRetrievePropertiesEx"] {
        site.played.state().breaks.push(method.to_owned());
        let listed = site.plugin.list_resources(&context, &ListQuery::new()).await;
        let error = listed.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault()),
            (ErrorKind::Unavailable, Fault::Backend),
            "{error}"
        );
    }
    assert!(quiet(&site, changes.next()).await);
    assert_eq!(site.resources().await.len(), 4);
    assert!(quiet(&site, changes.next()).await);
}

#[tokio::test]
async fn what_goes_while_it_is_read_is_read_once_more() {
    let site = Site::new(&config());
    site.fault("ContinueRetrievePropertiesEx", "ManagedObjectNotFound");
    assert_eq!(site.resources().await.len(), 4);
    // A list is never absent.
    for _ in 0..2 {
        site.fault("ContinueRetrievePropertiesEx", "ManagedObjectNotFound");
    }
    let listed = site
        .plugin
        .list_resources(&Context::new("test"), &ListQuery::new())
        .await;
    let error = listed.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Backend),
        "{error}"
    );
}

#[tokio::test]
async fn a_kind_that_may_not_be_seen_hides_no_other_and_is_said() {
    let site = Site::new(&config());
    let context = Context::new("test");
    site.played.state().hidden.insert("HostSystem".to_owned());
    assert!(site.resources().await.is_empty());
    let pools = site
        .plugin
        .list_resource_pools(&context, &ListQuery::new())
        .await
        .unwrap();
    assert_eq!(pools.items.len(), 4);
    let health = site.plugin.health(&context).await;
    assert_eq!(health.status, HealthStatus::Degraded);
    assert_eq!(health.details["forbidden"], "HostSystem");
    site.played.state().hidden.clear();
    assert_eq!(site.resources().await.len(), 4);
    assert_eq!(site.plugin.health(&context).await.status, HealthStatus::Healthy);
}

#[tokio::test]
async fn what_may_not_be_seen_any_more_is_not_deleted() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let mut changes = site.plugin.watch_inventory(&context, None).await.unwrap();
    assert!(quiet(&site, changes.next()).await);
    site.played.state().hidden.insert("HostSystem".to_owned());
    assert_eq!(site.resources().await.len(), 4);
    assert!(quiet(&site, changes.next()).await);
    // The same when all is told anew.
    site.played.end_sessions();
    assert!(quiet(&site, changes.next()).await);
    assert!(site.calls("CreatePropertyCollector") >= 2);
    assert_eq!(site.plugin.health(&context).await.status, HealthStatus::Degraded);
    site.played.state().hidden.clear();
    assert_eq!(site.resources().await.len(), 4);
    assert!(quiet(&site, changes.next()).await);
}
