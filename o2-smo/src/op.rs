//! The operations of O2-SMO: one static per method of [`SMOPlugin`](crate::SMOPlugin), and the words that stand for
//! groups of them.

use o2_core::capability::Word;
use o2_core::operation::{Action, Category, Operation};

const fn operation(name: &'static str, object: &'static str, collection: &'static str, action: Action) -> Operation {
    Operation::new(Category::Smo, name, object, collection, action)
}

/// [`sync_infrastructure`](crate::SMOPlugin::sync_infrastructure).
pub static SYNC_INFRASTRUCTURE: Operation = operation(
    "sync_infrastructure",
    "infrastructureInventory",
    "inventorySync",
    Action::Execute,
)
.idempotent();
/// [`sync_deployments`](crate::SMOPlugin::sync_deployments).
pub static SYNC_DEPLOYMENTS: Operation = operation(
    "sync_deployments",
    "deploymentInventory",
    "inventorySync",
    Action::Execute,
)
.idempotent();
/// [`publish_infrastructure_event`](crate::SMOPlugin::publish_infrastructure_event).
pub static PUBLISH_INFRASTRUCTURE_EVENT: Operation = operation(
    "publish_infrastructure_event",
    "infrastructureEvent",
    "events",
    Action::Execute,
);
/// [`publish_deployment_event`](crate::SMOPlugin::publish_deployment_event).
pub static PUBLISH_DEPLOYMENT_EVENT: Operation =
    operation("publish_deployment_event", "deploymentEvent", "events", Action::Execute);
/// [`execute_workflow`](crate::SMOPlugin::execute_workflow).
pub static EXECUTE_WORKFLOW: Operation = operation("execute_workflow", "workflow", "workflows", Action::Execute);
/// [`get_workflow`](crate::SMOPlugin::get_workflow).
pub static GET_WORKFLOW: Operation = operation("get_workflow", "workflow", "workflows", Action::Read);
/// [`cancel_workflow`](crate::SMOPlugin::cancel_workflow).
pub static CANCEL_WORKFLOW: Operation =
    operation("cancel_workflow", "workflow", "workflows", Action::Execute).idempotent();
/// [`register_service_model`](crate::SMOPlugin::register_service_model).
pub static REGISTER_SERVICE_MODEL: Operation = operation(
    "register_service_model",
    "serviceModel",
    "serviceModels",
    Action::Create,
);
/// [`get_service_model`](crate::SMOPlugin::get_service_model).
pub static GET_SERVICE_MODEL: Operation = operation("get_service_model", "serviceModel", "serviceModels", Action::Read);
/// [`list_service_models`](crate::SMOPlugin::list_service_models).
pub static LIST_SERVICE_MODELS: Operation =
    operation("list_service_models", "serviceModel", "serviceModels", Action::Read);
/// [`delete_service_model`](crate::SMOPlugin::delete_service_model).
pub static DELETE_SERVICE_MODEL: Operation =
    operation("delete_service_model", "serviceModel", "serviceModels", Action::Delete);
/// [`apply_policy`](crate::SMOPlugin::apply_policy).
pub static APPLY_POLICY: Operation = operation("apply_policy", "policy", "policies", Action::Create).idempotent();
/// [`get_policy_status`](crate::SMOPlugin::get_policy_status).
pub static GET_POLICY_STATUS: Operation = operation("get_policy_status", "policy", "policies", Action::Read);

/// Lists the workflows that were started through the gateway. The gateway's own; no plugin has it.
pub static LIST_WORKFLOWS: Operation = operation("list_workflows", "workflow", "workflows", Action::Read);
/// Lists the SMO plugins. The gateway's own; no plugin has it.
pub static LIST_PLUGINS: Operation = operation("list_plugins", "plugin", "plugins", Action::Read);
/// Reads one SMO plugin. The gateway's own; no plugin has it.
pub static GET_PLUGIN: Operation = operation("get_plugin", "plugin", "plugins", Action::Read);
/// Checks the health of the SMO plugins. The gateway's own; no plugin has it.
pub static CHECK_HEALTH: Operation = operation("check_health", "plugin", "plugins", Action::Read);

/// Every operation of the plugin trait.
pub static ALL: &[&Operation] = &[
    &SYNC_INFRASTRUCTURE,
    &SYNC_DEPLOYMENTS,
    &PUBLISH_INFRASTRUCTURE_EVENT,
    &PUBLISH_DEPLOYMENT_EVENT,
    &EXECUTE_WORKFLOW,
    &GET_WORKFLOW,
    &CANCEL_WORKFLOW,
    &REGISTER_SERVICE_MODEL,
    &GET_SERVICE_MODEL,
    &LIST_SERVICE_MODELS,
    &DELETE_SERVICE_MODEL,
    &APPLY_POLICY,
    &GET_POLICY_STATUS,
];

/// The words of the configuration and the admin API.
pub static VOCABULARY: &[Word] = &[
    Word {
        name: "inventory-sync",
        aliases: &[],
        operations: &[&SYNC_INFRASTRUCTURE, &SYNC_DEPLOYMENTS],
    },
    Word {
        name: "event-publishing",
        aliases: &[],
        operations: &[&PUBLISH_INFRASTRUCTURE_EVENT, &PUBLISH_DEPLOYMENT_EVENT],
    },
    Word {
        name: "workflow-orchestration",
        aliases: &["workflows"],
        operations: &[&EXECUTE_WORKFLOW, &GET_WORKFLOW, &CANCEL_WORKFLOW],
    },
    Word {
        name: "service-modeling",
        aliases: &["service-modelling"],
        operations: &[&REGISTER_SERVICE_MODEL, &GET_SERVICE_MODEL, &LIST_SERVICE_MODELS],
    },
    Word {
        name: "policy-management",
        aliases: &[],
        operations: &[&APPLY_POLICY, &GET_POLICY_STATUS],
    },
];
