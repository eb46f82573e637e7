//! Watching the inventory.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::{Context, Model, Result, TenantId};
use o2_ims::{InventoryChange, InventoryObject};

use super::state::State;
use crate::memory::{Live, follow};

/// Changes that the caller may see, those after `resume` and those to come, also those that only time brings about.
pub(super) fn watch(
    live: &Arc<Live<State>>,
    context: &Context,
    resume: Option<&str>,
) -> Result<BoxStream<'static, Result<InventoryChange>>> {
    let mut position = live.read(|state, _| state.journal.position(resume))??;
    let context = context.clone();
    Ok(follow(Arc::clone(live), move |state| {
        state.journal.step(&mut position, |object| context.sees(owner(object)))
    }))
}

fn owner(object: &InventoryObject) -> Option<&TenantId> {
    match object {
        InventoryObject::DeploymentManager(manager) => manager.tenant(),
        InventoryObject::ResourcePool(pool) => pool.tenant(),
        InventoryObject::Resource(resource) => resource.tenant(),
        _ => None,
    }
}
