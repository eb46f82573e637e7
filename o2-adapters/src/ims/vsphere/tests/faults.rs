//! What goes wrong at a vCenter, and what callers hear of it.

use futures::StreamExt;
use o2_core::model::ChangeKind;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePoolUpdate};
use serde_json::json;

use super::super::vim::Ref;
use super::played::text;
use super::{Site, config};

fn new(name: &str) -> NewResourcePool {
    let mut new = NewResourcePool::new(name);
    new.location = Some("dallas".to_owned());
    new.description = "for tests".to_owned();
    new
}

#[tokio::test]
async fn a_session_that_was_ended_is_begun_anew_once() {
    for tells_nobody in [false, true] {
        let site = Site::new(&config());
        site.played.state().tells_nobody = tells_nobody;
        assert_eq!(site.resources().await.len(), 4);
        site.played.end_sessions();
        let (one, other) = futures::join!(site.resources(), site.resources());
        assert_eq!((one.len(), other.len()), (4, 4));
        assert_eq!(site.calls("Login"), 2);
    }
}

#[tokio::test]
async fn a_session_that_ends_between_two_pages_loses_nothing() {
    let site = Site::new(&config());
    site.fault("ContinueRetrievePropertiesEx", "NotAuthenticated");
    assert_eq!(site.resources().await.len(), 4);
    assert_eq!(site.calls("Login"), 2);
}

#[tokio::test]
async fn half_a_list_is_none() {
    let site = Site::new(&config());
    site.fault("ContinueRetrievePropertiesEx", "RuntimeFault");
    let listed = site
        .plugin
        .list_resources(&Context::new("test"), &ListQuery::new())
        .await;
    let error = listed.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Backend));
}

#[tokio::test]
async fn faults_are_told_apart() {
    for (method, fault, kind, by) in [
        (
            "CreateResourcePool",
            "DuplicateName",
            ErrorKind::AlreadyExists,
            Fault::Caller,
        ),
        (
            "CreateResourcePool",
            "InvalidArgument",
            ErrorKind::InvalidInput,
            Fault::Caller,
        ),
        (
            "CreateResourcePool",
            "NoPermission",
            ErrorKind::PermissionDenied,
            Fault::Backend,
        ),
        (
            "CreateResourcePool",
            "InsufficientMemoryResourcesFault",
            ErrorKind::Conflict,
            Fault::Caller,
        ),
        ("CreateResourcePool", "NobodyKnows", ErrorKind::Internal, Fault::Backend),
        ("SetField", "NoPermission", ErrorKind::PermissionDenied, Fault::Backend),
        ("Login", "InvalidLogin", ErrorKind::PermissionDenied, Fault::Backend),
    ] {
        let site = Site::new(&config());
        site.fault(method, fault);
        let error = site
            .plugin
            .create_resource_pool(&Context::new("test"), &new("edge"))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), error.fault()), (kind, by), "{fault}: {error}");
        let pools = site
            .plugin
            .list_resource_pools(&Context::new("test"), &ListQuery::new())
            .await;
        // Login is not tried again for a while.
        assert!(
            pools.map_or(method == "Login", |pools| pools.items.len() == 4),
            "{fault}"
        );
    }
}

#[tokio::test]
async fn what_vsphere_cannot_express_is_refused() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let mut sized = new("sized");
    sized.replicas = Some(3);
    let mut nowhere = new("nowhere");
    nowhere
        .extensions
        .insert("vsphere.parentPoolId".to_owned(), json!("vc-1:domain-c9"));
    let mut elsewhere = new("elsewhere");
    elsewhere.location = None;
    let mut odd = new("odd");
    odd.extensions.insert(
        "vsphere.cpuAllocation".to_owned(),
        json!({"limit": 5, "reservation": 6}),
    );
    let mut long = new("long");
    long.description = "x".repeat(2000);
    for new in [sized, nowhere, elsewhere, odd, long, new("a/b")] {
        let error = site.plugin.create_resource_pool(&context, &new).await.unwrap_err();
        assert!(error.is(ErrorKind::InvalidInput), "{}: {error}", new.name);
    }
    assert_eq!(site.calls("CreateResourcePool"), 0);
}

