//! [`Deed`]: what one run of the played program does, stage by stage.

use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use o2_core::ports::Clock;
use o2_core::{Extensions, Timestamp};
use serde_json::{Value, json};

use super::api::{Api, Failure, marked, path, text};
use super::command::{Command, Verb};
use super::render::{Place, Rendered, render};
use super::storage::{Kept, Storage};
use crate::kube::all_objects;

/// A stage of a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Everything is checked, and a record is written of what is begun.
    Begin,
    /// The objects are written, or deleted.
    Objects,
    /// It is written down that it is done.
    Record,
}

type Outcome<T> = Result<T, Failure>;

/// What one run does.
pub(super) struct Deed {
    api: Api,
    clock: Arc<dyn Clock>,
    command: Command,
    chart: Option<Bytes>,
    values: Extensions,
    storage: Storage,
    /// The revision that is made, or taken down.
    kept: Option<Kept>,
    /// What was there before.
    before: String,
}

impl Deed {
    pub(super) fn new(api: Api, clock: Arc<dyn Clock>, command: Command, chart: Option<Bytes>, input: &[u8]) -> Self {
        Self {
            storage: Storage {
                api: api.clone(),
                namespace: command.namespace.clone(),
                name: command.name.clone(),
            },
            values: serde_json::from_slice(input).unwrap_or_default(),
            api,
            clock,
            command,
            chart,
            kept: None,
            before: String::new(),
        }
    }

