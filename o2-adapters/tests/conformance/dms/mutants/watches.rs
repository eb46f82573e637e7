//! Faults with watches.

use std::sync::Arc;

use futures::{StreamExt, stream};
use o2_core::model::{Change, ChangeKind};
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Result, async_trait};
use o2_dms::{DMSPlugin, Deployment, DeploymentChange, DeploymentObject};

use super::{Row, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Changes, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(BeginsWithEverything, "watch_deployments/a_quiet_backend_tells_nothing"),
        row(BeatsItsHeart, "watch_deployments/tells_a_whole_life"),
        row(LosesDeletions, "watch_deployments/tells_a_whole_life"),
        row(LosesTheBefore, "watch_deployments/tells_a_whole_life"),
        row(RepeatsMarks, "watch_deployments/tells_a_whole_life"),
        row(TellsTheStateOfCreation, "watch_deployments/tells_what_is_read"),
        row(KnowsNoPackages, "watch_deployments/tells_of_packages"),
        row(BeginsNow, "watch_deployments/goes_on_after_any_change"),
        row(TakesAnyMark, "watch_deployments/unknown_marks_are_refused"),
        row(HidesThatItForgot, "watch_deployments/forgotten_changes_are_a_conflict"),
        row(TellsEverybody, "watch_deployments/foreign_changes_are_not_told"),
        row(SeesOnlyItself, "watch_deployments/tells_what_others_do"),
        row(DeletesInAnOutage, "watch_deployments/nothing_is_deleted_by_an_outage"),
        row(EndsSilently, "watch_deployments/an_outage_is_told"),
    ]
}

async fn everything(p: &Remote, c: &Context) -> Result<Vec<Arc<Deployment>>> {
    Ok(p.list_deployments(c, &ListQuery::new()).await?.items)
}

/// The changes, each of which a plain function may replace.
async fn mapped(changes: Changes, change: fn(DeploymentChange) -> Vec<DeploymentChange>) -> Changes {
    let replaced = move |told: Result<DeploymentChange>| {
        let told = match told {
            Ok(told) => change(told).into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        stream::iter(told)
    };
    Ok(changes?.flat_map(replaced).boxed())
}

/// Tells of everything that is there as if it were new.
#[derive(Debug)]
struct BeginsWithEverything;

#[async_trait]
impl Twist for BeginsWithEverything {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        let now = p.backend.clock.now();
        let created = |deployment| Ok(Change::created(DeploymentObject::Deployment(deployment), now, "first"));
        let first: Vec<_> = everything(p, c).await?.into_iter().map(created).collect();
        let changes = p.watch_deployments(c, resume).await?;
        Ok(stream::iter(first).chain(changes).boxed())
    }
}

/// Tells of updates that change nothing.
#[derive(Debug)]
struct BeatsItsHeart;

#[async_trait]
impl Twist for BeatsItsHeart {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |told| {
            let beat = told
                .after
                .clone()
                .map(|object| Change::updated(object.clone(), object, told.time, format!("{}-beat", told.resume)));
            [told].into_iter().chain(beat).collect()
        })
        .await
    }
}

/// Does not tell that something is gone.
#[derive(Debug)]
struct LosesDeletions;

#[async_trait]
impl Twist for LosesDeletions {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |told| {
            Vec::from_iter((told.kind != ChangeKind::Deleted).then_some(told))
        })
        .await
    }
}

/// Does not tell what there was before.
#[derive(Debug)]
struct LosesTheBefore;

#[async_trait]
impl Twist for LosesTheBefore {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |mut told| {
            if told.kind == ChangeKind::Updated {
                told.before = None;
            }
            vec![told]
        })
        .await
    }
}

/// Gives all changes the same mark.
#[derive(Debug)]
struct RepeatsMarks;

#[async_trait]
impl Twist for RepeatsMarks {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |mut told| {
            told.resume = "mark".to_owned();
            vec![told]
        })
        .await
    }
}

/// Tells what is asked of the plugin, and not what becomes of it.
#[derive(Debug)]
struct TellsTheStateOfCreation;

#[async_trait]
impl Twist for TellsTheStateOfCreation {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |told| {
            Vec::from_iter((told.kind != ChangeKind::Updated).then_some(told))
        })
        .await
    }
}

/// Tells of deployments only.
#[derive(Debug)]
struct KnowsNoPackages;

#[async_trait]
impl Twist for KnowsNoPackages {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |told| {
            let package = matches!(told.object(), Some(DeploymentObject::Package(_)));
            Vec::from_iter((!package).then_some(told))
        })
        .await
    }
}

/// Does not look at the mark it is given.
#[derive(Debug)]
struct BeginsNow;

#[async_trait]
impl Twist for BeginsNow {
    async fn watch(&self, p: &Remote, c: &Context, _: Option<&str>) -> Changes {
        p.watch_deployments(c, None).await
    }
}

/// Begins now when it does not know a mark.
#[derive(Debug)]
struct TakesAnyMark;

#[async_trait]
impl Twist for TakesAnyMark {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        match p.watch_deployments(c, resume).await {
            Err(error) if error.is(ErrorKind::Conflict) => p.watch_deployments(c, None).await,
            changes => changes,
        }
    }
}

/// Begins now when the changes after a mark are forgotten.
#[derive(Debug)]
struct HidesThatItForgot;

#[async_trait]
impl Twist for HidesThatItForgot {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        let forgotten = resume.is_some_and(|mark| p.backend.has_forgotten(mark));
        p.watch_deployments(c, resume.filter(|_| !forgotten)).await
    }
}

/// Tells everybody everything.
#[derive(Debug)]
struct TellsEverybody;

#[async_trait]
impl Twist for TellsEverybody {
    async fn watch(&self, p: &Remote, _: &Context, resume: Option<&str>) -> Changes {
        p.watch_deployments(&Context::new("everybody"), resume).await
    }
}

/// Tells only what went through the plugin.
#[derive(Debug)]
struct SeesOnlyItself;

#[async_trait]
impl Twist for SeesOnlyItself {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        mapped(p.watch_deployments(c, resume).await, |told| {
            let by_operator = |object: &DeploymentObject| match object {
                DeploymentObject::Deployment(deployment) => deployment.labels.contains_key("changed-by"),
                _ => false,
            };
            let foreign = told.object().is_some_and(by_operator);
            Vec::from_iter((!foreign).then_some(told))
        })
        .await
    }
}

/// Takes a backend that is down for one that has nothing.
#[derive(Debug)]
struct DeletesInAnOutage;

#[async_trait]
impl Twist for DeletesInAnOutage {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        let known = everything(p, c).await?;
        let now = p.backend.clock.now();
        let changes = p.watch_deployments(c, resume).await?;
        let told = changes.flat_map(move |told| {
            let told: Vec<_> = match told {
                Ok(told) => vec![Ok(told)],
                Err(_) => {
                    let gone = |deployment: &Arc<Deployment>| {
                        Change::deleted(DeploymentObject::Deployment(Arc::clone(deployment)), now, "gone")
                    };
                    known.iter().map(gone).map(Ok).collect()
                }
            };
            stream::iter(told)
        });
        Ok(told.boxed())
    }
}

/// Says nothing, without an error, when the backend is down.
#[derive(Debug)]
struct EndsSilently;

#[async_trait]
impl Twist for EndsSilently {
    async fn watch(&self, p: &Remote, c: &Context, resume: Option<&str>) -> Changes {
        match p.watch_deployments(c, resume).await {
            Err(error) if error.is(ErrorKind::Unavailable) => Ok(stream::empty().boxed()),
            changes => changes,
        }
    }
}
