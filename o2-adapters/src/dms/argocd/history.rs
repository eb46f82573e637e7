//! The revisions of a deployment: those that O2 has put aside, before these what Argo CD has synchronised, and the present.

use o2_core::{Context, Error, Result, Timestamp};
use o2_dms::{DeploymentRevision, DeploymentStatus, PackageId};
use serde_json::Value;

use super::draw::{Drawn, unregistered};
use super::read::Reading;
use super::source::Source;
use super::wire::{APPLICATIONS, HistoryItem};
use crate::kube::revisions::{Of, Record};

/// The present revision, as it is put aside.
pub(super) fn record(drawn: &Drawn) -> Record {
    let deployment = &drawn.deployment;
    let mut record = Record::new(
        deployment.revision,
        deployment.package_id.clone(),
        made_at(drawn),
        deployment.status,
    );
    record.description.clone_from(&drawn.noted.description);
    record.package_version.clone_from(&deployment.package_version);
    record.values.clone_from(&deployment.values);
    record.replicas = deployment.replicas;
    record.spec = drawn.source.spec();
    record.backend_ref = resolved(drawn);
    record
}

/// When the present revision was made; of what others have made, when it was synchronised.
fn made_at(drawn: &Drawn) -> Timestamp {
    let synced = drawn.application.status.history.last().map(|item| item.deployed_at);
    let created = drawn.application.meta.created;
    drawn.noted.at.or(synced).or(created).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The commit or the version that the source stood for when it was synchronised last.
fn resolved(drawn: &Drawn) -> Option<String> {
    let history = drawn.application.status.history.iter().rev();
    let same =
        |item: &&HistoryItem| source(item).is_some_and(|source| source.fingerprint() == drawn.source.fingerprint());
    let item = history.clone().find(same)?;
    drawn.source.found(&item.revision, &item.revisions).map(str::to_owned)
}

fn source(item: &HistoryItem) -> Option<Source> {
    Source::of(&serde_json::json!({"source": item.source, "sources": item.sources}))
}

/// The revision that an entry of Argo CD's history is; its ids begin with nought.
fn synchronised(drawn: &Drawn, item: &HistoryItem) -> Option<Record> {
    let source = source(item)?;
    let (coordinates, number) = (source.coordinates(), item.id.checked_add(1)?);
    let tenant = drawn.deployment.tenant_id.as_ref().map(o2_core::Id::as_str);
    let package = PackageId::from(unregistered(tenant, &coordinates));
    let mut record = Record::new(number, package, item.deployed_at, DeploymentStatus::Deployed);
    "Synchronised by Argo CD".clone_into(&mut record.description);
    coordinates.version().clone_into(&mut record.package_version);
    record.backend_ref = source.found(&item.revision, &item.revisions).map(str::to_owned);
    record.spec = source.spec();
    Some(record)
}

/// The revision that O2 has made and that others have changed since: nobody has put it aside, but Argo CD has synchronised
/// it.
fn overwritten(drawn: &Drawn) -> Option<Record> {
    let noted = drawn
        .notes
        .revision
        .as_ref()
        .filter(|noted| noted.number < drawn.deployment.revision)?;
    let mut history = drawn.application.status.history.iter().rev();
    let item = history.find(|item| source(item).is_some_and(|source| source.fingerprint() == noted.of))?;
    let mut record = synchronised(drawn, item)?;
    record.number = noted.number;
    record.created_at = noted.at;
    record.description.clone_from(&noted.description);
    if let Some(package) = &drawn.notes.package
        && source(item).is_some_and(|source| source.coordinates().fingerprint() == package.of)
    {
        record.package_id = PackageId::from(package.id.as_str());
        record.package_version.clone_from(&package.version);
    }
    Some(record)
}

impl Reading {
    /// Every revision before the present one, oldest first.
    pub(super) async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        let meta = &drawn.application.meta;
        let of = Of {
            kind: &APPLICATIONS,
            meta,
            namespace: meta.namespace.as_deref().unwrap_or_default(),
        };
        let present = drawn.deployment.revision;
        let kept = match drawn.notes.revision {
            Some(_) => self.revisions.list(context, of, present).await?,
            None => Vec::new(),
        };
        // What was there before O2 came is known from Argo CD alone.
        let adopted = match drawn.notes.revision {
            Some(_) => drawn.notes.adopted.unwrap_or(1),
            None => present,
        };
        let first = kept.first().map_or(adopted, |record| record.number.min(adopted));
        let history = drawn.application.status.history.iter();
        let mut earlier: Vec<_> = history
            .filter_map(|item| synchronised(drawn, item))
            .filter(|record| record.number < first)
            .collect();
        earlier.sort_by_key(|record| record.number);
        earlier.extend(kept);
        earlier.extend(overwritten(drawn));
        Ok(earlier)
    }

    /// The history as it is shown, the present revision last.
    pub(super) async fn history(&self, context: &Context, drawn: &Drawn) -> Result<Vec<DeploymentRevision>> {
        let earlier = self.earlier(context, drawn).await?;
        let mut shown: Vec<_> = earlier.iter().map(Record::shown).collect();
        shown.push(record(drawn).shown());
        Ok(shown)
    }
}

/// The source of a revision, at what it stood for then.
pub(super) fn source_of(record: &Record) -> Result<Source> {
    let lost = || Error::violation("revision", "what this revision deployed is not known any more");
    let spec: &Value = &record.spec;
    let mut source = Source::of(spec).ok_or_else(lost)?;
    if let Some(revision) = &record.backend_ref {
        source.pin(revision);
    }
    Ok(source)
}
