//! The operations of O2-DMS: one static per method of [`DMSPlugin`](crate::DMSPlugin), those on what the gateway keeps
//! itself, and the words that stand for groups of them.

use o2_core::capability::Word;
use o2_core::operation::{Action, Category, Operation};

const fn package(name: &'static str, action: Action) -> Operation {
    Operation::new(Category::Dms, name, "deploymentPackage", "deploymentPackages", action)
}

const fn deployment(name: &'static str, action: Action) -> Operation {
    Operation::new(Category::Dms, name, "deployment", "deployments", action)
}

/// [`list_deployment_packages`](crate::DMSPlugin::list_deployment_packages).
pub static LIST_DEPLOYMENT_PACKAGES: Operation = package("list_deployment_packages", Action::Read);
/// [`get_deployment_package`](crate::DMSPlugin::get_deployment_package).
pub static GET_DEPLOYMENT_PACKAGE: Operation = package("get_deployment_package", Action::Read);
/// [`upload_deployment_package`](crate::DMSPlugin::upload_deployment_package).
pub static UPLOAD_DEPLOYMENT_PACKAGE: Operation = package("upload_deployment_package", Action::Create);
/// [`delete_deployment_package`](crate::DMSPlugin::delete_deployment_package).
pub static DELETE_DEPLOYMENT_PACKAGE: Operation = package("delete_deployment_package", Action::Delete);
/// [`list_deployments`](crate::DMSPlugin::list_deployments).
pub static LIST_DEPLOYMENTS: Operation = deployment("list_deployments", Action::Read);
/// [`get_deployment`](crate::DMSPlugin::get_deployment).
pub static GET_DEPLOYMENT: Operation = deployment("get_deployment", Action::Read);
/// [`create_deployment`](crate::DMSPlugin::create_deployment).
pub static CREATE_DEPLOYMENT: Operation = deployment("create_deployment", Action::Create);
/// [`update_deployment`](crate::DMSPlugin::update_deployment).
pub static UPDATE_DEPLOYMENT: Operation = deployment("update_deployment", Action::Update).idempotent();
/// [`delete_deployment`](crate::DMSPlugin::delete_deployment).
pub static DELETE_DEPLOYMENT: Operation = deployment("delete_deployment", Action::Delete);
/// [`scale_deployment`](crate::DMSPlugin::scale_deployment).
pub static SCALE_DEPLOYMENT: Operation = deployment("scale_deployment", Action::Execute).idempotent();
/// [`rollback_deployment`](crate::DMSPlugin::rollback_deployment).
pub static ROLLBACK_DEPLOYMENT: Operation = deployment("rollback_deployment", Action::Execute);
/// [`upgrade_deployment`](crate::DMSPlugin::upgrade_deployment).
pub static UPGRADE_DEPLOYMENT: Operation = deployment("upgrade_deployment", Action::Execute);
/// [`heal_deployment`](crate::DMSPlugin::heal_deployment).
pub static HEAL_DEPLOYMENT: Operation = deployment("heal_deployment", Action::Execute);
/// [`get_deployment_status`](crate::DMSPlugin::get_deployment_status).
pub static GET_DEPLOYMENT_STATUS: Operation = deployment("get_deployment_status", Action::Read);
/// [`get_deployment_logs`](crate::DMSPlugin::get_deployment_logs).
pub static GET_DEPLOYMENT_LOGS: Operation = deployment("get_deployment_logs", Action::Read);
/// [`list_deployment_revisions`](crate::DMSPlugin::list_deployment_revisions).
pub static LIST_DEPLOYMENT_REVISIONS: Operation = deployment("list_deployment_revisions", Action::Read);
/// [`watch_deployments`](crate::DMSPlugin::watch_deployments).
pub static WATCH_DEPLOYMENTS: Operation = deployment("watch_deployments", Action::Read);

/// The gateway's own operations on what it keeps itself: no plugin has them, but roles grant them.
///
/// Operation records, and templates being deployed, belong to the deployments: who may read or create those may read or
/// do this.
const fn kept(name: &'static str, object: &'static str, collection: &'static str, action: Action) -> Operation {
    Operation::new(Category::Dms, name, object, collection, action)
}

const fn template(name: &'static str, action: Action) -> Operation {
    kept(name, "deploymentTemplate", "deploymentTemplates", action)
}

