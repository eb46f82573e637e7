//! Inventories are handed over. The same laws hold for infrastructure and for deployments.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::{ErrorKind, Fault, Operation, Result};
use o2_dms::{Deployment, DeploymentPackage};
use o2_ims::{DeploymentManager, Resource, ResourcePool, ResourceType};
use o2_smo::{DeploymentInventory, InfrastructureInventory, SyncReport, op};

use super::{Known, Scene, SmoCase, case};
use crate::conformance::laws::at_every_await;
use crate::conformance::{Trouble, Verdict, fails, same};

const EQUAL: &str = "Makes the orchestrator's inventory of `context.tenant()` equal to `inventory`.";
const COUNTS: &str = "The report counts the objects that came into being, that changed and that were removed; none when \
                      the same inventory comes again.";
const PARTIAL: &str = "Objects it has beyond stay when the inventory is marked partial.";
const TENANTS: &str = "Objects of tenants other than `context.tenant()` stay in any case.";
const OUTAGE: &str = "`Unavailable`; what was written before stays written, and the call may be repeated.";
const DROPPED: &str = "Futures may be dropped at any await.";

/// An inventory that can be handed over.
trait Inventory: Send + Sync + Sized + 'static {
    const OPERATION: &'static Operation;
    /// Objects of the inventory for each name.
    const EACH: u64;

    /// Objects for each id and name.
    fn of(names: &[(&str, &str)]) -> Self;

    fn partial(self) -> Self;

    fn known(&self) -> Known;

    fn sync<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<SyncReport>>;
}

impl Inventory for InfrastructureInventory {
    const OPERATION: &'static Operation = &op::SYNC_INFRASTRUCTURE;
    const EACH: u64 = 4;

    fn of(names: &[(&str, &str)]) -> Self {
        let mut inventory = Self::default();
        for (id, name) in names {
            let (pool, kind) = (format!("pool-{id}"), format!("type-{id}"));
            let mut resource = Resource::new(format!("node-{id}"), kind.clone(), pool.clone());
            resource.name = Some((*name).to_owned());
            let manager = DeploymentManager::new(format!("manager-{id}"), *name);
            inventory.deployment_managers.push(Arc::new(manager));
            inventory.resource_pools.push(Arc::new(ResourcePool::new(pool, *name)));
            inventory.resources.push(Arc::new(resource));
            inventory.resource_types.push(Arc::new(ResourceType::new(kind, *name)));
        }
        inventory
    }

    fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    fn known(&self) -> Known {
        Known::new().with_infrastructure(self)
    }

    fn sync<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<SyncReport>> {
        scene.plugin.sync_infrastructure(&scene.context, self)
    }
}

impl Inventory for DeploymentInventory {
    const OPERATION: &'static Operation = &op::SYNC_DEPLOYMENTS;
    const EACH: u64 = 2;

    fn of(names: &[(&str, &str)]) -> Self {
        let mut inventory = Self::default();
        for (id, name) in names {
            let package = format!("package-{id}");
            let deployment = Deployment::new(format!("deployment-{id}"), *name, package.clone());
            let package = DeploymentPackage::new(package, *name, "1.0", "helm-chart");
            inventory.packages.push(Arc::new(package));
            inventory.deployments.push(Arc::new(deployment));
        }
        inventory
    }

    fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    fn known(&self) -> Known {
        Known::new().with_deployments(self)
    }

    fn sync<'a>(&'a self, scene: &'a Scene<'_>) -> BoxFuture<'a, Result<SyncReport>> {
        scene.plugin.sync_deployments(&scene.context, self)
    }
}

pub(super) fn cases() -> Vec<SmoCase> {
    [of::<InfrastructureInventory>(), of::<DeploymentInventory>()].concat()
}

