//! Single resources, their health and alarms.

use o2_core::Id;
use o2_core::plugin::HealthStatus;
use o2_ims::model::ObjectHealth;
use o2_ims::{DeleteOptions, IMSPlugin, NewResource, ResourceId};
use serde_json::json;

use super::*;

fn new_resource(body: Value) -> NewResource {
    serde_json::from_value(body).unwrap()
}

async fn cloud_with_pool() -> Cloud {
    let cloud = Cloud::empty();
    cloud
        .create(&new_pool(json!({"resourcePoolId": "p", "name": "p"})))
        .await;
    cloud
}

#[tokio::test]
async fn a_resource_is_what_was_asked_for() {
    let cloud = cloud_with_pool().await;
    let new = new_resource(json!({
        "resourceTypeId": "type-gpu-node", "resourcePoolId": "p", "name": "n", "description": "d",
        "globalAssetId": "sn-1", "tags": ["t"], "labels": {"a": "b"}, "extensions": {"x": 1, "cpu": 7}
    }));
    let resource = cloud.ims.create_resource(&tenant("alpha"), &new).await.unwrap();
    assert_eq!(resource.resource_id.as_str(), "resource-000001");
    assert_eq!(
        (resource.name.as_deref(), resource.description.as_str()),
        (Some("n"), "d")
    );
    assert_eq!(resource.global_asset_id.as_deref(), Some("sn-1"));
    assert_eq!((resource.tags.len(), resource.labels["a"].as_str()), (1, "b"));
    assert_eq!(
        (&resource.extensions["x"], &resource.extensions["cpu"]),
        (&json!(1), &json!(7)),
        "the caller's word counts"
    );
    assert_eq!(resource.tenant_id.as_ref().map(Id::as_str), Some("alpha"));
    assert_eq!(resource.elements.len(), 3 + 4);
    assert_eq!(cloud.members("p").await, ["resource-000001"]);
    let part = cloud
        .ims
        .create_resource(&anybody(), &NewResource::new("type-nic", "p"))
        .await
        .unwrap();
    assert_eq!(part.elements, []);
}

#[tokio::test]
async fn what_cannot_be_created_is_refused_with_the_reason() {
    let cloud = cloud_with_pool().await;
    cloud
        .ims
        .create_resource_pool(&tenant("alpha"), &new_pool(json!({"resourcePoolId": "a", "name": "a"})))
        .await
        .unwrap();
    cloud
        .ims
        .create_resource(
            &anybody(),
            &new_resource(json!({"resourceId": "r", "resourceTypeId": "c5.metal", "resourcePoolId": "p"})),
        )
        .await
        .unwrap();
    for (body, kind, message) in [
        (
            json!({"resourceTypeId": "c5.metal", "resourcePoolId": "x"}),
            ErrorKind::InvalidInput,
            "resourcePoolId: there is no resourcePool 'x'",
        ),
        (
            json!({"resourceTypeId": "c5.metal", "resourcePoolId": "a"}),
            ErrorKind::InvalidInput,
            "resourcePoolId: there is no resourcePool 'a'",
        ),
        (
            json!({"resourceTypeId": "x", "resourcePoolId": "p"}),
            ErrorKind::InvalidInput,
            "resourceTypeId: there is no resourceType 'x'",
        ),
        (
            json!({"resourceId": "r", "resourceTypeId": "c5.metal", "resourcePoolId": "p"}),
            ErrorKind::AlreadyExists,
            "resource 'r'",
        ),
        (
            json!({"resourceId": "", "resourceTypeId": "c5.metal", "resourcePoolId": "p"}),
            ErrorKind::InvalidInput,
            "resourceId: ",
        ),
        (
            json!({"name": "", "resourceTypeId": "c5.metal", "resourcePoolId": "p"}),
            ErrorKind::InvalidInput,
            "name: ",
        ),
    ] {
        let error = cloud
            .ims
            .create_resource(&tenant("beta"), &new_resource(body))
            .await
            .unwrap_err();
        check_error(&error, kind, message);
    }
    assert_eq!(cloud.all_resources().await.len(), 1);
}