/// Says what can be done with deployments.
pub static GET_LIFECYCLE: Operation = kept("get_deployment_lifecycle", "deployment", "deployments", Action::Read);
/// Lists operation records.
pub static LIST_OPERATIONS: Operation = kept("list_operations", "operation", "deployments", Action::Read);
/// Reads an operation record.
pub static GET_OPERATION: Operation = kept("get_operation", "operation", "deployments", Action::Read);
/// Lists deployment templates.
pub static LIST_DEPLOYMENT_TEMPLATES: Operation = template("list_deployment_templates", Action::Read);
/// Reads a deployment template.
pub static GET_DEPLOYMENT_TEMPLATE: Operation = template("get_deployment_template", Action::Read);
/// Creates a deployment template.
pub static CREATE_DEPLOYMENT_TEMPLATE: Operation = template("create_deployment_template", Action::Create);
/// Changes a deployment template.
pub static UPDATE_DEPLOYMENT_TEMPLATE: Operation = template("update_deployment_template", Action::Update).idempotent();
/// Deletes a deployment template.
pub static DELETE_DEPLOYMENT_TEMPLATE: Operation = template("delete_deployment_template", Action::Delete);
/// Deploys a deployment template.
pub static INSTANTIATE_DEPLOYMENT_TEMPLATE: Operation = kept(
    "instantiate_deployment_template",
    "deploymentTemplate",
    "deployments",
    Action::Create,
);

/// Every operation of the plugin trait.
pub static ALL: &[&Operation] = &[
    &LIST_DEPLOYMENT_PACKAGES,
    &GET_DEPLOYMENT_PACKAGE,
    &UPLOAD_DEPLOYMENT_PACKAGE,
    &DELETE_DEPLOYMENT_PACKAGE,
    &LIST_DEPLOYMENTS,
    &GET_DEPLOYMENT,
    &CREATE_DEPLOYMENT,
    &UPDATE_DEPLOYMENT,
    &DELETE_DEPLOYMENT,
    &SCALE_DEPLOYMENT,
    &ROLLBACK_DEPLOYMENT,
    &UPGRADE_DEPLOYMENT,
    &HEAL_DEPLOYMENT,
    &GET_DEPLOYMENT_STATUS,
    &GET_DEPLOYMENT_LOGS,
    &LIST_DEPLOYMENT_REVISIONS,
    &WATCH_DEPLOYMENTS,
];

/// The words of the configuration and the admin API.
pub static VOCABULARY: &[Word] = &[
    Word {
        name: "package-management",
        aliases: &[],
        operations: &[
            &LIST_DEPLOYMENT_PACKAGES,
            &GET_DEPLOYMENT_PACKAGE,
            &UPLOAD_DEPLOYMENT_PACKAGE,
            &DELETE_DEPLOYMENT_PACKAGE,
        ],
    },
    Word {
        name: "deployment-lifecycle",
        aliases: &[],
        operations: &[
            &LIST_DEPLOYMENTS,
            &GET_DEPLOYMENT,
            &CREATE_DEPLOYMENT,
            &UPDATE_DEPLOYMENT,
            &DELETE_DEPLOYMENT,
            &GET_DEPLOYMENT_STATUS,
        ],
    },
    Word {
        name: "rollback",
        aliases: &[],
        operations: &[&ROLLBACK_DEPLOYMENT],
    },
    Word {
        name: "scaling",
        aliases: &["scale"],
        operations: &[&SCALE_DEPLOYMENT],
    },
    Word {
        name: "upgrade",
        aliases: &[],
        operations: &[&UPGRADE_DEPLOYMENT],
    },
    Word {
        name: "healing",
        aliases: &["heal"],
        operations: &[&HEAL_DEPLOYMENT],
    },
    Word {
        name: "logs",
        aliases: &["deployment-logs"],
        operations: &[&GET_DEPLOYMENT_LOGS],
    },
    Word {
        name: "history",
        aliases: &["deployment-history"],
        operations: &[&LIST_DEPLOYMENT_REVISIONS],
    },
    Word {
        name: "realtime-events",
        aliases: &["watch", "subscriptions"],
        operations: &[&WATCH_DEPLOYMENTS],
    },
    Word {
        name: "gitops",
        aliases: &["git-ops"],
        operations: &[],
    },
];
