//! What every cluster has that is infrastructure: nodes, volumes, storage classes, and the cluster itself; and how O2 shows
//! them. What makes a pool is left to the backends of the family.

mod about;
mod alarms;
mod condition;
mod extensions;
mod node;
mod node_resource;
mod node_type;
mod volume;
mod volume_resource;

pub(crate) use about::{About, Supplies};
pub(crate) use alarms::node_alarms;
pub(crate) use condition::Condition;
pub(crate) use extensions::Extended;
pub(crate) use node::{NODES, Node};
pub(crate) use node_resource::{NodePlace, node_health, node_resource, resource_kind};
pub(crate) use node_type::{node_type, node_type_id};
pub(crate) use volume::{STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
pub(crate) use volume_resource::{storage_pool, volume_resource, volume_type};