#[tokio::test]
async fn what_is_in_use_is_deleted_only_by_force() {
    let cloud = cloud_with_pool().await;
    let body = json!({"resourceId": "r", "resourceTypeId": "c5.metal", "resourcePoolId": "p", "extensions": {"memory.inUse": true}});
    let resource = cloud
        .ims
        .create_resource(&anybody(), &new_resource(body))
        .await
        .unwrap();
    let delete = |options| {
        let cloud = &cloud;
        async move { cloud.ims.delete_resource(&anybody(), &"r".into(), &options).await }
    };
    check_error(
        &delete(DeleteOptions::default()).await.unwrap_err(),
        ErrorKind::Conflict,
        "resource 'r' is in use",
    );
    let old = DeleteOptions::force().with_expected(Some(o2_core::model::Version::new("0")));
    check_error(
        &delete(old).await.unwrap_err(),
        ErrorKind::PreconditionFailed,
        "the resource has changed",
    );
    delete(DeleteOptions::force().with_expected(resource.version.clone()))
        .await
        .unwrap();
    check_error(
        &delete(DeleteOptions::force()).await.unwrap_err(),
        ErrorKind::NotFound,
        "there is no resource 'r'",
    );
}

#[tokio::test]
async fn resources_of_others_and_parts_cannot_be_deleted() {
    let cloud = Cloud::sample();
    cloud
        .create(&new_pool(json!({"resourcePoolId": "p", "name": "p"})))
        .await;
    let own = cloud
        .ims
        .create_resource(&tenant("alpha"), &NewResource::new("c5.metal", "p"))
        .await
        .unwrap();
    for (context, id) in [
        (tenant("beta"), own.resource_id.clone()),
        (anybody(), ResourceId::from("node-mock-001.cpu")),
        (anybody(), ResourceId::from("nobody")),
    ] {
        let error = cloud
            .ims
            .delete_resource(&context, &id, &DeleteOptions::force())
            .await
            .unwrap_err();
        check_error(&error, ErrorKind::NotFound, "there is no resource");
    }
    let error = cloud
        .ims
        .get_resource(&tenant("beta"), &own.resource_id)
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no resource");
}

#[tokio::test]
async fn health_moves_pool_and_alarm() {
    let cloud = Cloud::empty();
    cloud.create(&scaled("p", 2)).await;
    cloud.advance(2000);
    let node = ResourceId::from(cloud.members("p").await[0].as_str());
    for (status, pool_status, alarms) in [
        (
            HealthStatus::Degraded,
            HealthStatus::Degraded,
            vec![(1, "CLUSTERNODE_MAJOR", false)],
        ),
        (
            HealthStatus::Unhealthy,
            HealthStatus::Degraded,
            vec![(0, "CLUSTERNODE_CRITICAL", true)],
        ),
        (HealthStatus::Healthy, HealthStatus::Healthy, vec![]),
    ] {
        cloud.advance(1000);
        cloud.ims.set_resource_health(&node, ObjectHealth::new(status)).unwrap();
        assert_eq!(cloud.pool("p").await.health.as_ref().unwrap().status, pool_status);
        let page = cloud.ims.list_alarms(&anybody(), &ListQuery::new()).await.unwrap();
        let found: Vec<_> = page
            .items
            .iter()
            .map(|alarm| {
                (
                    alarm.perceived_severity.number(),
                    alarm.alarm_definition_id.as_str(),
                    alarm.alarm_changed_time.is_some(),
                )
            })
            .collect();
        assert_eq!(found, alarms);
    }
    let error = cloud
        .ims
        .set_resource_health(&"nobody".into(), ObjectHealth::new(HealthStatus::Healthy))
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "nobody");
}

#[tokio::test]
async fn the_alarm_goes_with_the_resource() {
    let cloud = Cloud::sample();
    let alarms = || async {
        cloud
            .ims
            .list_alarms(&anybody(), &ListQuery::new())
            .await
            .unwrap()
            .items
    };
    let alarm = alarms().await.remove(0);
    cloud
        .ims
        .delete_resource(&anybody(), &alarm.object_id, &DeleteOptions::default())
        .await
        .unwrap();
    assert_eq!(alarms().await, []);
}
