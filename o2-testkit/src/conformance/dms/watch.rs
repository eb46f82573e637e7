//! Watches: every change once, in order, and from any of them on.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::{Either, select};
use o2_core::model::ChangeKind;
use o2_core::{Error, ErrorKind, Operation};
use o2_dms::{DeploymentChange, DeploymentId, DeploymentObject, DeploymentRequest, op};

use super::scene::Scene;
use super::{DmsCase, DmsDisturbance, case};
use crate::conformance::{Broken, Verdict, fails, holds, same, skip};

const EVERY: &str = "Every change is told once, in the order in which they happened, with the object before and after it, whoever has made it.";
const NOTHING: &str = "Nothing is told that has not changed, and nothing that was there before the watch began.";
const RESUME: &str = "Changes of packages and deployments: those after `resume`, then those to come, until dropped.";
const UNKNOWN: &str = "`Conflict` when the backend no longer knows the changes after `resume`";
const TENANT: &str = "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`. Both are told in the same words, and lists show neither.";
pub(super) const NEEDS: [&Operation; 3] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::WATCH_DEPLOYMENTS];

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case("watch_deployments/tells_a_whole_life", EVERY, &NEEDS, |s| {
            Box::pin(tells_a_whole_life(s))
        })
        .needing(&[&op::DELETE_DEPLOYMENT]),
        case("watch_deployments/tells_what_is_read", EVERY, &NEEDS, |s| {
            Box::pin(tells_what_is_read(s))
        }),
        case("watch_deployments/tells_of_packages", EVERY, &NEEDS, |s| {
            Box::pin(tells_of_packages(s))
        })
        .needing(&[&op::UPLOAD_DEPLOYMENT_PACKAGE, &op::DELETE_DEPLOYMENT_PACKAGE]),
        case(
            "watch_deployments/a_quiet_backend_tells_nothing",
            NOTHING,
            &NEEDS,
            |s| Box::pin(a_quiet_backend_tells_nothing(s)),
        ),
        case("watch_deployments/calls_that_fail_tell_nothing", NOTHING, &NEEDS, |s| {
            Box::pin(calls_that_fail_tell_nothing(s))
        }),
        case("watch_deployments/goes_on_after_any_change", RESUME, &NEEDS, |s| {
            Box::pin(goes_on_after_any_change(s))
        }),
        case("watch_deployments/goes_on_after_a_restart", RESUME, &NEEDS, |s| {
            Box::pin(goes_on_after_a_restart(s))
        }),
        case(
            "watch_deployments/unknown_marks_are_refused",
            UNKNOWN,
            &[&op::WATCH_DEPLOYMENTS],
            |s| Box::pin(unknown_marks_are_refused(s)),
        ),
        case("watch_deployments/two_watches_tell_the_same", EVERY, &NEEDS, |s| {
            Box::pin(two_watches_tell_the_same(s))
        }),
        case("watch_deployments/foreign_changes_are_not_told", TENANT, &NEEDS, |s| {
            Box::pin(foreign_changes_are_not_told(s))
        }),
        case("watch_deployments/tells_what_others_do", EVERY, &NEEDS, |s| {
            Box::pin(tells_what_others_do(s))
        }),
    ]
}

/// What a watch has told, and how it broke if it did.
pub(super) struct Watched {
    pub(super) changes: Vec<DeploymentChange>,
    pub(super) broken: Option<Error>,
}

impl Scene<'_> {
    /// Watches while `work` is done and until the backend has come to rest.
    pub(super) async fn watched<T>(
        &self,
        resume: Option<&str>,
        work: impl Future<Output = Verdict<T>> + Send,
    ) -> Verdict<(T, Watched)> {
        let mut stream = self.plugin.watch_deployments(&self.context, resume).await?;
        let mut changes = Vec::new();
        let watching = async {
            while let Some(change) = stream.next().await {
                match change {
                    Ok(change) => changes.push(change),
                    Err(error) => return error,
                }
            }
            Error::internal("the watch has ended")
        };
        let working = async {
            let done = work.await?;
            self.world.settle().await;
            Verdict::Ok(done)
        };
        let (done, broken) = match select(std::pin::pin!(watching), std::pin::pin!(working)).await {
            Either::Left((error, working)) => (working.await?, Some(error)),
            Either::Right((done, _)) => (done?, None),
        };
        Ok((done, Watched { changes, broken }))
    }

    /// What a watch tells that does not break.
    pub(super) async fn told_during<T>(
        &self,
        resume: Option<&str>,
        work: impl Future<Output = Verdict<T>> + Send,
    ) -> Verdict<(T, Vec<DeploymentChange>)> {
        let (done, watched) = self.watched(resume, work).await?;
        match watched.broken {
            None => Ok((done, watched.changes)),
            Some(error) => {
                Err(Broken::new("a watch", "that it goes on until it is dropped", format!("{error:?}")).into())
            }
        }
    }

    /// The changes while a deployment is created and installed.
    pub(super) async fn told_of_creation(&self, name: &str) -> Verdict<(DeploymentId, Vec<DeploymentChange>)> {
        self.world.settle().await;
        let creation = async { Ok(self.running(name).await?.deployment_id.clone()) };
        self.told_during(None, creation).await
    }
}

