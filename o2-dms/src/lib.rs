//! O2-DMS: packages and deployments of network functions.
//!
//! [`DMSPlugin`] is what an adapter implements, [`DmsService`] what a host calls, [`api`] the HTTP routes over the
//! service, [`model`] what they talk about, [`op`] the names of the operations.

pub mod api;
mod collect;
mod layered;
pub mod model;
pub mod op;
mod operations;
mod plugin;
mod service;
mod templates;
mod validate;

pub use collect::Deployments;
pub use model::{
    Condition, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRequest,
    DeploymentRevision, DeploymentStatus, DeploymentTemplate, DeploymentUpdate, DesiredDeployment, HealRequest,
    InstantiateRequest, LogLine, LogOptions, NewDeploymentTemplate, OperationId, OperationKind, OperationRecord,
    OperationState, PackageId, PackageUpload, RollbackRequest, ScaleRequest, StatusReport, TemplateId, UpgradeRequest,
};
pub use plugin::DMSPlugin;
pub use service::{CollectedLogs, DmsService, LogEnd, Started};
