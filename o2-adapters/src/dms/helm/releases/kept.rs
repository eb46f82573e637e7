//! [`Kept`]: what a Secret is about releases, and how those of one release belong together.

use std::collections::BTreeMap;

use kube::api::DynamicObject;

use super::{Current, Notes, id_of};
use crate::dms::helm::program::Target;
use crate::dms::helm::release::{Record, Release, ReleaseStatus};
use crate::kube::{Cached, Kind, Meta};

/// What a Secret holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kept {
    /// A revision of a release.
    Release(Box<Release>),
    /// What O2 has noted about a deployment.
    Notes(Box<Notes>),
}

impl Kept {
    /// Reads a Secret; `None` for one that holds something else, or nothing that can be understood.
    pub(crate) fn of(_: &Kind, object: DynamicObject) -> Option<Self> {
        let data = object.data.get("data").and_then(|data| data.get("release"));
        let data = data.and_then(|data| data.as_str()).map(str::to_owned);
        let meta = Meta::from(object.metadata);
        if let Some(notes) = Notes::read(&meta) {
            return Some(Self::Notes(Box::new(notes)));
        }
        if meta.label("owner") != Some("helm") {
            return None;
        }
        match Record::read(&data?) {
            Ok(record) => Some(Self::Release(Box::new(record.release(meta)))),
            Err(reason) => {
                let secret = meta.path();
                tracing::debug!(
                    secret,
                    reason,
                    "a Secret of Helm cannot be understood; its release is left out"
                );
                None
            }
        }
    }

    pub(crate) fn release(self) -> Option<Release> {
        match self {
            Self::Release(release) => Some(*release),
            Self::Notes(_) => None,
        }
    }
}

impl Cached for Kept {
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        Self::of(kind, object)
    }

    fn meta(&self) -> &Meta {
        match self {
            Self::Release(release) => &release.meta,
            Self::Notes(notes) => &notes.meta,
        }
    }
}

/// What belongs to one release.
#[derive(Debug, Default)]
struct Parts {
    revisions: Vec<Release>,
    notes: Option<Notes>,
}

/// Puts together what belongs together.
pub(crate) fn gather(all: impl IntoIterator<Item = Kept>) -> BTreeMap<Target, Current> {
    let mut parts: BTreeMap<Target, Parts> = BTreeMap::new();
    for kept in all {
        let Some(target) = target_of(kept.meta()) else {
            continue;
        };
        let parts = parts.entry(target).or_default();
        match kept {
            Kept::Release(release) => parts.revisions.push(*release),
            Kept::Notes(notes) => parts.notes = Some(*notes),
        }
    }
    let each = parts.into_iter();
    each.filter_map(|(target, parts)| Some((target, current(parts)?)))
        .collect()
}

fn current(parts: Parts) -> Option<Current> {
    let deployed = |release: &&Release| release.status == ReleaseStatus::Deployed;
    let running = parts
        .revisions
        .iter()
        .filter(deployed)
        .map(|release| release.revision)
        .max();
    let release = parts.revisions.into_iter().max_by_key(|release| release.revision)?;
    let current = Current {
        running: running.filter(|revision| *revision != release.revision),
        notes: parts.notes,
        release,
    };
    Some(current.with_its_own_notes())
}

impl Current {
    /// Without notes that are about another deployment of the same name.
    pub(super) fn with_its_own_notes(mut self) -> Self {
        let id = id_of(&self.release);
        self.notes = self.notes.filter(|notes| notes.are_about(&id));
        self
    }
}

/// The release that a Secret is about, by its labels.
fn target_of(meta: &Meta) -> Option<Target> {
    Some(Target {
        namespace: meta.namespace.clone()?,
        name: meta.label("name")?.to_owned(),
    })
}

/// What the metadata of its Secrets says about a release.
#[derive(Debug)]
pub(super) struct Outline {
    /// Of the Secret of its newest revision.
    pub(super) newest: Meta,
    pub(super) notes: Option<Notes>,
    pub(super) running: Option<u32>,
}

/// The releases that there are, without those of which only the history is left.
pub(super) fn outlines(metas: Vec<Meta>) -> BTreeMap<Target, Outline> {
    let mut revisions: BTreeMap<Target, Vec<(u32, Meta)>> = BTreeMap::new();
    let mut notes: BTreeMap<Target, Notes> = BTreeMap::new();
    for meta in metas {
        let Some(target) = target_of(&meta) else {
            continue;
        };
        if let Some(noted) = Notes::read(&meta) {
            notes.insert(target, noted);
        } else if let Some(revision) = meta.label("version").and_then(|version| version.parse().ok()) {
            revisions.entry(target).or_default().push((revision, meta));
        }
    }
    let mut outline = |(target, revisions): (Target, Vec<(u32, Meta)>)| {
        let deployed = |(_, meta): &&(u32, Meta)| meta.label("status") == Some("deployed");
        let running = revisions.iter().filter(deployed).map(|(revision, _)| *revision).max();
        let (number, newest) = revisions.into_iter().max_by_key(|(revision, _)| *revision)?;
        let over = newest.label("status") == Some("uninstalled");
        let outline = Outline {
            newest,
            notes: notes.remove(&target),
            running: running.filter(|revision| *revision != number),
        };
        (!over).then_some((target, outline))
    };
    revisions.into_iter().filter_map(&mut outline).collect()
}
