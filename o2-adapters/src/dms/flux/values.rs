//! Values: those of charts, and for Kustomizations what is changed in the manifests; and how many replicas they say.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use serde_json::{Map, Value, json};

use super::objects::{Content, Engine};
use crate::kit::yaml;
use crate::kube::deployed::{ValuePath, check_without_null};

/// The members of a Kustomization that are values as they are; `substitute` is within another one.
const MEMBERS: [&str; 3] = ["components", "images", PATCHES];
const PATCHES: &str = "patches";
const SUBSTITUTE: &str = "substitute";
/// The most bytes of a patch that is looked at.
const LARGEST: usize = 64 << 10;

/// The values of a deployment. The patch that says how many replicas there are is none.
pub(super) fn values(content: &Content, replicas: Option<&Replicas>) -> Extensions {
    match content.engine {
        Engine::Helm => of_release(content),
        Engine::Kustomize => {
            let mut values = Extensions::new();
            for member in MEMBERS {
                let mut known = content.get(member).cloned();
                if let Some(Value::Array(items)) = known.as_mut().filter(|_| member == PATCHES) {
                    items.retain(|patch| replicas.is_none_or(|replicas| !replicas.is_own(patch)));
                }
                let known = known.filter(|known| known.as_array().is_none_or(|items| !items.is_empty()));
                values.extend(known.map(|known| (member.to_owned(), known)));
            }
            let substitute = content.get("postBuild").and_then(|build| build.get(SUBSTITUTE));
            values.extend(substitute.map(|variables| (SUBSTITUTE.to_owned(), variables.clone())));
            values
        }
    }
}

fn of_release(content: &Content) -> Extensions {
    content
        .get("values")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default()
}

/// Gives a deployment these values instead of those it has. The number of replicas of a Kustomization stays.
pub(super) fn set_values(content: &mut Content, values: &Extensions, replicas: Option<&Replicas>) -> Result<()> {
    check_without_null("values", &Value::Object(values.clone()))?;
    match content.engine {
        Engine::Helm => {
            let given = (!values.is_empty()).then(|| Value::Object(values.clone()));
            content.set("values", given);
        }
        Engine::Kustomize => {
            check_kustomize(values)?;
            let own: Vec<_> = patches(content)
                .filter(|patch| replicas.is_some_and(|own| own.is_own(patch)))
                .cloned()
                .collect();
            for member in MEMBERS {
                content.set(member, values.get(member).cloned());
            }
            if !own.is_empty() {
                let all: Vec<_> = patches(content).cloned().chain(own).collect();
                content.set(PATCHES, Some(Value::Array(all)));
            }
            let mut build = content
                .get("postBuild")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default();
            match values.get(SUBSTITUTE) {
                Some(variables) => build.insert(SUBSTITUTE.to_owned(), variables.clone()),
                None => build.remove(SUBSTITUTE),
            };
            content.set("postBuild", (!build.is_empty()).then_some(Value::Object(build)));
        }
    }
    Ok(())
}

fn patches(content: &Content) -> impl Iterator<Item = &Value> {
    content.get(PATCHES).and_then(Value::as_array).into_iter().flatten()
}

fn check_kustomize(values: &Extensions) -> Result<()> {
    for (key, value) in values {
        let at = format!("values.{}", Excerpt(key));
        match key.as_str() {
            SUBSTITUTE => {
                let texts = value.as_object().is_some_and(|all| all.values().all(Value::is_string));
                if !texts {
                    return Err(Error::violation(at, "must be an object of texts"));
                }
            }
            known if MEMBERS.contains(&known) => {
                if !value.is_array() {
                    return Err(Error::violation(at, "must be a list"));
                }
            }
            _ => {
                let known = MEMBERS.join(", ");
                let reason = format!("a Kustomization knows {known} and {SUBSTITUTE} only");
                return Err(Error::violation(at, reason));
            }
        }
    }
    Ok(())
}

/// What says how many replicas a deployment has: a place in the values of a chart, or for Kustomizations a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replicas {
    pub(super) engine: Engine,
    pub(super) of: String,
}

impl Replicas {
    /// How many a deployment has; `None` when it does not say.
    pub(super) fn count(&self, content: &Content) -> Option<u32> {
        let count = match self.engine {
            Engine::Helm => ValuePath::parse(&self.of).ok()?.get(&of_release(content))?.as_u64()?,
            Engine::Kustomize => {
                let patch = patches(content).find(|patch| self.is_own(patch))?;
                operations(patch)
                    .iter()
                    .find_map(|operation| replicas_of(operation)?.as_u64())?
            }
        };
        u32::try_from(count).ok()
    }

    /// `Deployment/web`, or the name of a Deployment.
    fn workload(&self) -> (&str, &str) {
        self.of.split_once('/').unwrap_or(("Deployment", &self.of))
    }

    /// Whether a patch is about the replicas of the workload, and nothing else.
    fn is_own(&self, patch: &Value) -> bool {
        let (kind, name) = self.workload();
        let target = |member: &str| {
            patch
                .get("target")
                .and_then(|target| target.get(member))
                .and_then(Value::as_str)
        };
        let operations = operations(patch);
        let only_replicas = operations.iter().all(|operation| replicas_of(operation).is_some());
        target("kind") == Some(kind) && target("name") == Some(name) && !operations.is_empty() && only_replicas
    }

    /// Gives a deployment another number.
    pub(super) fn set(&self, content: &mut Content, count: u32) -> Result<()> {
        match self.engine {
            Engine::Helm => {
                let mut values = of_release(content);
                ValuePath::parse(&self.of)?.set(&mut values, json!(count));
                content.set("values", Some(Value::Object(values)));
            }
            Engine::Kustomize => {
                let (kind, name) = self.workload();
                let patch = json!([{"op": "replace", "path": "/spec/replicas", "value": count}]);
                let patch = json!({"target": {"kind": kind, "name": name}, "patch": patch.to_string()});
                let kept = patches(content).filter(|patch| !self.is_own(patch)).cloned();
                let all: Vec<_> = kept.chain([patch]).collect();
                content.set(PATCHES, Some(Value::Array(all)));
            }
        }
        Ok(())
    }

    /// Checks the number that values say, if they say one.
    pub(super) fn check(&self, values: &Extensions, most: u32) -> Result<()> {
        let Engine::Helm = self.engine else {
            return Ok(());
        };
        let Some(given) = ValuePath::parse(&self.of)?.get(values) else {
            return Ok(());
        };
        if given.as_u64().is_some_and(|count| count <= most.into()) {
            return Ok(());
        }
        let reason = format!(
            "must be a whole number from 0 to {most}, not {}",
            Excerpt(&given.to_string())
        );
        Err(Error::violation(format!("values.{}", self.of), reason))
    }
}

/// The operations of a patch (RFC 6902); none when it is another kind of patch.
fn operations(patch: &Value) -> Vec<Map<String, Value>> {
    let text = patch.get("patch").and_then(Value::as_str).unwrap_or_default();
    yaml::read(text, LARGEST).unwrap_or_default()
}

/// The number that an operation gives the replicas.
fn replicas_of(operation: &Map<String, Value>) -> Option<&Value> {
    let sets = matches!(operation.get("op")?.as_str()?, "add" | "replace");
    (sets && operation.get("path")? == "/spec/replicas").then(|| operation.get("value"))?
}
