//! The models of O2-DMS, which is the product's own API (O-RAN defines no deployment resource). One file each: the
//! struct, its attribute table, its inputs.

mod change;
mod deployment;
mod lifecycle;
mod logs;
mod package;
mod requests;
mod status;

pub use change::{DeploymentChange, DeploymentObject};
pub use deployment::{Deployment, DeploymentId};
pub use lifecycle::DeploymentRevision;
pub use logs::{LogLine, LogOptions};
pub use package::{DeploymentPackage, PackageId, PackageUpload, canonical_package_type};
pub use requests::{DeploymentRequest, DeploymentUpdate, HealRequest, RollbackRequest, ScaleRequest, UpgradeRequest};
pub use status::{Condition, DeploymentStatus, StatusReport};