#[tokio::test]
async fn allocations_are_changed_and_the_rest_stays() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let mut asked = new("edge");
    let cpu = json!({"reservation": 1000, "level": "high"});
    asked.extensions.insert("vsphere.cpuAllocation".to_owned(), cpu);
    let pool = site.plugin.create_resource_pool(&context, &asked).await.unwrap();
    assert_eq!(pool.extensions["vsphere.cpuAllocation"]["reservation"], json!(1000));
    let mut update = ResourcePoolUpdate::of(&pool);
    update.name = "renamed".to_owned();
    update
        .extensions
        .insert("vsphere.cpuAllocation".to_owned(), json!({"limit": 2000}));
    let pool = site
        .plugin
        .update_resource_pool(&context, &pool.resource_pool_id, &update)
        .await
        .unwrap();
    assert_eq!(pool.name, "renamed");
    let expected = json!({"reservation": 1000, "limit": 2000, "expandable": true, "shares": 4000, "level": "high"});
    assert_eq!(pool.extensions["vsphere.cpuAllocation"], expected);
    assert_eq!(pool.description, "for tests");
}

#[tokio::test]
async fn what_has_something_in_it_is_not_deleted_without_force() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let cluster = site
        .plugin
        .delete_resource_pool(&context, &"vc-1:domain-c1".into(), &DeleteOptions::force())
        .await;
    assert!(cluster.unwrap_err().is(ErrorKind::Conflict));
    {
        let mut state = site.played.state();
        let pool = Ref::new("ResourcePool", "resgroup-11");
        let mut properties = state.objects[&pool].clone();
        let members = Ref::new("VirtualMachine", "vm-1").write("ManagedObjectReference");
        properties.insert("vm".to_owned(), format!("<val>{members}</val>"));
        state.put(&pool, properties);
    }
    let full = site
        .plugin
        .delete_resource_pool(&context, &"vc-1:resgroup-11".into(), &DeleteOptions::default())
        .await;
    assert!(full.unwrap_err().is(ErrorKind::Conflict));
    let forced = site
        .plugin
        .delete_resource_pool(&context, &"vc-1:resgroup-11".into(), &DeleteOptions::force())
        .await;
    forced.unwrap();
}

#[tokio::test]
async fn a_pool_that_goes_between_list_and_get_is_not_found() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let pool = site.plugin.create_resource_pool(&context, &new("edge")).await.unwrap();
    site.fault("UpdateConfig", "ManagedObjectNotFound");
    let mut update = ResourcePoolUpdate::of(&pool);
    update.name = "gone".to_owned();
    let error = site
        .plugin
        .update_resource_pool(&context, &pool.resource_pool_id, &update)
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn a_watch_outlives_its_session_and_forgotten_versions() {
    let site = Site::new(&config());
    let mut changes = site.plugin.watch_inventory(&Context::new("test"), None).await.unwrap();
    for (number, fault) in ["NotAuthenticated", "InvalidCollectorVersion", "ManagedObjectNotFound"]
        .iter()
        .enumerate()
    {
        site.played.end_sessions();
        site.fault("WaitForUpdatesEx", fault);
        let host = Ref::new("HostSystem", "host-11");
        let mut properties = site.played.state().objects[&host].clone();
        properties.insert("name".to_owned(), text(&format!("renamed-{number}")));
        site.played.state().put(&host, properties);
        let change = changes.next().await.unwrap().unwrap();
        assert_eq!(
            (change.kind, change.object().unwrap().id()),
            (ChangeKind::Updated, "vc-1:host-11")
        );
    }
}

#[tokio::test]
async fn a_quiet_vcenter_is_asked_once_in_a_while() {
    let site = Site::new(&config());
    let mut changes = site.plugin.watch_inventory(&Context::new("test"), None).await.unwrap();
    let clock: &dyn o2_core::ports::Clock = &*site.clock;
    let quiet = clock.within(std::time::Duration::from_secs(60), changes.next()).await;
    assert!(quiet.is_err());
    let read = site.calls("RetrievePropertiesEx");
    let asked = site.calls("WaitForUpdatesEx");
    assert_eq!(read, 0, "what is told first is everything");
    assert!((11..=13).contains(&asked), "{asked}");
}

