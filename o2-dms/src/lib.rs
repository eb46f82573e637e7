//! O2-DMS: packages and deployments of network functions.
//!
//! [`DMSPlugin`] is what an adapter implements, [`DmsService`] what a host calls, [`api`] the HTTP routes over the
//! service, [`model`] what they talk about, [`op`] the names of the operations.

pub mod api;
mod layered;
pub mod model;
pub mod op;
mod plugin;
mod service;

pub use model::{
    Condition, Deployment, DeploymentChange, DeploymentId, DeploymentObject, DeploymentPackage, DeploymentRequest,
    DeploymentRevision, DeploymentStatus, DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload,
    RollbackRequest, ScaleRequest, StatusReport, UpgradeRequest,
};
pub use plugin::DMSPlugin;
pub use service::DmsService;
