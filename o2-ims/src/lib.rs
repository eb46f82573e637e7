//! O2-IMS: infrastructure inventory and pools.
//!
//! [`IMSPlugin`] is what an adapter implements, [`ImsService`] what a host calls, [`api`] the HTTP routes over the
//! service, [`model`] what they talk about, [`op`] the names of the operations.

pub mod api;
mod collect;
mod layered;
pub mod model;
pub mod op;
mod plugin;
mod service;
mod validate;

pub use collect::Inventory;
pub use model::{
    Alarm, AlarmId, DeleteOptions, DeploymentManager, DeploymentManagerId, InventoryChange, InventoryObject,
    NewResource, NewResourcePool, OCloudInfo, PoolEvent, PoolMetrics, Resource, ResourceId, ResourcePool,
    ResourcePoolId, ResourcePoolUpdate, ResourceType, ResourceTypeId,
};
pub use plugin::IMSPlugin;
pub use service::ImsService;
