//! The operations of O2-IMS: one static per method of [`IMSPlugin`](crate::IMSPlugin), and the words that stand for
//! groups of them.

use o2_core::capability::Word;
use o2_core::operation::{Action, Category, Operation};

const fn operation(name: &'static str, object: &'static str, collection: &'static str, action: Action) -> Operation {
    Operation::new(Category::Ims, name, object, collection, action)
}

const fn manager(name: &'static str) -> Operation {
    operation(name, "deploymentManager", "deploymentManagers", Action::Read)
}

const fn pool(name: &'static str, action: Action) -> Operation {
    operation(name, "resourcePool", "resourcePools", action)
}

const fn resource(name: &'static str, action: Action) -> Operation {
    operation(name, "resource", "resources", action)
}

const fn resource_type(name: &'static str) -> Operation {
    operation(name, "resourceType", "resourceTypes", Action::Read)
}

/// [`list_deployment_managers`](crate::IMSPlugin::list_deployment_managers).
pub static LIST_DEPLOYMENT_MANAGERS: Operation = manager("list_deployment_managers");
/// [`get_deployment_manager`](crate::IMSPlugin::get_deployment_manager).
pub static GET_DEPLOYMENT_MANAGER: Operation = manager("get_deployment_manager");
/// [`list_resource_pools`](crate::IMSPlugin::list_resource_pools).
pub static LIST_RESOURCE_POOLS: Operation = pool("list_resource_pools", Action::Read);
/// [`get_resource_pool`](crate::IMSPlugin::get_resource_pool).
pub static GET_RESOURCE_POOL: Operation = pool("get_resource_pool", Action::Read);
/// [`create_resource_pool`](crate::IMSPlugin::create_resource_pool).
pub static CREATE_RESOURCE_POOL: Operation = pool("create_resource_pool", Action::Create);
/// [`update_resource_pool`](crate::IMSPlugin::update_resource_pool).
pub static UPDATE_RESOURCE_POOL: Operation = pool("update_resource_pool", Action::Update).idempotent();
/// [`delete_resource_pool`](crate::IMSPlugin::delete_resource_pool).
pub static DELETE_RESOURCE_POOL: Operation = pool("delete_resource_pool", Action::Delete);
/// [`get_resource_pool_metrics`](crate::IMSPlugin::get_resource_pool_metrics).
pub static GET_RESOURCE_POOL_METRICS: Operation = pool("get_resource_pool_metrics", Action::Read);
/// [`list_resource_pool_events`](crate::IMSPlugin::list_resource_pool_events).
pub static LIST_RESOURCE_POOL_EVENTS: Operation = pool("list_resource_pool_events", Action::Read);
/// [`list_resources`](crate::IMSPlugin::list_resources).
pub static LIST_RESOURCES: Operation = resource("list_resources", Action::Read);
/// [`get_resource`](crate::IMSPlugin::get_resource).
pub static GET_RESOURCE: Operation = resource("get_resource", Action::Read);
/// [`create_resource`](crate::IMSPlugin::create_resource).
pub static CREATE_RESOURCE: Operation = resource("create_resource", Action::Create);
/// [`delete_resource`](crate::IMSPlugin::delete_resource).
pub static DELETE_RESOURCE: Operation = resource("delete_resource", Action::Delete);
/// [`list_resource_types`](crate::IMSPlugin::list_resource_types).
pub static LIST_RESOURCE_TYPES: Operation = resource_type("list_resource_types");
/// [`get_resource_type`](crate::IMSPlugin::get_resource_type).
pub static GET_RESOURCE_TYPE: Operation = resource_type("get_resource_type");
/// [`list_alarms`](crate::IMSPlugin::list_alarms).
pub static LIST_ALARMS: Operation = operation("list_alarms", "alarm", "alarms", Action::Read);
/// [`watch_inventory`](crate::IMSPlugin::watch_inventory).
pub static WATCH_INVENTORY: Operation = operation("watch_inventory", "inventory", "inventory", Action::Read);

/// Reads what the O-Cloud says about itself. The gateway's own; no plugin has it.
pub static GET_O_CLOUD: Operation = operation("get_o_cloud", "oCloud", "oCloud", Action::Read);

/// Every operation of the plugin trait.
pub static ALL: &[&Operation] = &[
    &LIST_DEPLOYMENT_MANAGERS,
    &GET_DEPLOYMENT_MANAGER,
    &LIST_RESOURCE_POOLS,
    &GET_RESOURCE_POOL,
    &CREATE_RESOURCE_POOL,
    &UPDATE_RESOURCE_POOL,
    &DELETE_RESOURCE_POOL,
    &GET_RESOURCE_POOL_METRICS,
    &LIST_RESOURCE_POOL_EVENTS,
    &LIST_RESOURCES,
    &GET_RESOURCE,
    &CREATE_RESOURCE,
    &DELETE_RESOURCE,
    &LIST_RESOURCE_TYPES,
    &GET_RESOURCE_TYPE,
    &LIST_ALARMS,
    &WATCH_INVENTORY,
];

/// The words of the configuration and the admin API: the coarse ones first, then the fine ones.
pub static VOCABULARY: &[Word] = &[
    Word {
        name: "resource-pool-management",
        aliases: &[],
        operations: &[
            &LIST_RESOURCE_POOLS,
            &GET_RESOURCE_POOL,
            &CREATE_RESOURCE_POOL,
            &UPDATE_RESOURCE_POOL,
            &DELETE_RESOURCE_POOL,
        ],
    },
    Word {
        name: "resource-pool-read",
        aliases: &[],
        operations: &[&LIST_RESOURCE_POOLS, &GET_RESOURCE_POOL],
    },
    Word {
        name: "resource-pool-create",
        aliases: &[],
        operations: &[&CREATE_RESOURCE_POOL],
    },
    Word {
        name: "resource-pool-update",
        aliases: &[],
        operations: &[&UPDATE_RESOURCE_POOL],
    },
    Word {
        name: "resource-pool-delete",
        aliases: &[],
        operations: &[&DELETE_RESOURCE_POOL],
    },
    Word {
        name: "resource-management",
        aliases: &[],
        operations: &[&LIST_RESOURCES, &GET_RESOURCE, &CREATE_RESOURCE, &DELETE_RESOURCE],
    },
    Word {
        name: "resource-read",
        aliases: &[],
        operations: &[&LIST_RESOURCES, &GET_RESOURCE],
    },
    Word {
        name: "resource-create",
        aliases: &[],
        operations: &[&CREATE_RESOURCE],
    },
    Word {
        name: "resource-delete",
        aliases: &[],
        operations: &[&DELETE_RESOURCE],
    },
    Word {
        name: "resource-type-discovery",
        aliases: &["resource-type-read"],
        operations: &[&LIST_RESOURCE_TYPES, &GET_RESOURCE_TYPE],
    },
    Word {
        name: "deployment-manager-discovery",
        aliases: &["deployment-manager-read"],
        operations: &[&LIST_DEPLOYMENT_MANAGERS, &GET_DEPLOYMENT_MANAGER],
    },
    Word {
        name: "metrics",
        aliases: &[],
        operations: &[&GET_RESOURCE_POOL_METRICS],
    },
    Word {
        name: "alarms",
        aliases: &["alarm-management"],
        operations: &[&LIST_ALARMS],
    },
    Word {
        name: "realtime-events",
        aliases: &["watch", "subscriptions"],
        operations: &[&WATCH_INVENTORY],
    },
];
