//! What an infrastructure plugin lists, and one harmless call of each operation.

use o2_core::query::ListQuery;
use o2_ims::{
    Alarm, DeleteOptions, DeploymentManager, IMSPlugin, NewResource, NewResourcePool, Resource, ResourcePool,
    ResourcePoolUpdate, ResourceType, op,
};

use crate::conformance::Invocation;
use crate::conformance::laws::Collection;

type Plugin = dyn IMSPlugin;

pub(super) const MANAGERS: Collection<Plugin, DeploymentManager> = Collection {
    operation: &op::LIST_DEPLOYMENT_MANAGERS,
    list: |p, c, q| p.list_deployment_managers(c, q),
    get: Some((&op::GET_DEPLOYMENT_MANAGER, |p, c, id| {
        Box::pin(async move { p.get_deployment_manager(c, &id.into()).await })
    })),
};

pub(super) const POOLS: Collection<Plugin, ResourcePool> = Collection {
    operation: &op::LIST_RESOURCE_POOLS,
    list: |p, c, q| p.list_resource_pools(c, q),
    get: Some((&op::GET_RESOURCE_POOL, |p, c, id| {
        Box::pin(async move { p.get_resource_pool(c, &id.into()).await })
    })),
};

pub(super) const RESOURCES: Collection<Plugin, Resource> = Collection {
    operation: &op::LIST_RESOURCES,
    list: |p, c, q| p.list_resources(c, q),
    get: Some((&op::GET_RESOURCE, |p, c, id| {
        Box::pin(async move { p.get_resource(c, &id.into()).await })
    })),
};

pub(super) const TYPES: Collection<Plugin, ResourceType> = Collection {
    operation: &op::LIST_RESOURCE_TYPES,
    list: |p, c, q| p.list_resource_types(c, q),
    get: Some((&op::GET_RESOURCE_TYPE, |p, c, id| {
        Box::pin(async move { p.get_resource_type(c, &id.into()).await })
    })),
};

pub(super) const ALARMS: Collection<Plugin, Alarm> = Collection {
    operation: &op::LIST_ALARMS,
    list: |p, c, q| p.list_alarms(c, q),
    get: None,
};

const NOBODY: &str = "no-such-id";

/// Every operation, called about things that do not exist.
pub(super) const INVOCATIONS: &[Invocation<Plugin>] = &[
    Invocation {
        operation: &op::LIST_DEPLOYMENT_MANAGERS,
        call: |p, c| Box::pin(async move { p.list_deployment_managers(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_DEPLOYMENT_MANAGER,
        call: |p, c| Box::pin(async move { p.get_deployment_manager(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::LIST_RESOURCE_POOLS,
        call: |p, c| Box::pin(async move { p.list_resource_pools(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_RESOURCE_POOL,
        call: |p, c| Box::pin(async move { p.get_resource_pool(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::CREATE_RESOURCE_POOL,
        call: |p, c| Box::pin(async move { p.create_resource_pool(c, &NewResourcePool::default()).await.map(drop) }),
    },
    Invocation {
        operation: &op::UPDATE_RESOURCE_POOL,
        call: |p, c| {
            Box::pin(async move {
                let update = ResourcePoolUpdate::of(&ResourcePool::new(NOBODY, NOBODY));
                p.update_resource_pool(c, &NOBODY.into(), &update).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::DELETE_RESOURCE_POOL,
        call: |p, c| {
            Box::pin(async move {
                p.delete_resource_pool(c, &NOBODY.into(), &DeleteOptions::default())
                    .await
            })
        },
    },
    Invocation {
        operation: &op::GET_RESOURCE_POOL_METRICS,
        call: |p, c| Box::pin(async move { p.get_resource_pool_metrics(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::LIST_RESOURCE_POOL_EVENTS,
        call: |p, c| {
            Box::pin(async move {
                let query = ListQuery::new();
                p.list_resource_pool_events(c, &NOBODY.into(), &query).await.map(drop)
            })
        },
    },
    Invocation {
        operation: &op::LIST_RESOURCES,
        call: |p, c| Box::pin(async move { p.list_resources(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_RESOURCE,
        call: |p, c| Box::pin(async move { p.get_resource(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::CREATE_RESOURCE,
        call: |p, c| Box::pin(async move { p.create_resource(c, &NewResource::new(NOBODY, NOBODY)).await.map(drop) }),
    },
    Invocation {
        operation: &op::DELETE_RESOURCE,
        call: |p, c| Box::pin(async move { p.delete_resource(c, &NOBODY.into(), &DeleteOptions::default()).await }),
    },
    Invocation {
        operation: &op::LIST_RESOURCE_TYPES,
        call: |p, c| Box::pin(async move { p.list_resource_types(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::GET_RESOURCE_TYPE,
        call: |p, c| Box::pin(async move { p.get_resource_type(c, &NOBODY.into()).await.map(drop) }),
    },
    Invocation {
        operation: &op::LIST_ALARMS,
        call: |p, c| Box::pin(async move { p.list_alarms(c, &ListQuery::new()).await.map(drop) }),
    },
    Invocation {
        operation: &op::WATCH_INVENTORY,
        call: |p, c| Box::pin(async move { p.watch_inventory(c, None).await.map(drop) }),
    },
];
