//! The suite of [`DMSPlugin`].

mod create;
mod dropping;
mod heal;
mod history;
mod lists;
mod logs;
mod names;
mod outside;
mod packages;
mod requests;
mod rollback;
mod scale;
mod scene;
mod states;
mod update;
mod upgrade;
mod watch;
mod watch_trouble;
mod work;
mod world;

use futures::future::BoxFuture;
use o2_core::Operation;
use o2_dms::{DMSPlugin, op};

use super::{Case, Harness, Report, Suite, Verdict, World, honesty, laws};
use scene::Scene;

pub use world::{DmsDisturbance, DmsWorld, Look, Running};

/// Runs the suite.
pub async fn dms(harness: &dyn Harness<dyn DmsWorld>) -> Report {
    dms_suite().run(harness).await
}

/// The suite, for those who want to run some of its cases.
#[must_use]
pub fn dms_suite() -> Suite<dyn DMSPlugin, dyn DmsWorld> {
    Suite {
        operations: op::ALL,
        cases: [
            laws::life(lists::INVOCATIONS, common),
            honesty::cases(lists::INVOCATIONS, common),
            laws::of(lists::PACKAGES, common),
            laws::of(lists::DEPLOYMENTS, common),
            packages::cases(),
            create::cases(),
            names::cases(),
            outside::cases(),
            states::cases(),
            requests::cases(),
            update::cases(),
            scale::cases(),
            upgrade::cases(),
            rollback::cases(),
            heal::cases(),
            history::cases(),
            dropping::cases(),
            logs::cases(),
            watch::cases(),
            watch_trouble::cases(),
        ]
        .concat(),
        world: common,
    }
}

fn common<'w>(world: &'w (dyn DmsWorld + 'static)) -> &'w dyn World<dyn DMSPlugin> {
    world
}

type DmsCase = Case<dyn DmsWorld>;
type Law = for<'w> fn(Scene<'w>) -> BoxFuture<'w, Verdict>;

/// A case that begins with a scene.
fn case(name: &str, contract: &'static str, needs: &[&'static Operation], law: Law) -> DmsCase {
    Case::new(name, contract, move |world: &(dyn DmsWorld + 'static)| {
        law(Scene::of(world))
    })
    .needing(needs)
}
