//! Inventories.

use o2_core::router::Failures;
use o2_core::{Context, PluginId, Result};

use super::recipient::hand_out;
use super::{Partial, Recipient, SmoService};
use crate::model::{DeploymentInventory, InfrastructureInventory, SyncReport};
use crate::{op, validate};

impl SmoService {
    /// Makes orchestrators' infrastructure inventory equal to `given`, or, without it, to what the infrastructure
    /// plugins have for this caller. The failures name the infrastructure plugins that are missing from the inventory
    /// and the orchestrators that did not take it.
    ///
    /// # Errors
    /// `InvalidInput` naming the object; the worst one when there is nothing to hand out or nobody takes it.
    pub async fn sync_infrastructure(
        &self,
        context: &Context,
        recipient: &Recipient,
        given: Option<InfrastructureInventory>,
    ) -> Result<Partial<SyncReport>> {
        let recipients = self.recipients(context, &op::SYNC_INFRASTRUCTURE, recipient)?;
        let now = self.clock.now();
        let Partial {
            value: mut inventory,
            failures: missing,
        } = match given {
            Some(given) => {
                validate::infrastructure_inventory(&given)?;
                Partial::complete(given)
            }
            None => self.infrastructure.infrastructure(context).await?,
        };
        inventory.timestamp.get_or_insert(now);
        let inventory = &inventory;
        let Partial { value, failures } = recipients;
        let reports = hand_out(&value, failures, |plugin| {
            plugin.sync_infrastructure(context, inventory)
        })
        .await?;
        Ok(summary(reports, missing))
    }

    /// Makes orchestrators' deployment inventory equal to `given`, or, without it, to what the deployment plugins have
    /// for this caller.
    ///
    /// # Errors
    /// As [`Self::sync_infrastructure`].
    pub async fn sync_deployments(
        &self,
        context: &Context,
        recipient: &Recipient,
        given: Option<DeploymentInventory>,
    ) -> Result<Partial<SyncReport>> {
        let recipients = self.recipients(context, &op::SYNC_DEPLOYMENTS, recipient)?;
        let now = self.clock.now();
        let Partial {
            value: mut inventory,
            failures: missing,
        } = match given {
            Some(given) => {
                validate::deployment_inventory(&given)?;
                Partial::complete(given)
            }
            None => self.deployments.deployments(context).await?,
        };
        inventory.timestamp.get_or_insert(now);
        let inventory = &inventory;
        let Partial { value, failures } = recipients;
        let reports = hand_out(&value, failures, |plugin| plugin.sync_deployments(context, inventory)).await?;
        Ok(summary(reports, missing))
    }
}

/// What several orchestrators did, as one report. `missing` are those that the inventory was to come from.
fn summary(reports: Partial<Vec<(PluginId, SyncReport)>>, missing: Failures) -> Partial<SyncReport> {
    let mut failures = missing;
    let reports = reports.take(&mut failures);
    let sum = |count: fn(&SyncReport) -> u64| reports.iter().map(|(_, report)| count(report)).sum();
    let mut all = SyncReport::synced(sum(|r| r.created), sum(|r| r.updated), sum(|r| r.deleted));
    if let [(_, only)] = &reports[..] {
        all.message.clone_from(&only.message);
    } else {
        let messages = reports
            .iter()
            .map(|(plugin, report)| format!("{plugin}: {}", report.message));
        all.message = messages.collect::<Vec<_>>().join("; ");
    }
    if !failures.is_empty() {
        all.status = "partial".into();
        all.message = format!("{}; missing: {failures}", all.message);
    } else if let Some((_, report)) = reports.iter().find(|(_, report)| report.status != all.status) {
        all.status.clone_from(&report.status);
    }
    Partial::new(all, failures)
}
