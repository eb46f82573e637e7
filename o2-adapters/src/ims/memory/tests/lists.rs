//! Lists: filters, pages, tenants.

use o2_ims::IMSPlugin;

use super::*;

async fn count(cloud: &Cloud, context: &Context, filter: &str) -> usize {
    cloud
        .ims
        .list_resources(context, &filtered(filter))
        .await
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn filters_are_evaluated_with_and_without_the_pool_index() {
    let cloud = Cloud::new(MemoryImsConfig::default().with_nodes(100));
    let all = cloud.all_resources().await;
    let pools = ["pool-dallas-gpu", "pool-compute-1", "nobody"];
    let rests = [
        "",
        ";(eq,resourceTypeId,type-gpu-node)",
        ";(neq,health/status,healthy)",
        ";(cont,name,00004)",
    ];
    for pool in pools {
        for rest in rests {
            let indexed = count(&cloud, &anybody(), &format!("(eq,resourcePoolId,{pool}){rest}")).await;
            let scanned = count(&cloud, &anybody(), &format!("(in,resourcePoolId,{pool}){rest}")).await;
            assert_eq!(indexed, scanned, "{pool} {rest}");
        }
        let members = all.iter().filter(|node| node.resource_pool_id.as_str() == pool).count();
        assert_eq!(cloud.members(pool).await.len(), members);
    }
    let others = count(&cloud, &anybody(), "(neq,resourcePoolId,pool-compute-1)").await;
    assert_eq!(others, all.len() - 1);
    let both = "(eq,resourcePoolId,pool-dallas-gpu);(eq,resourcePoolId,pool-compute-1)";
    assert_eq!(count(&cloud, &anybody(), both).await, 0);
    assert_eq!(
        count(&cloud, &anybody(), "(eq,elements/resourceTypeId,type-gpu)").await,
        count(&cloud, &anybody(), "(gt,extensions/memory.gpuCount,0)").await
    );
}

#[tokio::test]
async fn a_walk_through_one_pool_sees_every_node_once() {
    let cloud = Cloud::new(MemoryImsConfig::default().with_nodes(100));
    let mut query = filtered("(eq,resourcePoolId,pool-dallas-gpu)").with_limit(4);
    let mut seen = Vec::new();
    loop {
        let page = cloud.ims.list_resources(&anybody(), &query).await.unwrap();
        assert!(page.items.len() <= 4);
        seen.extend(page.items.iter().map(|node| node.resource_id.to_string()));
        match page.next {
            Some(next) => query = query.with_marker(next),
            None => break,
        }
    }
    assert_eq!(seen, cloud.members("pool-dallas-gpu").await);
}

#[tokio::test]
async fn tenants_see_their_own_and_what_is_shared() {
    let cloud = Cloud::new(
        MemoryImsConfig::default()
            .with_nodes(60)
            .with_tenants(["alpha", "beta"]),
    );
    let everything = ListQuery::new();
    let all = cloud.all_resources().await;
    let shared = all.iter().filter(|node| node.tenant_id.is_none()).count();
    for name in ["alpha", "beta", "stranger"] {
        let context = tenant(name);
        let own = all
            .iter()
            .filter(|node| node.tenant_id.as_ref().is_some_and(|id| id.as_str() == name))
            .count();
        let page = cloud.ims.list_resources(&context, &everything).await.unwrap();
        assert_eq!(
            (page.items.len(), page.total),
            (shared + own, Some((shared + own) as u64)),
            "{name}"
        );
        for pool in cloud
            .ims
            .list_resource_pools(&context, &everything)
            .await
            .unwrap()
            .items
        {
            assert!(context.sees(pool.tenant_id.as_ref()));
        }
        for alarm in cloud.ims.list_alarms(&context, &everything).await.unwrap().items {
            assert!(context.sees(alarm.tenant_id.as_ref()));
        }
    }
}

#[tokio::test]
async fn every_list_refuses_markers_and_filters_of_others() {
    let cloud = Cloud::sample();
    let page = cloud
        .ims
        .list_resources(&anybody(), &ListQuery::new().with_limit(1))
        .await
        .unwrap();
    let queries = [
        ListQuery::new().with_marker(page.next.unwrap()),
        filtered("(eq,nonsense,1)"),
    ];
    for query in &queries {
        let errors = [
            cloud
                .ims
                .list_deployment_managers(&anybody(), query)
                .await
                .map(|_| ())
                .unwrap_err(),
            cloud
                .ims
                .list_resource_pools(&anybody(), query)
                .await
                .map(|_| ())
                .unwrap_err(),
            cloud
                .ims
                .list_resource_types(&anybody(), query)
                .await
                .map(|_| ())
                .unwrap_err(),
            cloud.ims.list_alarms(&anybody(), query).await.map(|_| ()).unwrap_err(),
            cloud
                .ims
                .list_resource_pool_events(&anybody(), &"pool-compute-1".into(), query)
                .await
                .map(|_| ())
                .unwrap_err(),
        ];
        assert!(
            errors.iter().all(|error| error.is(ErrorKind::InvalidInput)),
            "{errors:?}"
        );
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let cloud = Cloud::sample();
    let errors = [
        cloud
            .ims
            .get_deployment_manager(&anybody(), &"x".into())
            .await
            .map(|_| ())
            .unwrap_err(),
        cloud
            .ims
            .get_resource_pool(&anybody(), &"x".into())
            .await
            .map(|_| ())
            .unwrap_err(),
        cloud
            .ims
            .get_resource(&anybody(), &"x".into())
            .await
            .map(|_| ())
            .unwrap_err(),
        cloud
            .ims
            .get_resource_type(&anybody(), &"x".into())
            .await
            .map(|_| ())
            .unwrap_err(),
    ];
    for (error, object) in errors
        .iter()
        .zip(["deploymentManager", "resourcePool", "resource", "resourceType"])
    {
        check_error(error, ErrorKind::NotFound, &format!("there is no {object} 'x'"));
    }
    assert!(
        cloud
            .ims
            .get_deployment_manager(&anybody(), &"dm-dallas".into())
            .await
            .is_ok()
    );
}
