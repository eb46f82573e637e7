//! What is no model: what callers ask for, and what plugins report beside their lists.

mod change;
mod dms;
mod ims;
mod observability;
mod smo;
mod subscription;

pub use change::{deployment_change, inventory_change};
pub use dms::{
    condition, deployment_request, deployment_update, desired_deployment, heal_request, instantiate_request, log_line,
    log_options, new_template, package_upload, parameter, revision, rollback_request, scale_request, status_report,
    template, upgrade_request,
};
pub use ims::{delete_options, new_resource, new_resource_pool, resource_pool_update};
pub use observability::{log_query, metric_query, metric_series, stored_log_line, time_range, trace, trace_query};
pub use smo::{
    deployment_event, deployment_inventory, infrastructure_event, infrastructure_inventory, new_service_model, policy,
    sync_report, workflow_request,
};
pub use subscription::{new_subscription, subscription_filter};
