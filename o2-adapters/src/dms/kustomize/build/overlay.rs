//! Overlays: values as a kustomization above the package. It lies beside the package, never in it.

use std::collections::BTreeMap;

use o2_core::{Error, Result};
use serde_json::{Map, Value, json};

use super::builder::FOLDER;
use super::pods::{images, is_scalable};
use super::values::{Image, Patch, REPLICAS, Replicas};
use super::{Object, Values};
use crate::dms::kustomize::package::Stored;

/// The kustomization that makes of a package what `values` say, in `namespace`.
pub(super) fn overlay(values: &Values, stored: &Stored, namespace: &str) -> Result<Value> {
    let mut overlay = Map::from_iter([
        ("apiVersion".to_owned(), json!("kustomize.config.k8s.io/v1beta1")),
        ("kind".to_owned(), json!("Kustomization")),
        ("resources".to_owned(), json!([folder(stored)])),
        ("namespace".to_owned(), json!(namespace)),
    ]);
    let mut say = |field: &str, value: Value| overlay.insert(field.to_owned(), value);
    if !values.name_prefix.is_empty() {
        say("namePrefix", json!(values.name_prefix));
    }
    if !values.name_suffix.is_empty() {
        say("nameSuffix", json!(values.name_suffix));
    }
    let labels: Vec<_> = [(&values.labels, false), (&values.selector_labels, true)]
        .into_iter()
        .filter(|(labels, _)| !labels.is_empty())
        .map(|(labels, selectors)| json!({"pairs": labels, "includeSelectors": selectors}))
        .collect();
    if !labels.is_empty() {
        say("labels", json!(labels));
    }
    let replicas = values.replicas_of(stored)?;
    if !replicas.is_empty() {
        let each = replicas
            .iter()
            .map(|(name, count)| json!({"name": name, "count": count}));
        say("replicas", each.collect());
    }
    if !values.images.is_empty() {
        say("images", json!(values.images));
    }
    if !values.patches.is_empty() {
        say("patches", values.patches.iter().map(patch).collect());
    }
    if !values.config_map_literals.is_empty() {
        let maps = values.config_map_literals.iter();
        let generator = |(name, literals): (&String, &BTreeMap<String, String>)| {
            let literals: Vec<_> = literals.iter().map(|(key, value)| format!("{key}={value}")).collect();
            json!({"name": name, "behavior": "merge", "literals": literals})
        };
        say("configMapGenerator", maps.map(generator).collect());
    }
    Ok(Value::Object(overlay))
}

/// The folder of the package that is built.
fn folder(stored: &Stored) -> String {
    match stored.choice.path.as_str() {
        "" => FOLDER.to_owned(),
        path => format!("{FOLDER}/{path}"),
    }
}

fn patch(patch: &Patch) -> Value {
    let text = match &patch.patch {
        Value::String(text) => text.clone(),
        // JSON is YAML.
        other => other.to_string(),
    };
    match &patch.target {
        Some(target) => json!({"patch": text, "target": target}),
        None => json!({"patch": text}),
    }
}

impl Values {
    /// How many replicas each workload shall have that something is said about.
    pub(in super::super) fn replicas_of(&self, stored: &Stored) -> Result<BTreeMap<String, u32>> {
        let at = || format!("values.{REPLICAS}");
        let known = || stored.parts.workloads.join(", ");
        match &self.replicas {
            None => Ok(BTreeMap::new()),
            Some(Replicas::One(count)) => match stored.scaled() {
                Some(workload) => Ok([(workload.to_owned(), *count)].into()),
                None if stored.parts.workloads.is_empty() => {
                    Err(Error::violation(at(), "the package has nothing with replicas"))
                }
                None => {
                    let reason = format!("say how many of each: the package has the workloads {}", known());
                    Err(Error::violation(at(), reason))
                }
            },
            Some(Replicas::Each(each)) => {
                let unknown = each.keys().find(|name| !stored.parts.workloads.contains(name));
                match unknown {
                    None => Ok(each.clone()),
                    Some(name) => {
                        let name = o2_core::error::Excerpt(name);
                        let reason = format!("the package has no workload '{name}' (it has: {})", known());
                        Err(Error::violation(at(), reason))
                    }
                }
            }
        }
    }

    /// The object of a manifest that a workload of the package has become.
    pub(in super::super) fn workload<'o>(&self, workload: &str, objects: &'o [Object]) -> Option<&'o Object> {
        let name = format!("{}{workload}{}", self.name_prefix, self.name_suffix);
        let mut scalable = objects.iter().filter(|object| is_scalable(object));
        scalable.find(|object| object.id.name == name)
    }

    /// Checks that every image that shall be another one is another one: kustomize says nothing when there is none.
    pub(super) fn check_images(&self, objects: &[Object]) -> Result<()> {
        for (number, image) in self.images.iter().enumerate() {
            if !images(objects).any(|found| image.is(found)) {
                let reason = format!("the package has no image '{}'", o2_core::error::Excerpt(&image.name));
                return Err(Error::violation(format!("values.images[{number}].name"), reason));
            }
        }
        Ok(())
    }
}

