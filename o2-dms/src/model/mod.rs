//! The models of O2-DMS, which is the product's own API (O-RAN defines no deployment resource). One file each: the
//! struct, its attribute table, its inputs.

mod change;
mod deployment;
mod instantiate;
mod lifecycle;
mod logs;
mod operation;
mod package;
mod parameter;
mod requests;
mod status;
mod template;

pub use change::{DeploymentChange, DeploymentObject};
pub use deployment::{Deployment, DeploymentId};
pub use instantiate::InstantiateRequest;
pub use lifecycle::DeploymentRevision;
pub use logs::{LogLine, LogOptions};
pub use operation::{OperationId, OperationKind, OperationRecord, OperationState};
pub use package::{DeploymentPackage, PackageId, PackageUpload, canonical_package_type};
pub use parameter::{Constraints, ParameterDefinition, ParameterType};
pub use requests::{
    DeploymentRequest, DeploymentUpdate, DesiredDeployment, HealRequest, RollbackRequest, ScaleRequest, UpgradeRequest,
};
pub use status::{Condition, DeploymentStatus, StatusReport};
pub use template::{DeploymentTemplate, NewDeploymentTemplate, TemplateId};
