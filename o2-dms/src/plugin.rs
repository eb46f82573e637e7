//! [`DMSPlugin`]: what a deployment adapter implements.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, Page, Plugin, Result, async_trait};

use crate::model::{
    Deployment, DeploymentChange, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentRevision,
    DeploymentUpdate, HealRequest, LogLine, LogOptions, PackageId, PackageUpload, RollbackRequest, ScaleRequest,
    StatusReport, UpgradeRequest,
};
use crate::op;

/// A backend that deploys network functions.
///
/// Rules for every method:
///
/// - Ids are the backend's own, stable for the life of the object, and never reused. A name is unique in its namespace
///   and says nothing about another one: names are no ids.
/// - An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`. Both are told
///   in the same words, and lists show neither.
/// - Lists honour every part of the [`ListQuery`]; their order is the same in every page of one walk, and an object
///   that does not change during the walk appears exactly once.
/// - Every filter clause that the capabilities push down is evaluated exactly as the reference evaluation does it.
/// - What is read is how the backend is now, whoever has made it so.
/// - A call that fails by the caller's fault has changed nothing.
/// - Calls may run at the same time; each answers as if it were alone.
/// - Futures may be dropped at any await. What was asked for is then done completely or not at all.
/// - A call may end with `Timeout` when the deadline of its context has passed; it never answers something else because
///   of it.
/// - A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never an empty list
///   and never `NotFound`.
/// - Refused credentials of the plugin are not the caller's fault, and never an empty list or `NotFound`.
/// - An object that cannot be understood is left out of a list; it does not hide the others.
/// - Secrets never appear in `Debug` output, messages and details.
///
/// Rules for work, which most changes of deployments set in motion:
///
/// - Calls that set work in motion end when the backend has accepted it and return the deployment in the state it has
///   then; [`Self::get_deployment_status`] tells how it goes on. What the backend has accepted goes on without the
///   plugin.
/// - While work is in motion, a second such call is a `Conflict`.
/// - A piece of work goes through `pending`, if at all, then through the one state of its kind, and ends in `deployed`
///   or `failed`, or with the deployment gone. The states are `instantiating` for a new deployment, `scaling`,
///   `terminating`, and `updating` for everything else.
/// - A state that work has ended in stays until new work begins or something happens to the workload.
/// - A deployment that is `deployed` runs in the backend, with the package, values and replicas it shows. One that is
///   `failed` says why in its status message; new work may mend it.
/// - The revision of a new deployment is 1. It grows by one with every new package and with new values.
///
/// A method the backend lacks keeps its default body and stays out of the plugin's
/// [`Capabilities`](o2_core::Capabilities).
#[async_trait]
pub trait DMSPlugin: Plugin {
    /// Lists the packages that can be deployed.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_deployment_packages(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_DEPLOYMENT_PACKAGES))
    }

    /// The package with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_deployment_package(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_DEPLOYMENT_PACKAGE))
    }

    /// Stores a package, or makes one that lies elsewhere known. The same content again is the same package.
    ///
    /// # Errors
    /// `InvalidInput` when the content is not a package of this type or does not have this checksum;
    /// `AlreadyExists` when this version is there with other content.
    async fn upload_deployment_package(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let _ = (context, upload);
        Err(Error::unsupported(&op::UPLOAD_DEPLOYMENT_PACKAGE))
    }

    /// Removes a package.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` while a deployment uses it.
    async fn delete_deployment_package(&self, context: &Context, id: &PackageId) -> Result<()> {
        let _ = (context, id);
        Err(Error::unsupported(&op::DELETE_DEPLOYMENT_PACKAGE))
    }

    /// Lists the deployments.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not one of this list's.
    async fn list_deployments(&self, context: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let _ = (context, query);
        Err(Error::unsupported(&op::LIST_DEPLOYMENTS))
    }

    /// The deployment with this id.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_deployment(&self, context: &Context, id: &DeploymentId) -> Result<Arc<Deployment>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_DEPLOYMENT))
    }

    /// Deploys a package for `context.tenant()`. What the request says is what the deployment shows.
    ///
    /// # Errors
    /// `InvalidInput` when there is no such package or the backend cannot express the request; `AlreadyExists` when
    /// the name is taken in the namespace.
    async fn create_deployment(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        let _ = (context, request);
        Err(Error::unsupported(&op::CREATE_DEPLOYMENT))
    }

    /// Gives a deployment the values and descriptions that `update` holds completely: what it does not hold is gone.
    /// The package stays, and without new values so does the revision.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `PreconditionFailed` when `update.expected` is not the deployment's version.
    async fn update_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let _ = (context, id, update);
        Err(Error::unsupported(&op::UPDATE_DEPLOYMENT))
    }

    /// Takes a deployment down; afterwards it is `NotFound`, at once or when it has terminated. It does not matter
    /// whether it is `deployed` or `failed`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`.
    async fn delete_deployment(&self, context: &Context, id: &DeploymentId) -> Result<()> {
        let _ = (context, id);
        Err(Error::unsupported(&op::DELETE_DEPLOYMENT))
    }

    /// Gives a deployment this many replicas; zero is allowed where the backend can. Everything else stays, but for the
    /// value that says how many replicas there are, if there is one. To the number it has, nothing happens.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `InvalidInput` for a number the backend cannot have.
    async fn scale_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &ScaleRequest,
    ) -> Result<Arc<Deployment>> {
        let _ = (context, id, request);
        Err(Error::unsupported(&op::SCALE_DEPLOYMENT))
    }

    /// Brings back the package and values of an earlier revision, as a new revision. A backend that knows says so in
    /// `rolled_back_to`, which becomes the event `DeploymentRolledBack`; otherwise that is `DeploymentReady`.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `InvalidInput` when there is no such revision.
    async fn rollback_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &RollbackRequest,
    ) -> Result<Arc<Deployment>> {
        let _ = (context, id, request);
        Err(Error::unsupported(&op::ROLLBACK_DEPLOYMENT))
    }

    /// Replaces the package of a deployment, and its values if the request has some.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `InvalidInput` when there is no such package.
    async fn upgrade_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &UpgradeRequest,
    ) -> Result<Arc<Deployment>> {
        let _ = (context, id, request);
        Err(Error::unsupported(&op::UPGRADE_DEPLOYMENT))
    }

    /// Repairs a deployment, keeping its revision.
    ///
    /// # Errors
    /// `NotFound`; `Conflict`; `InvalidInput` when there is no such component.
    async fn heal_deployment(
        &self,
        context: &Context,
        id: &DeploymentId,
        request: &HealRequest,
    ) -> Result<Arc<Deployment>> {
        let _ = (context, id, request);
        Err(Error::unsupported(&op::HEAL_DEPLOYMENT))
    }

    /// How a deployment is doing. The state in a report and that of the deployment are the same. A workload that is not
    /// as wanted shows: another state, replicas that are not ready, or the condition `Ready` with `False`.
    ///
    /// # Errors
    /// `NotFound`.
    async fn get_deployment_status(&self, context: &Context, id: &DeploymentId) -> Result<StatusReport> {
        let _ = (context, id);
        Err(Error::unsupported(&op::GET_DEPLOYMENT_STATUS))
    }

    /// What a deployment's workloads have logged, oldest first: the lines themselves, not what the backend knows about
    /// the deployment. With `options.follow` the stream goes on until dropped or until the deployment is gone; it owns
    /// what it needs.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` when there is no such container.
    async fn get_deployment_logs(
        &self,
        context: &Context,
        id: &DeploymentId,
        options: &LogOptions,
    ) -> Result<BoxStream<'static, Result<LogLine>>> {
        let _ = (context, id, options);
        Err(Error::unsupported(&op::GET_DEPLOYMENT_LOGS))
    }

    /// The revisions of a deployment that can be rolled back to or were, oldest first; the last one is the current. A
    /// revision stays what it was, but for its status.
    ///
    /// # Errors
    /// `NotFound`.
    async fn list_deployment_revisions(&self, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
        let _ = (context, id);
        Err(Error::unsupported(&op::LIST_DEPLOYMENT_REVISIONS))
    }

    /// Changes of packages and deployments: those after `resume`, then those to come, until dropped.
    ///
    /// `resume` is the mark of an earlier change, or `None` for changes from now on. The stream owns what it needs.
    ///
    /// Every change is told once, in the order in which they happened, with the object before and after it, whoever has
    /// made it. Nothing is told that has not changed, and nothing that was there before the watch began. A backend that
    /// does not answer is never read as one that has nothing. A stream that breaks ends with the error; a watch from
    /// the last mark on tells what was missed.
    ///
    /// # Errors
    /// `Conflict` when the backend no longer knows the changes after `resume`: read everything and watch from now on.
    async fn watch_deployments(
        &self,
        context: &Context,
        resume: Option<&str>,
    ) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
        let _ = (context, resume);
        Err(Error::unsupported(&op::WATCH_DEPLOYMENTS))
    }
}