/// What is compared of changes.
pub(super) fn outline(changes: &[DeploymentChange]) -> Vec<String> {
    let line = |change: &DeploymentChange| {
        let object = change.object();
        let (what, id) = object.map(|object| (object.object(), object.id())).unwrap_or_default();
        let status = match &change.after {
            Some(DeploymentObject::Deployment(deployment)) => deployment.status.as_str(),
            _ => "",
        };
        format!("{:?} {what} {id} {status} at {}", change.kind, change.time)
    };
    changes.iter().map(line).collect()
}

pub(super) fn about<'c>(changes: &'c [DeploymentChange], id: &str) -> Vec<&'c DeploymentChange> {
    let about = |change: &&DeploymentChange| change.object().is_some_and(|object| object.id() == id);
    changes.iter().filter(about).collect()
}

/// That each change begins with what the one before it ended with, and that each changes something.
fn check_chain(changes: &[&DeploymentChange]) -> Verdict {
    let mut known: Option<DeploymentObject> = None;
    for change in changes {
        same("the object before a change", &change.before, &known)?;
        let differs = change.before != change.after;
        holds("a change", differs, "one that changes something", change)?;
        let kind = match (&change.before, &change.after) {
            (None, _) => ChangeKind::Created,
            (Some(_), Some(_)) => ChangeKind::Updated,
            (Some(_), None) => ChangeKind::Deleted,
        };
        same("the kind of a change", change.kind, kind)?;
        known.clone_from(&change.after);
    }
    Ok(())
}

async fn tells_a_whole_life(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let (id, changes) = scene
        .told_during(None, async {
            let running = scene.running("conformance-life").await?;
            let id = running.deployment_id.clone();
            scene.plugin.delete_deployment(&scene.context, &id).await?;
            scene.gone(&id).await?;
            Ok(id)
        })
        .await?;
    let of_it = about(&changes, id.as_str());
    same("the changes of other things", changes.len() - of_it.len(), 0)?;
    check_chain(&of_it)?;
    let end = of_it.last().map(|change| change.kind);
    same(
        "the last change of a deployment that is gone",
        end,
        Some(ChangeKind::Deleted),
    )?;
    let times: Vec<_> = changes.iter().map(|change| change.time).collect();
    holds("the times of the changes", times.is_sorted(), "in their order", times)?;
    let mut marks: Vec<_> = changes.iter().map(|change| &change.resume).collect();
    marks.sort_unstable();
    marks.dedup();
    same("how many different marks there are", marks.len(), changes.len())
}

async fn tells_what_is_read(scene: Scene<'_>) -> Verdict {
    let (id, changes) = scene.told_of_creation("conformance-read").await?;
    let of_it = about(&changes, id.as_str());
    check_chain(&of_it)?;
    let last = of_it.last().and_then(|change| change.after.clone());
    let read = scene.get(&id).await?;
    same(
        "the deployment after its last change",
        last,
        Some(DeploymentObject::Deployment(read)),
    )
}

async fn tells_of_packages(scene: Scene<'_>) -> Verdict {
    let Some(upload) = scene.world.new_package("conformance-watched") else {
        return skip("the world has no package to upload");
    };
    scene.world.settle().await;
    let (package, changes) = scene
        .told_during(None, async {
            let package = scene.plugin.upload_deployment_package(&scene.context, &upload).await?;
            let id = &package.package_id;
            scene.plugin.delete_deployment_package(&scene.context, id).await?;
            Ok(Arc::clone(&package))
        })
        .await?;
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.kind, change.object().cloned()))
        .collect();
    let object = || Some(DeploymentObject::Package(Arc::clone(&package)));
    let expected = vec![(ChangeKind::Created, object()), (ChangeKind::Deleted, object())];
    same("the changes of a package", told, expected)
}

async fn a_quiet_backend_tells_nothing(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-quiet").await?;
    scene.world.settle().await;
    let reading = async {
        scene.get(&running.deployment_id).await?;
        scene.pause().await;
        Ok(())
    };
    let ((), changes) = scene.told_during(None, reading).await?;
    same("the changes of a quiet backend", outline(&changes), Vec::new())
}

async fn calls_that_fail_tell_nothing(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-refused").await?;
    scene.world.settle().await;
    let taken: DeploymentRequest = scene.request(&running.name)?;
    let unknown = DeploymentRequest::new("conformance-nothing", "no-such-package");
    let failing = async {
        for request in [&taken, &unknown] {
            let answer = scene.plugin.create_deployment(&scene.context, request).await;
            fails(
                "a request that is refused",
                answer,
                &[ErrorKind::AlreadyExists, ErrorKind::InvalidInput],
            )?;
        }
        Ok(())
    };
    let ((), changes) = scene.told_during(None, failing).await?;
    same("the changes when calls fail", outline(&changes), Vec::new())
}

