//! What goes wrong in clouds, and what is told about it.

use std::collections::BTreeSet;
use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault, Retry};
use o2_ims::{DeleteOptions, IMSPlugin, NewResourcePool, ResourcePoolId, ResourcePoolUpdate};
use o2_testkit::conformance::Trouble;
use serde_json::{Value, json};

use super::played::Cloud;
use super::{example, plugin};

fn context() -> Context {
    Context::new("test")
}

#[tokio::test]
async fn a_token_that_ends_amid_a_list_is_renewed_once() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({"pageSize": 1}));
    cloud.state().then = Some((3, |state| state.good = 0));
    let listed = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap();
    assert_eq!(listed.items.len(), 3);
    let state = cloud.state();
    let logins = state
        .asked
        .iter()
        .filter(|line| line.starts_with("POST /v3/auth"))
        .count();
    assert_eq!(logins, 2, "{:?}", state.asked);
}

#[tokio::test]
async fn what_can_be_left_out_is_and_the_rest_is_shown() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    cloud.state().forbidden = vec!["/placement"];
    let listed = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap();
    assert!(
        listed
            .items
            .iter()
            .all(|host| !host.extensions.contains_key("openstack.capacity"))
    );
    let health = plugin.health(&context()).await;
    assert_eq!(health.status, HealthStatus::Degraded);
    cloud.state().forbidden = Vec::new();
    let listed = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap();
    assert_eq!(listed.items[0].extensions["openstack.capacity"]["VCPU"]["capacity"], 64);
    assert_eq!(plugin.health(&context()).await.status, HealthStatus::Healthy);
}

#[tokio::test]
async fn where_one_kind_is_forbidden_the_others_are_shown() {
    for (forbidden, lists) in [
        ("/placement", [true, true]),
        ("/v3/a6944d763bf64ee6a275f1263fae0352/types", [true, true]),
        ("/v2.1/os-aggregates", [false, true]),
        ("/v2.1/os-hypervisors", [false, false]),
        ("/v2.1/flavors/detail", [true, false]),
    ] {
        let cloud = Cloud::new();
        let plugin = plugin(&cloud, &json!({}));
        cloud.state().forbidden = vec![forbidden];
        let (context, query) = (context(), ListQuery::new());
        let resources = plugin.list_resources(&context, &query).await.map(drop);
        let types = plugin.list_resource_types(&context, &query).await.map(drop);
        for (listed, expected) in [resources, types].into_iter().zip(lists) {
            match listed {
                Ok(()) => assert!(expected, "{forbidden}"),
                Err(error) => {
                    let told = (error.kind(), error.fault());
                    assert_eq!(told, (ErrorKind::PermissionDenied, Fault::Backend), "{forbidden}");
                    assert!(!expected, "{forbidden}: {error}");
                }
            }
        }
        assert_eq!(
            plugin.health(&context).await.status,
            HealthStatus::Degraded,
            "{forbidden}"
        );
    }
}

#[tokio::test]
async fn answers_are_told_apart() {
    for (status, body, kind, retry) in [
        (
            429,
            json!({"overLimit": {"code": 429, "message": "slow"}}),
            ErrorKind::RateLimited,
            None,
        ),
        (
            413,
            json!({"overLimit": {"code": 413, "message": "slow"}}),
            ErrorKind::RateLimited,
            None,
        ),
        (503, json!({}), ErrorKind::Unavailable, None),
        (500, json!({"computeFault": {"code": 500}}), ErrorKind::Internal, None),
        // The marker was deleted between two pages, twice.
        (
            400,
            json!({"badRequest": {"code": 400, "message": "marker not found"}}),
            ErrorKind::Unavailable,
            Some(Retry::Safe),
        ),
        (200, json!({"hypervisors": {}}), ErrorKind::Internal, None),
    ] {
        let cloud = Cloud::new();
        let plugin = plugin(&cloud, &json!({}));
        let answer = ("GET /v2.1/os-hypervisors", status, body);
        cloud.state().next = vec![answer.clone(), answer];
        let error = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault()),
            (kind, Fault::Backend),
            "{status}: {error}"
        );
        assert!(retry.is_none_or(|retry| error.retry() == retry), "{status}: {error:?}");
    }
}

/// Everything that is listed.
async fn shown(plugin: &Arc<dyn IMSPlugin>) -> Value {
    let (context, query) = (context(), ListQuery::new());
    json!([
        plugin.list_deployment_managers(&context, &query).await.unwrap().items,
        plugin.list_resource_pools(&context, &query).await.unwrap().items,
        plugin.list_resources(&context, &query).await.unwrap().items,
        plugin.list_resource_types(&context, &query).await.unwrap().items,
    ])
}

