//! Where inventories come from: [`InfrastructureSource`] and [`DeploymentSource`]. A federation of IMS or DMS plugins is
//! one; it walks all its lists.

use std::fmt;
use std::sync::Arc;

use futures::future::{BoxFuture, join, join4};
use o2_core::federation::{Federation, Listing};
use o2_core::query::Query;
use o2_core::router::Failures;
use o2_core::{Context, Error, ErrorKind, Result, async_trait};
use o2_dms::{DMSPlugin, op as dms};
use o2_ims::{IMSPlugin, op as ims};

use super::Partial;
use crate::model::{DeploymentInventory, InfrastructureInventory};

/// Where the infrastructure inventory comes from.
#[async_trait]
pub trait InfrastructureSource: fmt::Debug + Send + Sync + 'static {
    /// All infrastructure that the caller sees, with service-level ids. It is marked partial when a backend is missing.
    ///
    /// # Errors
    /// The worst one when no backend answers.
    async fn infrastructure(&self, context: &Context) -> Result<Partial<InfrastructureInventory>>;
}

/// Where the deployment inventory comes from.
#[async_trait]
pub trait DeploymentSource: fmt::Debug + Send + Sync + 'static {
    /// All packages and deployments that the caller sees, with service-level ids. It is marked partial when a backend
    /// is missing.
    ///
    /// # Errors
    /// The worst one when no backend answers.
    async fn deployments(&self, context: &Context) -> Result<Partial<DeploymentInventory>>;
}

#[async_trait]
impl InfrastructureSource for Federation<dyn IMSPlugin> {
    async fn infrastructure(&self, context: &Context) -> Result<Partial<InfrastructureInventory>> {
        let largest = self.page_limits().max;
        let managers = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &ims::LIST_DEPLOYMENT_MANAGERS, &query, |p, c, q| {
                    p.list_deployment_managers(c, q)
                })
                .await
            })
        });
        let pools = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &ims::LIST_RESOURCE_POOLS, &query, |p, c, q| {
                    p.list_resource_pools(c, q)
                })
                .await
            })
        });
        let resources = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &ims::LIST_RESOURCES, &query, |p, c, q| p.list_resources(c, q))
                    .await
            })
        });
        let types = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &ims::LIST_RESOURCE_TYPES, &query, |p, c, q| {
                    p.list_resource_types(c, q)
                })
                .await
            })
        });
        let (managers, pools, resources, types) = join4(managers, pools, resources, types).await;
        let mut failures = Failures::new();
        let inventory = InfrastructureInventory {
            deployment_managers: managers?.take(&mut failures),
            resource_pools: pools?.take(&mut failures),
            resources: resources?.take(&mut failures),
            resource_types: types?.take(&mut failures),
            timestamp: None,
            partial: !failures.is_empty(),
        };
        let is_empty = inventory.deployment_managers.is_empty()
            && inventory.resource_pools.is_empty()
            && inventory.resources.is_empty()
            && inventory.resource_types.is_empty();
        worth_sending(inventory, is_empty, failures)
    }
}

#[async_trait]
impl DeploymentSource for Federation<dyn DMSPlugin> {
    async fn deployments(&self, context: &Context) -> Result<Partial<DeploymentInventory>> {
        let largest = self.page_limits().max;
        let packages = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &dms::LIST_DEPLOYMENT_PACKAGES, &query, |p, c, q| {
                    p.list_deployment_packages(c, q)
                })
                .await
            })
        });
        let deployments = everything(largest, |query| {
            Box::pin(async move {
                self.list(context, &dms::LIST_DEPLOYMENTS, &query, |p, c, q| {
                    p.list_deployments(c, q)
                })
                .await
            })
        });
        let (packages, deployments) = join(packages, deployments).await;
        let mut failures = Failures::new();
        let inventory = DeploymentInventory {
            packages: packages?.take(&mut failures),
            deployments: deployments?.take(&mut failures),
            timestamp: None,
            partial: !failures.is_empty(),
        };
        let is_empty = inventory.packages.is_empty() && inventory.deployments.is_empty();
        worth_sending(inventory, is_empty, failures)
    }
}

/// An inventory in which there is nothing but failures is none.
fn worth_sending<T>(inventory: T, is_empty: bool, failures: Failures) -> Result<Partial<T>> {
    if is_empty && !failures.is_empty() {
        let worst = failures.into_worst();
        return Err(worst.unwrap_or_else(|| Error::internal("a backend failed without error")));
    }
    Ok(Partial::new(inventory, failures))
}

/// Walks all pages of a list. A walk that cannot go on ends, and the plugin that failed is among the failures.
async fn everything<'a, T>(
    page_size: u32,
    list: impl Fn(Query) -> BoxFuture<'a, Result<Listing<T>>>,
) -> Result<Partial<Vec<Arc<T>>>> {
    let mut found = Partial::complete(Vec::new());
    let mut query = Query::new().with_limit(page_size);
    loop {
        let page = match list(query.clone()).await {
            Ok(page) => page,
            // No backend has such objects, so there are none.
            Err(error) if error.is(ErrorKind::Unsupported) => return Ok(found),
            Err(error) => {
                let Some(plugin) = error.plugin().cloned() else {
                    return Err(error);
                };
                found.failures.push(plugin, error);
                return Ok(found);
            }
        };
        found.value.extend(page.items);
        found.failures.extend(page.failures);
        query.marker = page.next;
        if query.marker.is_none() {
            return Ok(found);
        }
    }
}
