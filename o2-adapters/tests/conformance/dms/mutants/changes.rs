//! Faults with changes of deployments: updates, scaling, upgrades, rollbacks, repairs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use o2_core::{Context, Error, async_trait};
use o2_dms::{
    DMSPlugin, DeploymentId, DeploymentStatus, DeploymentUpdate, HealRequest, RollbackRequest, ScaleRequest,
    UpgradeRequest,
};

use super::{Row, changed, locked, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Made, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(MergesValues, "update_deployment/values_are_replaced_completely"),
        row(KeepsValues, "update_deployment/values_are_replaced_completely"),
        row(DropsDescriptions, "update_deployment/values_are_replaced_completely"),
        row(MergesLabels, "update_deployment/descriptions_are_replaced_completely"),
        row(IgnoresVersions, "update_deployment/a_stale_state_is_refused"),
        row(AlwaysRevises, "update_deployment/the_same_state_changes_nothing"),
        row(ScalesByReplacingAllValues, "scale_deployment/keeps_everything_else"),
        row(SaysItScales, "scale_deployment/ends_with_that_many"),
        row(ScalesAsFarAsItCan, "scale_deployment/numbers_out_of_range_are_refused"),
        row(RefusesZero, "scale_deployment/reaches_the_limits"),
        row(UpgradesToDefaults, "upgrade_deployment/the_package_changes"),
        row(UpgradesWithOldValues, "upgrade_deployment/given_values_replace_the_old"),
        row(
            AnnotatesWhenRollingBack,
            "rollback_deployment/brings_back_package_and_values",
        ),
        row(AlwaysGoesOneBack, "rollback_deployment/brings_back_package_and_values"),
        row(
            RollsBackByPosition,
            "rollback_deployment/brings_back_package_and_values",
        ),
        row(
            RollsBackOnlyThePackage,
            "rollback_deployment/brings_back_package_and_values",
        ),
        row(
            RewindsNumbers::default(),
            "rollback_deployment/goes_one_back_when_not_told",
        ),
        row(RollsBackToNothing, "rollback_deployment/unknown_revisions_are_refused"),
        row(HealsByUpgrading, "heal_deployment/keeps_what_was_wanted"),
        row(SaysItHeals, "heal_deployment/mends_what_is_sick"),
        row(HealsAnything, "heal_deployment/unknown_components_are_refused"),
    ]
}

/// Adds new values to the old ones.
#[derive(Debug)]
struct MergesValues;

#[async_trait]
impl Twist for MergesValues {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut merged = update.clone();
        merged.values = p.get_deployment(c, id).await?.values.clone();
        merged.values.extend(update.values.clone());
        p.update_deployment(c, id, &merged).await
    }
}

/// Does not change values at all.
#[derive(Debug)]
struct KeepsValues;

#[async_trait]
impl Twist for KeepsValues {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut kept = update.clone();
        kept.values = p.get_deployment(c, id).await?.values.clone();
        p.update_deployment(c, id, &kept).await
    }
}

/// Forgets everything but the values.
#[derive(Debug)]
struct DropsDescriptions;

#[async_trait]
impl Twist for DropsDescriptions {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut bare = DeploymentUpdate::default();
        bare.values = update.values.clone();
        p.update_deployment(c, id, &bare).await
    }
}

/// Adds new labels to the old ones.
#[derive(Debug)]
struct MergesLabels;

#[async_trait]
impl Twist for MergesLabels {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut merged = update.clone();
        merged.labels = p.get_deployment(c, id).await?.labels.clone();
        merged.labels.extend(update.labels.clone());
        p.update_deployment(c, id, &merged).await
    }
}

/// The last one wins.
#[derive(Debug)]
struct IgnoresVersions;

#[async_trait]
impl Twist for IgnoresVersions {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut blind = update.clone();
        blind.expected = None;
        p.update_deployment(c, id, &blind).await
    }
}

/// Makes a revision of every update.
#[derive(Debug)]
struct AlwaysRevises;

#[async_trait]
impl Twist for AlwaysRevises {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let mut request = UpgradeRequest::to(p.get_deployment(c, id).await?.package_id.clone());
        request.values = Some(update.values.clone());
        p.upgrade_deployment(c, id, &request).await
    }
}

/// Has the number of replicas as the only value afterwards.
#[derive(Debug)]
struct ScalesByReplacingAllValues;

#[async_trait]
impl Twist for ScalesByReplacingAllValues {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        let mut update = DeploymentUpdate::of(&*p.get_deployment(c, id).await?);
        update.values.clear();
        update.values.insert("replicaCount".to_owned(), request.replicas.into());
        p.update_deployment(c, id, &update).await
    }
}

/// Reports success and does nothing.
#[derive(Debug)]
struct SaysItScales;

#[async_trait]
impl Twist for SaysItScales {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        let deployment = p.get_deployment(c, id).await?;
        Ok(changed(&deployment, |deployment| {
            deployment.status = DeploymentStatus::Scaling;
            deployment.replicas = Some(request.replicas);
        }))
    }
}

/// Takes the nearest number that is allowed.
#[derive(Debug)]
struct ScalesAsFarAsItCan;