#[tokio::test]
async fn a_host_that_cannot_be_read_changes_nothing() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let before = shown(&plugin).await;
    let kept = cloud.state().hypervisors[0]["service"].take();
    let during = shown(&plugin).await;
    assert_eq!(during[0], before[0]);
    assert_eq!(during[1], before[1]);
    let ids = |listed: &Value| -> BTreeSet<String> {
        let all = listed[2].as_array().unwrap().iter();
        all.map(|host| host["resourceId"].to_string()).collect()
    };
    assert_eq!(ids(&during), ids(&before));
    let health = plugin.health(&context()).await;
    assert_eq!(
        (health.status, health.message.as_str()),
        (HealthStatus::Degraded, "cannot be read: 1 of the hypervisors")
    );
    cloud.state().hypervisors[0]["service"] = kept;
    assert_eq!(shown(&plugin).await, before);
    assert_eq!(plugin.health(&context()).await.status, HealthStatus::Healthy);
    cloud.state().hypervisors.remove(0);
    let after = shown(&plugin).await;
    assert_eq!(after[2].as_array().unwrap().len(), 2);
    assert_eq!(after[0][0]["capacity"]["VCPU"], 128);
}

#[tokio::test]
async fn sums_of_hosts_that_were_never_read_are_not_told() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let kept = cloud.state().hypervisors[0]["service"].take();
    let manager = || async {
        plugin
            .get_deployment_manager(&context(), &"RegionOne".into())
            .await
            .unwrap()
    };
    let edge = ResourcePoolId::from(cloud.state().uuid_of("edge"));
    let pool = || async { plugin.get_resource_pool(&context(), &edge).await.unwrap() };
    assert!(manager().await.capacity.is_empty());
    assert!(!pool().await.extensions.contains_key("openstack.capacity") && pool().await.health.is_none());
    cloud.state().hypervisors[0]["service"] = kept;
    assert_eq!(manager().await.capacity["VCPU"], 192);
    assert_eq!(pool().await.extensions["openstack.capacity"]["VCPU"], 128);
    assert!(pool().await.health.is_some());
}

#[tokio::test]
async fn capacity_that_may_no_longer_be_seen_stays_as_it_was() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let manager = || async {
        plugin
            .get_deployment_manager(&context(), &"RegionOne".into())
            .await
            .unwrap()
    };
    assert_eq!(manager().await.capacity["VCPU"], 192);
    cloud.state().forbidden = vec!["/placement"];
    assert_eq!(manager().await.capacity["VCPU"], 192);
    // Of a new host nothing is known, so nothing is known of all.
    cloud.state().add_host("host-d");
    assert!(manager().await.capacity.is_empty());
    cloud.state().forbidden = Vec::new();
    assert_eq!(manager().await.capacity["VCPU"], 256);
}

#[tokio::test]
async fn a_pool_that_cannot_be_read_is_neither_lost_nor_taken_for_gone() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let edge = ResourcePoolId::from(cloud.state().uuid_of("edge"));
    plugin.get_resource_pool(&context(), &edge).await.unwrap();
    cloud.state().odd_names = true;
    let pool = plugin.get_resource_pool(&context(), &edge).await.unwrap();
    let error = plugin
        .update_resource_pool(&context(), &edge, &ResourcePoolUpdate::of(&pool))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Backend));
    cloud.state().odd_names = false;
    plugin
        .delete_resource_pool(&context(), &edge, &DeleteOptions::force())
        .await
        .unwrap();
    cloud.state().trouble = Some(Trouble::OddObject);
    let error = plugin.get_resource_pool(&context(), &edge).await.unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[tokio::test]
async fn a_half_made_pool_is_taken_back() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    for (hosts, kind) in [
        (json!(["host-c", "nowhere"]), ErrorKind::InvalidInput),
        (json!(["host-c", "host-a"]), ErrorKind::Conflict),
    ] {
        let mut new = NewResourcePool::new("half");
        new.location = Some("houston".to_owned());
        new.extensions.insert("openstack.hosts".to_owned(), hosts);
        let error = plugin.create_resource_pool(&context(), &new).await.unwrap_err();
        assert_eq!((error.kind(), error.fault()), (kind, Fault::Caller), "{error}");
        assert_eq!(cloud.state().names(), ["edge"]);
    }
}

#[tokio::test]
async fn a_failed_update_is_taken_back() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let pools = plugin.list_resource_pools(&context(), &ListQuery::new()).await.unwrap();
    let edge = pools.items.iter().find(|pool| pool.name == "edge").unwrap();
    let mut update = ResourcePoolUpdate::of(edge);
    update.name = "renamed".to_owned();
    update.labels.clear();
    update
        .extensions
        .insert("openstack.hosts".to_owned(), json!(["host-a", "nowhere"]));
    let id = &edge.resource_pool_id;
    let error = plugin.update_resource_pool(&context(), id, &update).await.unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    let after = plugin.get_resource_pool(&context(), id).await.unwrap();
    assert_eq!(ResourcePoolUpdate::of(&after), ResourcePoolUpdate::of(edge));
    assert_eq!(after.version, edge.version);
}

