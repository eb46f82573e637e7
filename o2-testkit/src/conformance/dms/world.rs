//! [`DmsWorld`]: what the suite needs to know about a deployment backend and can do to it.

use std::ops::RangeInclusive;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::{Extensions, Result};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};

use crate::conformance::World;

/// A world for a deployment plugin. It should begin with some packages and deployments, shared and owned.
pub trait DmsWorld: World<dyn DMSPlugin> {
    /// Asks for a deployment that succeeds, with this name; the suite creates several. The request should have whatever
    /// the backend can keep: description, namespace, labels, values, extensions.
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        let _ = name;
        None
    }

    /// Other values that such a deployment can have; fewer keys than those of [`new_deployment`](Self::new_deployment).
    fn other_values(&self) -> Option<Extensions> {
        None
    }

    /// Another package that such a deployment can be upgraded to.
    fn newer_package(&self) -> Option<PackageId> {
        None
    }

    /// A package whose deployment, and every upgrade to it, fails.
    fn failing_package(&self) -> Option<PackageId> {
        None
    }

    /// How many replicas such a deployment can have. One more than the largest is refused.
    fn replicas(&self) -> Option<RangeInclusive<u32>> {
        None
    }

    /// Two namespaces in which deployments can be created.
    fn namespaces(&self) -> Option<[String; 2]> {
        None
    }

    /// A package to upload, with this name, in some version; the same for the same name.
    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        let _ = name;
        None
    }

    /// The same name and version as [`new_package`](Self::new_package) gives, with other content.
    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        let _ = name;
        None
    }

    /// Uploads that are refused for what they hold: content that is no package, a checksum that is wrong.
    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let _ = name;
        Vec::new()
    }

    /// Whether deployments of this world log something while they are installed and scaled.
    fn has_logs(&self) -> bool {
        false
    }

    /// Looks at the backend past the plugin.
    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let _ = deployment;
        ready(Ok(Look::Unable)).boxed()
    }

    /// Changes the backend without the plugin. `false` when that cannot be done here.
    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        let _ = disturbance;
        ready(Ok(false)).boxed()
    }
}

/// What somebody else does to the backend.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum DmsDisturbance {
    /// Changes something about a deployment that the model shows.
    Change(DeploymentId),
    /// Takes a deployment down.
    Remove(DeploymentId),
    /// Makes the workload of a deployment fail its health checks.
    Sicken(DeploymentId),
}

/// What is to be seen in the backend itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// Nobody can look here.
    Unable,
    /// The backend has no such deployment.
    Nothing,
    /// The backend runs this.
    Running(Running),
}

/// What a backend runs for a deployment.
#[derive(Debug, Clone, PartialEq)]
pub struct Running {
    /// The package.
    pub package_id: PackageId,
    /// The values, as far as the backend keeps those of the deployment.
    pub values: Extensions,
    /// The replicas that are wanted.
    pub replicas: Option<u32>,
}