#[async_trait]
impl Twist for ScalesAsFarAsItCan {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        p.scale_deployment(c, id, &ScaleRequest::new(request.replicas.min(5)))
            .await
    }
}

/// Takes zero for a missing number.
#[derive(Debug)]
struct RefusesZero;

#[async_trait]
impl Twist for RefusesZero {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        if request.replicas == 0 {
            return Err(Error::violation("replicas", "must be given"));
        }
        p.scale_deployment(c, id, request).await
    }
}

/// Begins with the values of the new package.
#[derive(Debug)]
struct UpgradesToDefaults;

#[async_trait]
impl Twist for UpgradesToDefaults {
    async fn upgrade(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &UpgradeRequest) -> Made {
        let mut bare = request.clone();
        bare.values.get_or_insert_default();
        p.upgrade_deployment(c, id, &bare).await
    }
}

/// Does not look at the values of the request.
#[derive(Debug)]
struct UpgradesWithOldValues;

#[async_trait]
impl Twist for UpgradesWithOldValues {
    async fn upgrade(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &UpgradeRequest) -> Made {
        p.upgrade_deployment(c, id, &UpgradeRequest::to(request.package_id.clone()))
            .await
    }
}

/// Writes down that a rollback is wanted, and that is all.
#[derive(Debug)]
struct AnnotatesWhenRollingBack;

#[async_trait]
impl Twist for AnnotatesWhenRollingBack {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &RollbackRequest) -> Made {
        let mut update = DeploymentUpdate::of(&*p.get_deployment(c, id).await?);
        update.labels.insert("rollback".to_owned(), "wanted".to_owned());
        p.update_deployment(c, id, &update).await
    }
}

/// Does not look at the number of the revision.
#[derive(Debug)]
struct AlwaysGoesOneBack;

#[async_trait]
impl Twist for AlwaysGoesOneBack {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &RollbackRequest) -> Made {
        p.rollback_deployment(c, id, &RollbackRequest::default()).await
    }
}

/// Takes the number of a revision for a position in the history.
#[derive(Debug)]
struct RollsBackByPosition;

#[async_trait]
impl Twist for RollsBackByPosition {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        let revisions = p.list_deployment_revisions(c, id).await?;
        let position = request.revision.map(|number| revisions.get(number as usize));
        let request = match position.flatten() {
            Some(other) => RollbackRequest::to(other.revision),
            None => request.clone(),
        };
        p.rollback_deployment(c, id, &request).await
    }
}

/// Brings back the package and leaves the values.
#[derive(Debug)]
struct RollsBackOnlyThePackage;

#[async_trait]
impl Twist for RollsBackOnlyThePackage {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        let revisions = p.list_deployment_revisions(c, id).await?;
        let old = revisions.iter().find(|old| Some(old.revision) == request.revision);
        let old = old.ok_or_else(|| Error::violation("revision", "is not there"))?;
        p.upgrade_deployment(c, id, &UpgradeRequest::to(old.package_id.clone()))
            .await
    }
}

/// Gives the deployment the number of the revision that it has gone back to.
#[derive(Debug, Default)]
struct RewindsNumbers(Mutex<BTreeMap<DeploymentId, u32>>);

#[async_trait]
impl Twist for RewindsNumbers {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        let before = p.get_deployment(c, id).await?.revision;
        let rolled = p.rollback_deployment(c, id, request).await?;
        let target = request.revision.unwrap_or(before - 1);
        locked(&self.0).insert(id.clone(), target);
        Ok(rolled)
    }

    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        let deployment = p.get_deployment(c, id).await?;
        let rewound = locked(&self.0).get(id).copied();
        Ok(changed(&deployment, |deployment| {
            deployment.revision = rewound.unwrap_or(deployment.revision);
        }))
    }
}

/// Takes an unknown revision for the one before.
#[derive(Debug)]
struct RollsBackToNothing;

#[async_trait]
impl Twist for RollsBackToNothing {
    async fn rollback(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &RollbackRequest) -> Made {
        let known = p.list_deployment_revisions(c, id).await?;
        let known = known.iter().any(|old| Some(old.revision) == request.revision);
        let request = if known {
            request.clone()
        } else {
            RollbackRequest::default()
        };
        p.rollback_deployment(c, id, &request).await
    }
}

/// Repairs by another installation, as a new revision.
#[derive(Debug)]
struct HealsByUpgrading;

#[async_trait]
impl Twist for HealsByUpgrading {
    async fn heal(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &HealRequest) -> Made {
        let package = p.get_deployment(c, id).await?.package_id.clone();
        p.upgrade_deployment(c, id, &UpgradeRequest::to(package)).await
    }
}

/// Reports success and does nothing.
#[derive(Debug)]
struct SaysItHeals;

#[async_trait]
impl Twist for SaysItHeals {
    async fn heal(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &HealRequest) -> Made {
        p.get_deployment(c, id).await.map(|deployment| Arc::clone(&deployment))
    }
}

/// Does not look at the component.
#[derive(Debug)]
struct HealsAnything;

#[async_trait]
impl Twist for HealsAnything {
    async fn heal(&self, p: &Remote, c: &Context, id: &DeploymentId, _: &HealRequest) -> Made {
        p.heal_deployment(c, id, &HealRequest::default()).await
    }
}
