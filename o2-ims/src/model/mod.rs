//! The models of O2-IMS: a superset of the product's own and of the official O-RAN fields (O-RAN.WG6 O2IMS-INTERFACE
//! R004 v10.00, clause 3.2). One file each: the struct, its attribute table, its inputs.

mod alarm;
mod change;
mod deployment_manager;
mod ocloud;
mod pool_activity;
mod resource;
mod resource_pool;
mod resource_type;

pub use alarm::{Alarm, AlarmId, PerceivedSeverity};
pub use change::{InventoryChange, InventoryObject};
pub use deployment_manager::{DeploymentManager, DeploymentManagerId};
pub use ocloud::OCloudInfo;
pub use pool_activity::{PoolEvent, PoolMetrics};
pub use resource::{NewResource, Resource, ResourceId};
pub use resource_pool::{
    DeleteOptions, NewResourcePool, ObjectHealth, ResourcePool, ResourcePoolId, ResourcePoolUpdate,
};
pub use resource_type::{ResourceClass, ResourceKind, ResourceType, ResourceTypeId};