#[tokio::test]
async fn what_nova_cannot_keep_is_named() {
    type Change = fn(&mut NewResourcePool);
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let changes: [(&str, Change); 6] = [
        ("body.resourcePoolId", |new| new.resource_pool_id = Some("mine".into())),
        ("body.replicas", |new| new.replicas = Some(3)),
        ("body.labels", |new| drop(new.labels.insert("a/b".into(), "c".into()))),
        ("body.labels", |new| {
            drop(new.labels.insert("o2ims:tenant".into(), "c".into()));
        }),
        ("body.description", |new| new.description = "d".repeat(256)),
        ("body.extensions.openstack.aggregateId", |new| {
            drop(new.extensions.insert("openstack.aggregateId".into(), Value::from(7)));
        }),
    ];
    for (at, change) in changes {
        let mut new = NewResourcePool::new("odd");
        change(&mut new);
        let error = plugin.create_resource_pool(&context(), &new).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(format!("{:?}", error.violations()).contains(at), "{at}: {error:?}");
    }
    assert_eq!(cloud.state().names(), ["edge"]);
}

#[tokio::test]
async fn of_two_who_take_a_name_at_the_same_moment_one_is_told_that_it_is_taken() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let (context, new) = (context(), NewResourcePool::new("brief"));
    // What Nova 34 says then.
    let message =
        "Unexpected API Error. Please contact the administrator\n<class 'oslo_db.exception.DBDuplicateEntry'>";
    let body = json!({"computeFault": {"code": 500, "message": message}});
    cloud.state().next.push(("POST /v2.1/os-aggregates", 500, body));
    let error = plugin.create_resource_pool(&context, &new).await.unwrap_err();
    assert!(error.is(ErrorKind::AlreadyExists), "{error}");
    let body = json!({"computeFault": {"code": 500, "message": "Unexpected API Error."}});
    cloud.state().next.push(("POST /v2.1/os-aggregates", 500, body));
    let error = plugin.create_resource_pool(&context, &new).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Backend));
}

#[tokio::test]
async fn a_host_that_comes_during_a_deletion_is_a_conflict() {
    let cloud = Cloud::new();
    let plugin = plugin(&cloud, &json!({}));
    let pool = plugin
        .create_resource_pool(&context(), &NewResourcePool::new("brief"))
        .await
        .unwrap();
    let body = json!({"badRequest": {"code": 400, "message": "Host aggregate is not empty."}});
    cloud.state().next.push(("DELETE /v2.1/os-aggregates", 400, body));
    let (context, force) = (context(), DeleteOptions::force());
    let deleted = plugin.delete_resource_pool(&context, &pool.resource_pool_id, &force);
    assert!(deleted.await.unwrap_err().is(ErrorKind::Conflict));
}

#[tokio::test]
async fn a_region_that_is_not_there_is_told() {
    for (region, message) in [
        (
            json!("Nowhere"),
            "region: must be one of the catalog's: RegionOne, RegionTwo",
        ),
        (Value::Null, "region: must be there, since the catalog has several"),
    ] {
        let plugin = plugin(&Cloud::new(), &json!({"region": region}));
        let error = plugin.list_resources(&context(), &ListQuery::new()).await.unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().starts_with(message),
            "{error}"
        );
    }
    assert_eq!(example().unwrap()["region"], "RegionOne");
}

#[tokio::test]
async fn servers_have_flavors_and_the_pools_of_their_hosts() {
    let cloud = Cloud::new();
    cloud.state().servers = vec![
        json!({"id": "s-1", "name": "amf", "status": "ACTIVE", "flavor": {"id": "7"}, "metadata": {"nf": "amf"},
               "OS-EXT-SRV-ATTR:host": "host-a", "tenant_id": "p", "created": "2013-09-03T04:01:32Z"}),
        json!({"id": "s-2", "name": "old", "status": "DREAMING", "flavor": {"id": "gone"},
               "OS-EXT-AZ:availability_zone": "dallas"}),
        json!({"id": "s-3", "status": "UNKNOWN"}),
    ];
    let plugin = plugin(&cloud, &json!({"mode": "servers"}));
    let servers = plugin
        .list_resources(&context(), &ListQuery::new())
        .await
        .unwrap()
        .items;
    let types: Vec<_> = servers.iter().map(|server| server.resource_type_id.as_str()).collect();
    assert_eq!(types, ["flavor-7", "flavor-gone", "flavor-unknown"]);
    assert_eq!(servers[0].resource_pool_id, servers[1].resource_pool_id);
    assert_eq!(servers[2].resource_pool_id.as_str(), "unassigned");
    assert_eq!(
        servers[0].health.as_ref().map(|health| health.status),
        Some(HealthStatus::Healthy)
    );
    assert!(servers[1].health.is_none());
    for of in types {
        plugin.get_resource_type(&context(), &of.into()).await.unwrap();
    }
}
