//! Definitions of custom resources: each kind that a test serves has one, and one that somebody creates is served.

use serde_json::{Value, json};

use super::object::text;
use super::resource::Resource;
use super::state::State;
use super::store::{ChangeType, Collection, Entry, Key};

impl State {
    /// Serves a kind, with its definition when it is a custom one.
    pub(super) fn serve(&mut self, resource: Resource) {
        let definition = (!resource.built_in).then(|| resource.definition());
        self.registry.add(resource);
        if let Some(mut definition) = definition {
            let key = key(text(&definition, "/metadata/name"));
            definition["metadata"]["uid"] = match self.store.get(&key) {
                Some(known) => known["metadata"]["uid"].clone(),
                None => json!(self.store.next_uid()),
            };
            definition["metadata"]["creationTimestamp"] = json!(self.now().to_string());
            definition["metadata"]["generation"] = json!(1);
            self.store.write(&key, definition);
        }
    }

    /// Serves kinds no longer; custom ones go with their definitions and objects.
    pub(super) fn stop_serving(&mut self, kind: &str) {
        for resource in self.registry.called(kind) {
            self.registry.remove(&resource);
            self.erase(&key(&resource.qualified()));
        }
    }

    /// Does what the definitions say that were written since it was done the last time.
    pub(super) fn follow_definitions(&mut self) {
        while let Some(entry) = self.store.log.get(self.defined) {
            self.defined += 1;
            let Entry::Write(write) = entry else { continue };
            if write.key.collection != definitions() {
                continue;
            }
            let (change, key) = (write.change, write.key.clone());
            let definition = Value::clone(&write.object);
            match change {
                ChangeType::Added | ChangeType::Modified => self.define(&key, definition),
                ChangeType::Deleted => self.undefine(&definition),
            }
        }
    }

    fn define(&mut self, key: &Key, mut definition: Value) {
        let Some(resource) = resource(&definition) else {
            return;
        };
        match self.registry.named(&resource.group, &resource.plural) {
            Some(known) if sorted(&known.versions) == sorted(&resource.versions) => {}
            Some(known) => {
                let mut changed = Resource::clone(&known);
                changed.versions = resource.versions;
                self.registry.add(changed);
            }
            None => self.registry.add(resource),
        }
        if self.store.get(key).is_some() && definition["status"].is_null() {
            definition["status"] = accepted(&definition, &self.now().to_string());
            self.store.write(key, definition);
        }
    }

    fn undefine(&mut self, definition: &Value) {
        let (group, plural) = (text(definition, "/spec/group"), text(definition, "/spec/names/plural"));
        if let Some(known) = self.registry.named(group, plural) {
            self.registry.remove(&known);
        }
        let collection = Collection {
            group: group.to_owned(),
            plural: plural.to_owned(),
        };
        for (key, _) in self.store.of(&collection, "") {
            self.erase(&key);
        }
    }
}

fn definitions() -> Collection {
    Collection {
        group: "apiextensions.k8s.io".to_owned(),
        plural: "customresourcedefinitions".to_owned(),
    }
}

fn key(name: &str) -> Key {
    Key {
        collection: definitions(),
        namespace: String::new(),
        name: name.to_owned(),
    }
}

/// The kind that a definition defines, with the first of its versions that is the most mature as the preferred one.
fn resource(definition: &Value) -> Option<Resource> {
    let spec = &definition["spec"];
    let versions = spec["versions"].as_array()?.iter();
    let served: Vec<_> = versions.filter(|version| version["served"] == true).collect();
    let mut names: Vec<_> = served.iter().map(|version| text(version, "/name")).collect();
    names.sort_by_key(|name| std::cmp::Reverse(maturity(name)));
    let (group, kind, plural) = (
        text(spec, "/group"),
        text(spec, "/names/kind"),
        text(spec, "/names/plural"),
    );
    let mut resource = Resource::new(group, &names, kind, plural);
    resource.namespaced = text(spec, "/scope") != "Cluster";
    resource.has_status = served
        .iter()
        .any(|version| version["subresources"].get("status").is_some());
    resource.has_scale = served
        .iter()
        .any(|version| version["subresources"].get("scale").is_some());
    (!names.is_empty() && !group.is_empty()).then_some(resource)
}

/// What versions are ordered by: `v2` comes before `v1`, and that before `v1beta1` and `v1alpha1`.
fn maturity(version: &str) -> (u8, u32, u32) {
    let numbers = |word: &str| {
        let (major, minor) = version.strip_prefix('v')?.split_once(word)?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let whole = version.strip_prefix('v').and_then(|number| number.parse().ok());
    match (whole, numbers("beta"), numbers("alpha")) {
        (Some(major), _, _) => (3, major, 0),
        (_, Some((major, minor)), _) => (2, major, minor),
        (_, _, Some((major, minor))) => (1, major, minor),
        _ => (0, 0, 0),
    }
}

fn sorted(versions: &[String]) -> Vec<&String> {
    let mut versions: Vec<_> = versions.iter().collect();
    versions.sort();
    versions
}

fn accepted(definition: &Value, time: &str) -> Value {
    let condition = |kind: &str, reason: &str, message: &str| json!({"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": time});
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let stored: Vec<_> = versions
        .filter(|version| version["storage"] == true)
        .map(|version| &version["name"])
        .collect();
    json!({
        "acceptedNames": definition["spec"]["names"],
        "storedVersions": stored,
        "conditions": [
            condition("NamesAccepted", "NoConflicts", "no conflicts found"),
            condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_maturity() {
        let mut versions = ["v1alpha1", "odd", "v1", "v1beta2", "v10", "v2beta1", "v2"];
        versions.sort_by_key(|name| std::cmp::Reverse(maturity(name)));
        assert_eq!(versions, ["v10", "v2", "v1", "v2beta1", "v1beta2", "v1alpha1", "odd"]);
    }
}
