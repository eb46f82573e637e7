//! The models of O2-SMO, which is the product's own API (O-RAN defines none).

mod event;
mod inventory;
mod plugin;
mod policy;
mod service_model;
mod workflow;

pub use event::{DeploymentEvent, InfrastructureEvent, PublishedEvent};
pub use inventory::{DeploymentInventory, InfrastructureInventory, SyncReport};
pub use plugin::{PluginOverview, SmoHealth};
pub use policy::{Policy, PolicyId, PolicyStatus};
pub use service_model::{ModelId, NewServiceModel, ServiceModel};
pub use workflow::{ExecutionId, WorkflowExecution, WorkflowRequest, WorkflowState};