    /// Does a stage, and says which one is next.
    pub(super) fn stage(&mut self, stage: Stage) -> Outcome<Option<Stage>> {
        let failed = self.command.failed();
        let done = match stage {
            Stage::Begin => self.begin().map(|goes_on| goes_on.then_some(Stage::Objects)),
            Stage::Objects => match self.objects() {
                Err(Failure::Complaint(text)) => self.give_up(&text),
                done => done.map(|()| Some(Stage::Record)),
            },
            Stage::Record => self.record().map(|()| None),
        };
        done.map_err(|failure| failure.after(failed))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn begin(&mut self) -> Outcome<bool> {
        self.api.reach()?;
        match self.command.verb {
            Verb::Install => self.begin_install(),
            Verb::Upgrade => self.begin_upgrade(),
            Verb::Rollback(revision) => self.begin_rollback(revision),
            Verb::Uninstall => self.begin_uninstall(),
        }
    }

    fn rendered(&self) -> Outcome<Rendered> {
        let place = Place {
            name: &self.command.name,
            namespace: &self.command.namespace,
        };
        Ok(render(self.chart.as_deref().unwrap(), &self.values, &place)?)
    }

    fn new_record(&self, revision: u64, status: &str, first: &Value, rendered: Rendered) -> Kept {
        let now = json!(self.now());
        let description = match &self.command.description {
            Some(description) => description.clone(),
            None => "Preparing".to_owned(),
        };
        let first = if first.is_null() { now.clone() } else { first.clone() };
        Kept {
            record: json!({
                "name": self.command.name, "namespace": self.command.namespace, "version": revision,
                "info": {"first_deployed": first, "last_deployed": now, "deleted": "", "status": status, "description": description},
                "chart": rendered.kept, "config": self.values, "manifest": rendered.manifest,
            }),
            labels: self.command.labels.clone(),
        }
    }

    fn begin_install(&mut self) -> Outcome<bool> {
        let gone = |kept: &Kept| kept.status() == "uninstalled";
        if self.storage.history()?.last().is_some_and(|last| !gone(last)) {
            return Err("cannot re-use a name that is still in use".to_owned().into());
        }
        let rendered = self.rendered()?;
        self.check_ownership(&rendered.manifest)?;
        if self.command.create_namespace {
            let namespace =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.command.namespace}});
            match self.api.call(Method::POST, "/api/v1/namespaces", Some(&namespace)) {
                Err(Failure::Complaint(text)) if text.contains("already exists") => {}
                made => made.map(|_| ())?,
            }
        }
        let kept = self.new_record(1, "pending-install", &Value::Null, rendered);
        self.storage.create(&kept, self.now())?;
        self.kept = Some(kept);
        Ok(true)
    }

    fn begin_upgrade(&mut self) -> Outcome<bool> {
        let history = self.storage.history()?;
        let name = &self.command.name;
        let Some(last) = history.last() else {
            return Err(format!("\"{name}\" has no deployed releases").into());
        };
        if last.is_pending() {
            return Err("another operation (install/upgrade/rollback) is in progress"
                .to_owned()
                .into());
        }
        let deployed = history.iter().rev().find(|kept| kept.status() == "deployed");
        let failed = Some(last).filter(|last| ["failed", "superseded"].contains(&last.status()));
        let Some(current) = deployed.or(failed) else {
            return Err(format!("\"{name}\" has no deployed releases").into());
        };
        let rendered = self.rendered()?;
        self.check_ownership(&rendered.manifest)?;
        let first = &last.record["info"]["first_deployed"];
        let mut kept = self.new_record(last.revision() + 1, "pending-upgrade", first, rendered);
        // Labels are added to those that there were.
        let mut labels = current.labels.clone();
        labels.extend(kept.labels);
        kept.labels = labels;
        current.manifest().clone_into(&mut self.before);
        self.storage.prune(self.command.history)?;
        self.storage.create(&kept, self.now())?;
        self.kept = Some(kept);
        Ok(true)
    }

    fn begin_rollback(&mut self, revision: u64) -> Outcome<bool> {
        let history = self.storage.history()?;
        let Some(last) = history.last() else {
            return Err("release: not found".to_owned().into());
        };
        let Some(wanted) = history.iter().find(|kept| kept.revision() == revision) else {
            return Err(format!("release has no {revision} version").into());
        };
        let mut kept = wanted.clone();
        kept.record["version"] = json!(last.revision() + 1);
        kept.record["info"]["first_deployed"] = last.record["info"]["first_deployed"].clone();
        kept.record["info"]["last_deployed"] = json!(self.now());
        kept.set("pending-rollback", Some(&format!("Rollback to {revision}")));
        last.manifest().clone_into(&mut self.before);
        self.storage.prune(self.command.history)?;
        self.storage.create(&kept, self.now())?;
        self.kept = Some(kept);
        Ok(true)
    }

    fn begin_uninstall(&mut self) -> Outcome<bool> {
        let Some(mut last) = self.storage.history()?.pop() else {
            // As it was told to ignore it.
            return Ok(false);
        };
        last.set("uninstalling", Some("Deletion in progress (or silently failed)"));
        last.record["info"]["deleted"] = json!(self.now());
        self.storage.update(&last, self.now())?;
        last.manifest().clone_into(&mut self.before);
        self.kept = Some(last);
        Ok(true)
    }

    /// What is there already must be of this release.
    fn check_ownership(&self, manifest: &str) -> Outcome<()> {
        let (name, namespace) = (&self.command.name, &self.command.namespace);
        for object in all_objects(manifest)? {
            let Some(there) = self.api.get(&path(&object, namespace))? else {
                continue;
            };
            if there["metadata"]["annotations"]["meta.helm.sh/release-name"] != json!(name) {
                return Err(format!(
                    "Unable to continue with install: {} \"{}\" in namespace \"{namespace}\" exists and cannot be imported \
                     into the current release: invalid ownership metadata; label validation error: missing key \
                     \"app.kubernetes.io/managed-by\": must be set to \"Helm\"",
                    text(&object["kind"]),
                    text(&object["metadata"]["name"])
                )
                .into());
            }
        }
        Ok(())
    }

    fn objects(&self) -> Outcome<()> {
        let (name, namespace) = (&self.command.name, &self.command.namespace);
        let wanted = match self.command.verb {
            Verb::Uninstall => Vec::new(),
            _ => all_objects(self.kept.as_ref().unwrap().manifest())?,
        };
        let paths: Vec<_> = wanted.iter().map(|object| path(object, namespace)).collect();
        for (object, path) in wanted.into_iter().zip(&paths) {
            let path = format!("{path}?fieldManager=helm&force=true");
            self.api
                .call(Method::PATCH, &path, Some(&marked(object, name, namespace)))?;
        }
        for object in all_objects(&self.before)? {
            let path = path(&object, namespace);
            if !paths.contains(&path) {
                self.api.delete(&path)?;
            }
        }
        Ok(())
    }

    /// Writes down that it has failed.
    fn give_up(&mut self, complaint: &str) -> Outcome<Option<Stage>> {
        let now = self.now();
        let kept = self.kept.as_mut().unwrap();
        let noun = match self.command.verb {
            Verb::Install => "Release",
            Verb::Upgrade => "Upgrade",
            Verb::Rollback(_) => "Rollback",
            Verb::Uninstall => "Uninstallation",
        };
        if !matches!(self.command.verb, Verb::Uninstall) {
            kept.set(
                "failed",
                Some(&format!("{noun} \"{}\" failed: {complaint}", self.command.name)),
            );
            self.storage.update(kept, now)?;
        }
        Err(complaint.to_owned().into())
    }

    fn record(&mut self) -> Outcome<()> {
        let now = self.now();
        if matches!(self.command.verb, Verb::Uninstall) {
            return self
                .storage
                .history()?
                .iter()
                .try_for_each(|kept| self.storage.delete(kept));
        }
        let kept = self.kept.as_mut().unwrap();
        let revision = kept.revision();
        for mut old in self.storage.history()? {
            if old.status() == "deployed" && old.revision() != revision {
                old.set("superseded", None);
                self.storage.update(&old, now)?;
            }
        }
        let description = match self.command.verb {
            Verb::Install if self.command.description.is_none() => Some("Install complete"),
            Verb::Upgrade if self.command.description.is_none() => Some("Upgrade complete"),
            _ => None,
        };
        kept.set("deployed", description);
        self.storage.update(kept, now)
    }
}
