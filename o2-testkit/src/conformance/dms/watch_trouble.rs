//! Watches of a backend in trouble: what cannot be told is said to be missing, and nothing is made up.

use std::time::Duration;

use futures::{FutureExt, StreamExt};
use o2_core::ErrorKind;
use o2_core::model::ChangeKind;
use o2_dms::op;

use super::scene::{Scene, told};
use super::watch::{NEEDS, about, outline};
use super::{DmsCase, DmsDisturbance, case};
use crate::conformance::laws::at_every_await;
use crate::conformance::{Broken, Trouble, Verdict, fails, same, skip};

const FORGOTTEN: &str = "`Conflict` when the backend no longer knows the changes after `resume`: read everything and watch \
                         from now on.";
const OUTAGE: &str = "A backend that does not answer is never read as one that has nothing.";
const BREAK: &str = "A stream that breaks ends with the error; a watch from the last mark on tells what was missed.";
const DROPPED: &str = "Futures may be dropped at any await.";
/// How long an outage lasts.
const OUTAGE_LASTS: Duration = Duration::from_secs(120);

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case(
            "watch_deployments/forgotten_changes_are_a_conflict",
            FORGOTTEN,
            &NEEDS,
            |s| Box::pin(forgotten_changes_are_a_conflict(s)),
        ),
        case(
            "watch_deployments/nothing_is_deleted_by_an_outage",
            OUTAGE,
            &NEEDS,
            |s| Box::pin(nothing_is_deleted_by_an_outage(s)),
        ),
        case("watch_deployments/what_was_missed_is_told", BREAK, &NEEDS, |s| {
            Box::pin(what_was_missed_is_told(s))
        }),
        case(
            "watch_deployments/an_outage_is_told",
            OUTAGE,
            &[&op::WATCH_DEPLOYMENTS],
            |s| Box::pin(an_outage_is_told(s)),
        ),
        case("watch_deployments/can_be_dropped_anywhere", DROPPED, &NEEDS, |s| {
            Box::pin(can_be_dropped_anywhere(s))
        }),
    ]
}

async fn forgotten_changes_are_a_conflict(scene: Scene<'_>) -> Verdict {
    let (_, changes) = scene.told_of_creation("conformance-forgotten").await?;
    let Some(first) = changes.first() else {
        return Err(Broken::new("the changes of a creation", "some", "none").into());
    };
    scene.bring(Trouble::Forgetful).await?;
    let begun = async {
        let mut stream = scene
            .plugin
            .watch_deployments(&scene.context, Some(&first.resume))
            .await?;
        let next = scene.world.clock().within(OUTAGE_LASTS, stream.next()).await;
        next.ok().flatten().transpose()
    };
    fails(
        "a watch after a change that is forgotten",
        begun.await,
        &[ErrorKind::Conflict],
    )?;
    let (id, changes) = scene.told_of_creation("conformance-remembered").await?;
    let first = about(&changes, id.as_str()).first().map(|change| change.kind);
    same(
        "the first change of a watch from now on",
        first,
        Some(ChangeKind::Created),
    )
}

async fn nothing_is_deleted_by_an_outage(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-outlasting").await?;
    scene.world.settle().await;
    let outage = async {
        scene.bring(Trouble::Down).await?;
        scene.world.clock().sleep(OUTAGE_LASTS).await;
        scene.world.trouble(None).await;
        scene.world.clock().sleep(OUTAGE_LASTS).await;
        Ok(())
    };
    let ((), watched) = scene.watched(None, outage).await?;
    same(
        "the changes that an outage makes",
        outline(&watched.changes),
        Vec::new(),
    )?;
    if let Some(error) = watched.broken {
        told::<()>("a watch while the backend is down", Err(error))?;
    }
    let after = scene.get(&running.deployment_id).await?;
    same("the deployment after the outage", &after, &running)
}

async fn what_was_missed_is_told(scene: Scene<'_>) -> Verdict {
    let (id, changes) = scene.told_of_creation("conformance-missed").await?;
    let Some(last) = changes.last() else {
        return Err(Broken::new("the changes of a creation", "some", "none").into());
    };
    scene.bring(Trouble::Down).await?;
    let disturbed = scene.world.disturb(DmsDisturbance::Change(id.clone())).await?;
    scene.world.trouble(None).await;
    if !disturbed {
        return skip("nobody can change the backend from outside");
    }
    match scene.plugin.watch_deployments(&scene.context, Some(&last.resume)).await {
        Err(error) => fails::<()>("a watch after an outage", Err(error), &[ErrorKind::Conflict]).map(drop),
        Ok(stream) => {
            drop(stream);
            let rest = async { Ok(()) };
            let ((), told) = scene.told_during(Some(&last.resume), rest).await?;
            let first = about(&told, id.as_str()).first().map(|change| change.kind);
            same("the first change after an outage", first, Some(ChangeKind::Updated))
        }
    }
}

async fn an_outage_is_told(scene: Scene<'_>) -> Verdict {
    scene.bring(Trouble::Down).await?;
    let begun = async {
        let mut stream = scene.plugin.watch_deployments(&scene.context, None).await?;
        let next = scene.world.clock().within(OUTAGE_LASTS, stream.next()).await;
        next.ok().flatten().transpose()
    };
    let begun = begun.await;
    scene.world.trouble(None).await;
    told("a watch that begins while the backend is down", begun)
}

async fn can_be_dropped_anywhere(scene: Scene<'_>) -> Verdict {
    at_every_await(|| async {
        let mut stream = scene.plugin.watch_deployments(&scene.context, None).await?;
        let first = stream.next().now_or_never().flatten();
        // Here the stream is dropped while it waits for its first change.
        first.transpose()
    })
    .await?;
    let (id, changes) = scene.told_of_creation("conformance-after-dropping").await?;
    let first = about(&changes, id.as_str()).first().map(|change| change.kind);
    same(
        "the first change after dropped watches",
        first,
        Some(ChangeKind::Created),
    )
}
