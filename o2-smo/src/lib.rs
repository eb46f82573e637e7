//! O2-SMO: integration with the orchestrator above.
//!
//! [`SMOPlugin`] is what an adapter implements, [`SmoService`] what a host calls, [`api`] the HTTP routes over the
//! service, [`model`] what they talk about, [`op`] the names of the operations.

pub mod api;
mod layered;
pub mod model;
pub mod op;
mod plugin;
mod service;
mod validate;

pub use model::{
    DeploymentEvent, DeploymentInventory, ExecutionId, InfrastructureEvent, InfrastructureInventory, ModelId,
    NewServiceModel, PluginOverview, Policy, PolicyId, PolicyStatus, PublishedEvent, ServiceModel, SmoHealth,
    SyncReport, WorkflowExecution, WorkflowRequest, WorkflowState,
};
pub use plugin::SMOPlugin;
pub use service::{DeploymentSource, InfrastructureSource, Partial, Recipient, SmoService};