fn of<I: Inventory>() -> Vec<SmoCase> {
    let sentences: [(&str, &'static str, super::Run); 8] = [
        ("the_first_one_creates_everything", EQUAL, |s| {
            creates_everything::<I>(s).boxed()
        }),
        ("the_same_again_changes_nothing", COUNTS, |s| {
            changes_nothing::<I>(s).boxed()
        }),
        ("differences_are_made_and_counted", COUNTS, |s| {
            differences::<I>(s).boxed()
        }),
        ("a_partial_one_deletes_nothing", PARTIAL, |s| {
            deletes_nothing::<I>(s).boxed()
        }),
        ("other_tenants_objects_stay", TENANTS, |s| others_stay::<I>(s).boxed()),
        ("an_outage_is_told", OUTAGE, |s| outage_is_told::<I>(s).boxed()),
        ("repeated_after_an_outage_it_converges", OUTAGE, |s| {
            converges::<I>(s).boxed()
        }),
        ("repeated_after_a_dropped_call_it_converges", DROPPED, |s| {
            dropped::<I>(s).boxed()
        }),
    ];
    let name = I::OPERATION.name;
    let case = |(what, contract, run)| case(format!("{name}/{what}"), contract, run).needing(&[I::OPERATION]);
    sentences.into_iter().map(case).collect()
}

const THREE: &[(&str, &str)] = &[("1", "one"), ("2", "two"), ("3", "three")];

fn counts(report: &SyncReport) -> [u64; 3] {
    [report.created, report.updated, report.deleted]
}

async fn creates_everything<I: Inventory>(scene: Scene<'_>) -> Verdict {
    let inventory = I::of(THREE);
    let report = inventory.sync(&scene).await?;
    same(
        "what was created, updated, deleted",
        counts(&report),
        [3 * I::EACH, 0, 0],
    )?;
    same("what the orchestrator knows", scene.known().await?, inventory.known())
}

async fn changes_nothing<I: Inventory>(scene: Scene<'_>) -> Verdict {
    let inventory = I::of(THREE);
    inventory.sync(&scene).await?;
    let report = inventory.sync(&scene).await?;
    same("what was created, updated, deleted", counts(&report), [0, 0, 0])?;
    same("what the orchestrator knows", scene.known().await?, inventory.known())
}

async fn differences<I: Inventory>(scene: Scene<'_>) -> Verdict {
    I::of(THREE).sync(&scene).await?;
    let next = I::of(&[("1", "one"), ("2", "another name"), ("4", "four"), ("5", "five")]);
    let report = next.sync(&scene).await?;
    same(
        "what was created, updated, deleted",
        counts(&report),
        [2 * I::EACH, I::EACH, I::EACH],
    )?;
    same("what the orchestrator knows", scene.known().await?, next.known())
}

async fn deletes_nothing<I: Inventory>(scene: Scene<'_>) -> Verdict {
    I::of(THREE).sync(&scene).await?;
    let report = I::of(&[("2", "another name"), ("4", "four")])
        .partial()
        .sync(&scene)
        .await?;
    same(
        "what was created, updated, deleted",
        counts(&report),
        [I::EACH, I::EACH, 0],
    )?;
    let all = [("1", "one"), ("2", "another name"), ("3", "three"), ("4", "four")];
    same("what the orchestrator knows", scene.known().await?, I::of(&all).known())
}

async fn others_stay<I: Inventory>(scene: Scene<'_>) -> Verdict {
    let [red, blue] = scene.tenants()?;
    let (reds, blues) = (I::of(THREE), I::of(&[("3", "the blue three"), ("9", "nine")]));
    reds.sync(&red).await?;
    blues.sync(&blue).await?;
    same("what it knows of the first tenant", red.known().await?, reds.known())?;
    I::of(&[]).sync(&red).await?;
    same("what it knows of the other one", blue.known().await?, blues.known())
}

async fn outage_is_told<I: Inventory>(scene: Scene<'_>) -> Verdict {
    scene.bring(Trouble::Down).await?;
    let inventory = I::of(THREE);
    let kinds = [ErrorKind::Unavailable, ErrorKind::Timeout];
    let error = fails(
        "a synchronisation during an outage",
        inventory.sync(&scene).await,
        &kinds,
    )?;
    same("whose fault it is", error.fault(), Fault::Backend)
}

async fn converges<I: Inventory>(scene: Scene<'_>) -> Verdict {
    I::of(&[("1", "an old name"), ("7", "seven")]).sync(&scene).await?;
    scene.bring(Trouble::Down).await?;
    let inventory = I::of(THREE);
    let kinds = [ErrorKind::Unavailable, ErrorKind::Timeout];
    fails(
        "a synchronisation during an outage",
        inventory.sync(&scene).await,
        &kinds,
    )?;
    scene.world.trouble(None).await;
    inventory.sync(&scene).await?;
    same("what the orchestrator knows", scene.known().await?, inventory.known())
}

async fn dropped<I: Inventory>(scene: Scene<'_>) -> Verdict {
    let inventory = I::of(THREE);
    at_every_await(|| inventory.sync(&scene)).await?;
    same("what the orchestrator knows", scene.known().await?, inventory.known())
}
