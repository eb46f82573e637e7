//! [`Object`]: a HelmRelease or a Kustomization, the two kinds of objects that are deployments, and what of its
//! specification is deployed.

use kube::api::DynamicObject;
use o2_core::{Error, Result};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::wire::Status;
use crate::kube::deployed::fingerprint;
use crate::kube::{Cached, Kind, Meta, or_default};

pub(super) static RELEASES: Kind = Kind::of_namespaces("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases");
pub(super) static KUSTOMIZATIONS: Kind =
    Kind::of_namespaces("kustomize.toolkit.fluxcd.io", "v1", "Kustomization", "kustomizations");

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Helm,
    Kustomize,
}

impl Engine {
    pub(super) const ALL: [Self; 2] = [Self::Helm, Self::Kustomize];

    pub(super) fn kind(self) -> &'static Kind {
        match self {
            Self::Helm => &RELEASES,
            Self::Kustomize => &KUSTOMIZATIONS,
        }
    }

    fn of(kind: &Kind) -> Option<Self> {
        Self::ALL.into_iter().find(|engine| engine.kind() == kind)
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Helm => Self::Kustomize,
            Self::Kustomize => Self::Helm,
        }
    }

    /// The members of `spec` that say which package is deployed.
    fn package_members(self) -> &'static [&'static str] {
        match self {
            Self::Helm => &["chart", "chartRef"],
            Self::Kustomize => &["path", "sourceRef"],
        }
    }

    /// The members of `spec` that are values.
    fn value_members(self) -> &'static [&'static str] {
        match self {
            Self::Helm => &["values", "valuesFrom"],
            Self::Kustomize => &["components", "images", "patches", "postBuild"],
        }
    }
}

/// A deployment as Flux has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Object {
    pub(super) engine: Engine,
    pub(super) meta: Meta,
    /// As it is, because it is changed in some places only.
    pub(super) spec: Map<String, Value>,
    pub(super) status: Status,
}

#[derive(Deserialize)]
struct Wire {
    spec: Map<String, Value>,
    #[serde(default, deserialize_with = "or_default")]
    status: Status,
}

impl Object {
    /// Reads an object; `None` for something else.
    pub(super) fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let meta = Meta::from(object.metadata);
        match serde_json::from_value::<Wire>(object.data) {
            Ok(wire) => Some(Self {
                engine: Engine::of(kind)?,
                meta,
                spec: wire.spec,
                status: wire.status,
            }),
            Err(error) => {
                let (path, kind) = (meta.path(), kind.resource());
                tracing::debug!(path, kind, %error, "an object cannot be understood; it is left out");
                None
            }
        }
    }

    pub(super) fn is_suspended(&self) -> bool {
        self.spec.get("suspend") == Some(&Value::Bool(true))
    }

    /// What of it is deployed.
    pub(super) fn content(&self) -> Content {
        let engine = self.engine;
        let members = engine.package_members().iter().chain(engine.value_members());
        let known = members.filter_map(|member| Some(((*member).to_owned(), self.spec.get(*member)?.clone())));
        Content {
            engine,
            members: known.collect(),
        }
    }
}

impl Cached for Object {
    /// Without what changes whenever somebody writes.
    fn read(kind: &Kind, object: DynamicObject) -> Option<Self> {
        let mut object = Self::read(kind, object)?;
        object.meta.resource_version.clear();
        Some(object)
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// The part of a specification that says what is deployed: package and values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Content {
    pub(super) engine: Engine,
    members: Map<String, Value>,
}

impl Content {
    /// From what [`Self::value`] has made.
    pub(super) fn of(engine: Engine, value: &Value) -> Result<Self> {
        match value {
            Value::Object(members) if !members.is_empty() => Ok(Self {
                engine,
                members: members.clone(),
            }),
            _ => Err(Error::violation(
                "revision",
                "what this revision deployed is not known any more",
            )),
        }
    }

    pub(super) fn new(engine: Engine) -> Self {
        Self {
            engine,
            members: Map::new(),
        }
    }

    pub(super) fn get(&self, member: &str) -> Option<&Value> {
        self.members.get(member).filter(|member| !member.is_null())
    }

    /// Sets a member, or takes it away.
    pub(super) fn set(&mut self, member: &str, value: Option<Value>) {
        match value {
            Some(value) => self.members.insert(member.to_owned(), value),
            None => self.members.remove(member),
        };
    }

    /// Deploys another package: takes the members that say which.
    pub(super) fn deploy(&mut self, package: &Map<String, Value>) {
        for member in self.engine.package_members() {
            self.set(member, package.get(*member).cloned());
        }
    }

    pub(super) fn value(&self) -> Value {
        Value::Object(self.members.clone())
    }

    /// By which it is seen whether package or values are still the same.
    pub(super) fn fingerprint(&self) -> String {
        fingerprint(&self.value())
    }

    /// By which it is seen whether the package is still the same.
    pub(super) fn package_fingerprint(&self) -> String {
        let members = self.engine.package_members().iter();
        let package: Map<_, _> = members
            .filter_map(|member| Some(((*member).to_owned(), self.get(member)?.clone())))
            .collect();
        fingerprint(&Value::Object(package))
    }

    /// The source that it refers to: kind, namespace if it says one, and name.
    pub(super) fn refers_to(&self) -> Option<(&str, Option<&str>, &str)> {
        let reference = match self.engine {
            Engine::Helm => match self.get("chartRef") {
                Some(reference) => reference,
                None => self.get("chart")?.get("spec")?.get("sourceRef")?,
            },
            Engine::Kustomize => self.get("sourceRef")?,
        };
        let text = |member: &str| reference.get(member).and_then(Value::as_str);
        Some((text("kind")?, text("namespace"), text("name")?))
    }

    /// The chart that is made for a release, where it is a template of one: chart and version.
    pub(super) fn chart(&self) -> Option<(&str, &str)> {
        let spec = self.get("chart")?.get("spec")?;
        let version = spec.get("version").and_then(Value::as_str);
        Some((spec.get("chart")?.as_str()?, version.unwrap_or("*")))
    }

    /// As the `spec` of a new object has it.
    pub(super) fn into_spec(self) -> Value {
        json!(self.members)
    }
}