impl Image {
    /// Whether an image is what this makes of it.
    fn is(&self, found: &str) -> bool {
        let name = self.new_name.as_deref().unwrap_or(&self.name);
        let Some(rest) = found.strip_prefix(name) else {
            return false;
        };
        let tagged = |tag: &String| rest == format!(":{tag}");
        // A digest takes the place of the tag, but for the newest releases, which keep both.
        match &self.digest {
            Some(digest) => rest.ends_with(&format!("@{digest}")),
            None => self.new_tag.as_ref().map_or_else(|| !rest.starts_with('/'), tagged),
        }
    }
}

#[cfg(test)]
mod tests {
    use o2_dms::DeploymentPackage;

    use super::super::super::package::Parts;
    use super::*;

    fn stored(workloads: &[&str], chosen: Option<&str>) -> Stored {
        let mut stored = Stored {
            package: DeploymentPackage::default(),
            choice: crate::dms::kustomize::package::Choice::default(),
            parts: Parts {
                workloads: workloads.iter().map(|name| (*name).to_owned()).collect(),
                images: Vec::new(),
            },
        };
        stored.choice.workload = chosen.map(str::to_owned);
        stored
    }

    fn values(value: Value) -> Values {
        Values::read(&serde_json::from_value(value).unwrap()).unwrap()
    }

    #[test]
    fn values_become_a_kustomization() {
        let mut package = stored(&["web"], None);
        package.choice.path = "overlays/edge".to_owned();
        let asked = values(json!({
            "namePrefix": "a-", "nameSuffix": "-b", "labels": {"site": "x"}, "selectorLabels": {"app": "y"}, "replicas": 4,
            "images": [{"name": "nginx", "newTag": "1.27"}],
            "patches": [{"patch": {"kind": "Service"}}, {"patch": "- op: remove", "target": {"kind": "Service"}}],
            "configMapLiterals": {"settings": {"a": "b"}},
        }));
        let expected = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
            "resources": ["package/overlays/edge"], "namespace": "edge", "namePrefix": "a-", "nameSuffix": "-b",
            "labels": [
                {"pairs": {"site": "x"}, "includeSelectors": false}, {"pairs": {"app": "y"}, "includeSelectors": true},
            ],
            "replicas": [{"name": "web", "count": 4}], "images": [{"name": "nginx", "newTag": "1.27"}],
            "patches": [{"patch": "{\"kind\":\"Service\"}"}, {"patch": "- op: remove", "target": {"kind": "Service"}}],
            "configMapGenerator": [{"name": "settings", "behavior": "merge", "literals": ["a=b"]}],
        });
        assert_eq!(overlay(&asked, &package, "edge").unwrap(), expected);
        let least = overlay(&Values::default(), &stored(&[], None), "edge").unwrap();
        assert_eq!(
            (&least["resources"], least.as_object().unwrap().len()),
            (&json!(["package"]), 4)
        );
    }

    #[test]
    fn replicas_are_of_workloads_that_there_are() {
        for (workloads, chosen, asked, expected) in [
            (&["web"][..], None, json!(3), Ok(json!({"web": 3}))),
            (&["db", "web"], Some("web"), json!(3), Ok(json!({"web": 3}))),
            (
                &["db", "web"],
                None,
                json!({"db": 1, "web": 2}),
                Ok(json!({"db": 1, "web": 2})),
            ),
            (
                &["db", "web"],
                None,
                json!(3),
                Err("say how many of each: the package has the workloads db, web"),
            ),
            (&[], None, json!(3), Err("the package has nothing with replicas")),
            (
                &["web"],
                None,
                json!({"wep": 3}),
                Err("the package has no workload 'wep' (it has: web)"),
            ),
        ] {
            let found = values(json!({"replicas": asked})).replicas_of(&stored(workloads, chosen));
            match (found, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(json!(found), expected),
                (Err(error), Err(expected)) => assert!(error.message().ends_with(expected), "{error}"),
                (found, _) => panic!("{workloads:?} {asked}: {found:?}"),
            }
        }
    }

    #[test]
    fn an_image_that_stays_as_it_is_is_told() {
        for (asked, found, expected) in [
            (json!({"name": "nginx", "newTag": "1.27"}), "nginx:1.27", true),
            (json!({"name": "nginx", "newTag": "1.27"}), "nginx:1.26", false),
            (json!({"name": "nginx", "newName": "r/nginx"}), "r/nginx:1.26", true),
            (json!({"name": "nginx", "newName": "r/nginx"}), "nginx:1.26", false),
            (json!({"name": "nginx", "digest": "sha256:00"}), "nginx@sha256:00", true),
            (
                json!({"name": "nginx", "digest": "sha256:00"}),
                "nginx:1.26@sha256:00",
                true,
            ),
            (json!({"name": "nginx", "newTag": "1"}), "nginx/x:1", false),
        ] {
            let image: Image = serde_json::from_value(asked.clone()).unwrap();
            assert_eq!(image.is(found), expected, "{asked} {found}");
        }
    }
}