#[tokio::test]
async fn a_closed_plugin_has_ended_its_session() {
    let site = Site::new(&config());
    site.resources().await;
    site.plugin.close().await.unwrap();
    site.plugin.close().await.unwrap();
    assert_eq!(site.calls("Logout"), 1);
}

#[tokio::test]
async fn what_goes_between_list_and_get_is_not_found_in_the_same_words() {
    let site = Site::new(&config());
    let context = Context::new("test");
    let pool = site.plugin.create_resource_pool(&context, &new("edge")).await.unwrap();
    let (pool, host) = (&pool.resource_pool_id, Ref::new("HostSystem", "host-11"));
    // It is gone when it is destroyed, and when it is looked whether something is in it.
    let (plain, force) = (DeleteOptions::default(), DeleteOptions::force());
    let mut told = Vec::new();
    site.fault("Destroy_Task", "ManagedObjectNotFound");
    told.push(
        site.plugin
            .delete_resource_pool(&context, pool, &force)
            .await
            .unwrap_err(),
    );
    let object = Ref::new("ResourcePool", pool.as_str().split_once(':').unwrap().1);
    site.played.state().remove(&object);
    told.push(site.plugin.get_resource_pool(&context, pool).await.unwrap_err());
    told.push(
        site.plugin
            .delete_resource_pool(&context, pool, &plain)
            .await
            .unwrap_err(),
    );
    for error in &told {
        assert!(error.is(ErrorKind::NotFound), "{error}");
        assert_eq!(error.message(), told[0].message());
    }
    site.played.state().remove(&host);
    let error = site
        .plugin
        .get_resource(&context, &"vc-1:host-11".into())
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn a_parent_that_goes_meanwhile_is_named() {
    let site = Site::new(&config());
    site.fault("CreateResourcePool", "ManagedObjectNotFound");
    let error = site
        .plugin
        .create_resource_pool(&Context::new("test"), &new("edge"))
        .await;
    let error = error.unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    assert!(error.to_string().contains("parentPoolId") || format!("{error:?}").contains("parentPoolId"));
}

#[tokio::test]
async fn a_vcenter_that_is_busy_says_when_to_come_back() {
    for (method, status, kind) in [
        ("RetrievePropertiesEx", 429, ErrorKind::RateLimited),
        ("RetrievePropertiesEx", 503, ErrorKind::Unavailable),
        // It has as many sessions as it can.
        ("Login", 503, ErrorKind::Unavailable),
    ] {
        let site = Site::new(&config());
        site.played.state().statuses.push((method.to_owned(), status));
        let listed = site
            .plugin
            .list_resources(&Context::new("test"), &ListQuery::new())
            .await;
        let error = listed.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault()),
            (kind, Fault::Backend),
            "{method}: {error}"
        );
        assert_eq!(error.message().contains("session"), method == "Login", "{error}");
        let wait = std::time::Duration::from_secs(7);
        assert_eq!(error.retry_after(), Some(wait), "{method}: {error:?}");
        assert_eq!(site.calls("Login"), 1);
    }
}

#[tokio::test]
async fn a_collector_that_is_not_asked_again_is_given_back() {
    let site = Site::new(&config());
    let mut changes = site.plugin.watch_inventory(&Context::new("test"), None).await.unwrap();
    let clock: &dyn o2_core::ports::Clock = &*site.clock;
    let wait = std::time::Duration::from_secs(20);
    assert!(clock.within(wait, changes.next()).await.is_err());
    site.fault("WaitForUpdatesEx", "InvalidCollectorVersion");
    assert!(clock.within(wait, changes.next()).await.is_err());
    let made = site.calls("CreatePropertyCollector");
    assert_eq!((made, site.calls("DestroyPropertyCollector")), (2, 1));
}