async fn goes_on_after_any_change(scene: Scene<'_>) -> Verdict {
    let (_, changes) = scene.told_of_creation("conformance-resumed").await?;
    for (index, change) in changes.iter().enumerate() {
        let rest = async { Ok(()) };
        let ((), told) = scene.told_during(Some(&change.resume), rest).await?;
        let expected = &changes[index + 1..];
        same(
            &format!("the changes after number {}", index + 1),
            outline(&told),
            outline(expected),
        )?;
    }
    // What is to come follows what was missed.
    let Some(first) = changes.first() else {
        return Err(Broken::new("the changes of a creation", "some", "none").into());
    };
    let next = async { Ok(scene.running("conformance-resumed-next").await?.deployment_id.clone()) };
    let (id, told) = scene.told_during(Some(&first.resume), next).await?;
    let missed = changes.len() - 1;
    same(
        "the changes that were missed",
        outline(told.get(..missed).unwrap_or(&told)),
        outline(&changes[1..]),
    )?;
    let come = about(&told[missed..], id.as_str());
    same("the changes of other things to come", told.len() - missed, come.len())?;
    check_chain(&come)?;
    holds("the changes to come", !come.is_empty(), "some", come)
}

async fn goes_on_after_a_restart(scene: Scene<'_>) -> Verdict {
    let restarted = scene.restarted().await?;
    let (_, changes) = scene.told_of_creation("conformance-reopened").await?;
    let Some(first) = changes.first() else {
        return Err(Broken::new("the changes of a creation", "some", "none").into());
    };
    // A backend may have forgotten them, but then it says so.
    match restarted
        .plugin
        .watch_deployments(&restarted.context, Some(&first.resume))
        .await
    {
        Err(error) => fails::<()>("a watch after a restart", Err(error), &[ErrorKind::Conflict]).map(drop),
        Ok(_) => {
            let rest = async { Ok(()) };
            let ((), told) = restarted.told_during(Some(&first.resume), rest).await?;
            same("the changes after a restart", outline(&told), outline(&changes[1..]))
        }
    }
}

async fn unknown_marks_are_refused(scene: Scene<'_>) -> Verdict {
    for mark in ["", "no mark", "é%00/~", "99999999999999999999"] {
        let begun = async {
            let mut stream = scene.plugin.watch_deployments(&scene.context, Some(mark)).await?;
            let first = scene
                .world
                .clock()
                .within(std::time::Duration::from_secs(10), stream.next())
                .await;
            first.ok().flatten().transpose()
        };
        fails(&format!("a watch after '{mark}'"), begun.await, &[ErrorKind::Conflict])?;
    }
    Ok(())
}

async fn two_watches_tell_the_same(scene: Scene<'_>) -> Verdict {
    scene.world.settle().await;
    let creation = async { Ok(scene.running("conformance-shared").await?.deployment_id.clone()) };
    let ((_, inner), outer) = scene.told_during(None, scene.told_during(None, creation)).await?;
    same("what two watches tell", outline(&inner), outline(&outer))?;
    holds("the changes of a creation", !outer.is_empty(), "some", outer.len())
}

async fn foreign_changes_are_not_told(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    scene.world.settle().await;
    let (id, changes) = foreign
        .told_during(None, own.told_of_creation("conformance-unseen"))
        .await?;
    same("what another tenant's watch tells", outline(&changes), Vec::new())?;
    let own = about(&id.1, id.0.as_str());
    holds("what the own watch tells", !own.is_empty(), "the creation", own)
}

async fn tells_what_others_do(scene: Scene<'_>) -> Verdict {
    let running = scene.running("conformance-disturbed").await?;
    let id = &running.deployment_id;
    scene.world.settle().await;
    let disturbances = [DmsDisturbance::Change(id.clone()), DmsDisturbance::Remove(id.clone())];
    let others = async {
        for disturbance in disturbances {
            if !scene.world.disturb(disturbance).await? {
                return skip("nobody can change the backend from outside");
            }
            scene.world.settle().await;
        }
        Ok(())
    };
    let ((), changes) = scene.told_during(None, others).await?;
    let kinds: Vec<_> = about(&changes, id.as_str()).iter().map(|change| change.kind).collect();
    let changed = kinds.first() == Some(&ChangeKind::Updated);
    holds("the changes that others have made", changed, "an update first", &kinds)?;
    let removed = kinds.iter().filter(|kind| **kind == ChangeKind::Deleted).count();
    same("how often the deployment is told to be gone", removed, 1)?;
    same("the last change", kinds.last(), Some(&ChangeKind::Deleted))
}
