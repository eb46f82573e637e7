//! How the infrastructure of plugins is collected.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use o2_core::collect::{Changes, Collectable, Kind, everything};
use o2_core::event::Subject;
use o2_core::{Context, Model, Operation, Result};

use crate::model::{DeploymentManager, InventoryObject, Resource, ResourcePool, ResourceType};
use crate::{IMSPlugin, op};

static KINDS: [Kind; 4] = [
    Kind::of::<DeploymentManager>(&op::LIST_DEPLOYMENT_MANAGERS).with_indexes(&["tenantId"]),
    Kind::of::<ResourceType>(&op::LIST_RESOURCE_TYPES),
    Kind::of::<ResourcePool>(&op::LIST_RESOURCE_POOLS).with_indexes(&["tenantId"]),
    Kind::of::<Resource>(&op::LIST_RESOURCES).with_indexes(&["resourcePoolId", "resourceTypeId", "tenantId"]),
];

/// Collects deployment managers, resource types, pools and resources.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Inventory;

impl Inventory {
    /// Collects everything.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Collectable<dyn IMSPlugin> for Inventory {
    fn kinds(&self) -> &'static [Kind] {
        &KINDS
    }

    fn watch_operation(&self) -> &'static Operation {
        &op::WATCH_INVENTORY
    }

    fn list<'a>(
        &'a self,
        plugin: &'a dyn IMSPlugin,
        context: &'a Context,
        kind: &'static Kind,
    ) -> BoxFuture<'a, Result<Vec<Arc<dyn Subject>>>> {
        let most = plugin.capabilities().max_page_size;
        match kind.object() {
            DeploymentManager::OBJECT => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_deployment_managers(context, &query).await })
            })),
            ResourceType::OBJECT => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_resource_types(context, &query).await })
            })),
            ResourcePool::OBJECT => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_resource_pools(context, &query).await })
            })),
            _ => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_resources(context, &query).await })
            })),
        }
    }

    fn watch<'a>(
        &'a self,
        plugin: &'a dyn IMSPlugin,
        context: &'a Context,
        resume: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Changes>> {
        Box::pin(async move {
            let changes = plugin.watch_inventory(context, resume).await?;
            let changes = changes.map(|change| change.map(|change| change.map(subject)));
            Ok(changes.boxed())
        })
    }
}

fn subject(object: InventoryObject) -> Arc<dyn Subject> {
    match object {
        InventoryObject::DeploymentManager(manager) => manager,
        InventoryObject::ResourcePool(pool) => pool,
        InventoryObject::Resource(resource) => resource,
        InventoryObject::ResourceType(resource_type) => resource_type,
    }
}
