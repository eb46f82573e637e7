//! What every cluster has that is infrastructure: nodes, volumes, storage classes, and the cluster itself; and how O2 shows
//! them; and what plugins do alike that read them, draw them and change their pools. What makes a pool is left to the backends
//! of the family.

mod about;
mod alarms;
mod condition;
mod extensions;
mod front;
mod label_pool;
mod memo;
mod node;
mod node_resource;
mod node_type;
mod plugin;
mod pool_notes;
mod pool_patch;
mod reader;
mod style;
mod volume;
mod volume_resource;

pub(crate) use about::{About, Supplies};
pub(crate) use alarms::node_alarms;
pub(crate) use condition::Condition;
pub(crate) use extensions::Extended;
pub(crate) use front::{Front, capabilities};
pub(crate) use label_pool::{Common, LabelPools};
pub(crate) use memo::{Memo, part};
pub(crate) use node::{NODES, Node};
pub(crate) use node_resource::{NodePlace, node_health, node_resource, resource_kind};
pub(crate) use node_type::{node_type, node_type_id};
pub(crate) use plugin::serve_inventory;
pub(crate) use pool_notes::{DESCRIPTION, NOTES, Notes, is_of_system, user_labels};
pub(crate) use pool_patch::{Fixed, pool_patch};
pub(crate) use reader::Reader;
pub(crate) use style::{Style, tenant_of};
pub(crate) use volume::{STORAGE_CLASSES, StorageClass, VOLUMES, Volume};
pub(crate) use volume_resource::draw_volumes;
