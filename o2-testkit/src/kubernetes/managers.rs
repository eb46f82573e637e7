//! [`Managers`]: who owns which field of an object, `metadata.managedFields`.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields::{self, Path};
use super::object::text;

/// Who writes, and through what.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    pub(super) name: String,
    pub(super) applies: bool,
    pub(super) api_version: String,
    pub(super) subresource: String,
}

/// Whoever applies is the same in all versions.
impl PartialEq for Writer {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, self.applies, &self.subresource) == (&other.name, other.applies, &other.subresource)
            && (self.applies || self.api_version == other.api_version)
    }
}

/// One writer, and what it owns.
#[derive(Debug, Clone)]
struct Manager {
    writer: Writer,
    time: String,
    fields: BTreeSet<Path>,
}

/// All who own fields of an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Managers {
    all: Vec<Manager>,
}

/// A field that somebody else owns and wants to be different.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conflict {
    /// The other one, as messages name it.
    pub(super) manager: String,
    pub(super) path: Path,
}

impl Managers {
    pub(super) fn of(object: &Value) -> Self {
        let entries = object["metadata"]["managedFields"].as_array().into_iter().flatten();
        Self {
            all: entries.map(Manager::read).collect(),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        self.all.iter().map(Manager::to_json).collect()
    }

    /// Whether both say the same, whenever it was written.
    pub(super) fn say_the_same(&self, other: &Self) -> bool {
        let content = |manager: &Manager| (manager.writer.clone(), manager.fields.clone());
        let (mine, theirs) = (self.all.iter().map(content), other.all.iter().map(content));
        mine.eq(theirs)
    }

    /// After a write that is no application: whoever changes a field owns it alone.
    pub(super) fn update(&mut self, old: &Value, new: &Value, writer: &Writer, time: &str) {
        let all = fields::leaves(new);
        let changed: BTreeSet<_> = all
            .into_iter()
            .filter(|path| fields::at(old, path) != fields::at(new, path))
            .collect();
        self.take_from_others(&changed, writer);
        if !changed.is_empty() {
            let mut mine = self.owned_by(writer);
            mine.extend(changed);
            self.set(writer, mine, time);
        }
        self.forget_missing(new);
    }

    /// After an application: the writer owns what it has applied, beside others or instead of those it conflicted with.
    pub(super) fn apply(
        &mut self,
        applied: BTreeSet<Path>,
        conflicts: &[Conflict],
        new: &Value,
        writer: &Writer,
        time: &str,
    ) {
        let taken = conflicts.iter().map(|conflict| conflict.path.clone()).collect();
        self.take_from_others(&taken, writer);
        if applied != self.owned_by(writer) {
            self.set(writer, applied, time);
        }
        self.forget_missing(new);
    }

    /// Where an application contradicts what others own.
    pub(super) fn conflicts(
        &self,
        old: &Value,
        applied: &Value,
        paths: &BTreeSet<Path>,
        writer: &Writer,
    ) -> Vec<Conflict> {
        let differs = |path: &&Path| fields::at(old, path) != fields::at(applied, path);
        let conflicts = paths.iter().filter(differs).flat_map(|path| {
            let others = self.all.iter().filter(|manager| manager.writer != *writer);
            let owners = others.filter(|manager| manager.fields.iter().any(|owned| fields::overlap(owned, path)));
            owners.map(|owner| Conflict {
                manager: owner.to_string(),
                path: path.clone(),
            })
        });
        conflicts.collect()
    }

    /// What a writer owned and nobody else does, without what it applies now.
    pub(super) fn abandoned(&self, applied: &BTreeSet<Path>, writer: &Writer) -> Vec<Path> {
        let is_kept = |path: &Path| {
            let others = self.all.iter().filter(|manager| manager.writer != *writer);
            applied.iter().any(|kept| fields::overlap(kept, path))
                || others.into_iter().any(|manager| manager.fields.contains(path))
        };
        self.owned_by(writer)
            .into_iter()
            .filter(|path| !is_kept(path))
            .collect()
    }

    fn owned_by(&self, writer: &Writer) -> BTreeSet<Path> {
        let mine = self.all.iter().find(|manager| manager.writer == *writer);
        mine.map(|manager| manager.fields.clone()).unwrap_or_default()
    }

    fn set(&mut self, writer: &Writer, fields: BTreeSet<Path>, time: &str) {
        self.all.retain(|manager| manager.writer != *writer);
        self.all.push(Manager {
            writer: writer.clone(),
            time: time.to_owned(),
            fields,
        });
    }

    fn take_from_others(&mut self, taken: &BTreeSet<Path>, writer: &Writer) {
        for manager in self.all.iter_mut().filter(|manager| manager.writer != *writer) {
            let is_taken = |path: &Path| taken.iter().any(|one| fields::overlap(one, path));
            manager.fields.retain(|path| !is_taken(path));
        }
    }

    fn forget_missing(&mut self, object: &Value) {
        for manager in &mut self.all {
            manager.fields.retain(|path| fields::at(object, path).is_some());
        }
        self.all.retain(|manager| !manager.fields.is_empty());
    }
}

impl Manager {
    fn read(entry: &Value) -> Self {
        Self {
            writer: Writer {
                name: text(entry, "/manager").to_owned(),
                applies: text(entry, "/operation") == "Apply",
                api_version: text(entry, "/apiVersion").to_owned(),
                subresource: text(entry, "/subresource").to_owned(),
            },
            time: text(entry, "/time").to_owned(),
            fields: fields::of_fields_v1(&entry["fieldsV1"]),
        }
    }

    fn to_json(&self) -> Value {
        let mut entry = json!({
            "manager": self.writer.name,
            "operation": if self.writer.applies { "Apply" } else { "Update" },
            "apiVersion": self.writer.api_version,
            "time": self.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields::to_fields_v1(&self.fields),
        });
        if !self.writer.subresource.is_empty() {
            entry["subresource"] = json!(self.writer.subresource);
        }
        entry
    }
}

/// As messages about conflicts name it.
impl std::fmt::Display for Manager {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Writer {
            name,
            applies,
            api_version,
            subresource,
        } = &self.writer;
        write!(f, "{name:?}")?;
        if !subresource.is_empty() {
            write!(f, " with subresource {subresource:?}")?;
        }
        if !applies {
            write!(f, " using {api_version}")?;
        }
        Ok(())
    }
}
