//! [`Shape`]: of which kind the deployments of a definition are, and where Crossplane keeps its own fields in them.
//!
//! Composite resources come in two generations, and one installation has both: Crossplane 2 goes on serving definitions of
//! the first. So the shape is read from each definition, and not from the version of Crossplane.

use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use serde::Deserialize;

use super::wire::{Finding, Findings};
use crate::kube::{At, Cluster, Kind, or_default};

pub(super) static DEFINITIONS: Kind = Kind::of_cluster(
    "apiextensions.crossplane.io",
    "v1",
    "CompositeResourceDefinition",
    "compositeresourcedefinitions",
);

/// What a deployment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A claim of the first generation, bound to a composite resource of the cluster.
    Claim,
    /// A composite resource of the first generation, of the cluster.
    Legacy,
    /// A composite resource of the second generation, in a namespace or of the cluster.
    Modern,
}

impl Layout {
    /// Whether the fields of Crossplane are beside the values, rather than in an object of their own.
    pub(super) fn is_flat(self) -> bool {
        self != Self::Modern
    }
}

/// A definition, as far as it says what deployments are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    /// The name of the definition.
    pub(super) name: String,
    pub(super) layout: Layout,
    /// The kind of deployments.
    pub(super) kind: Kind,
    /// The kind of composite resources; that of deployments itself, but for claims.
    pub(super) composite: Kind,
    /// The only composition that may be used, if there is one.
    pub(super) enforced: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    spec: Spec,
    #[serde(default, deserialize_with = "or_default")]
    status: Findings,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    group: String,
    names: Names,
    #[serde(default)]
    claim_names: Option<Names>,
    /// Absent in the first generation.
    #[serde(default)]
    scope: Option<String>,
    versions: Vec<Version>,
    #[serde(default)]
    enforced_composition_ref: Option<Named>,
}

#[derive(Deserialize)]
struct Names {
    kind: String,
    plural: String,
}

#[derive(Deserialize)]
struct Version {
    name: String,
    #[serde(default)]
    referenceable: bool,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Shape {
    /// Reads a definition whose objects can be made.
    ///
    /// # Errors
    /// `Unavailable` saying why there are no deployments of it.
    pub(super) fn of(definition: DynamicObject) -> Result<Self> {
        let (shape, status) = Self::read(definition)?;
        let condition = match shape.layout {
            Layout::Claim => "Offered",
            Layout::Legacy | Layout::Modern => "Established",
        };
        check_established(&shape.name, &status, condition)?;
        Ok(shape)
    }

    /// Reads a definition, and what is said about it.
    pub(super) fn read(definition: DynamicObject) -> Result<(Self, Findings)> {
        let name = definition.metadata.name.clone().unwrap_or_default();
        let wire: Wire = serde_json::from_value(definition.data).map_err(|source| {
            missing(format!(
                "the definition {name} (CompositeResourceDefinition) cannot be understood"
            ))
            .with_source(source)
        })?;
        let spec = wire.spec;
        let version = spec.versions.into_iter().find(|version| version.referenceable);
        let version = version.ok_or_else(|| missing(format!("the definition {name} has no referenceable version")))?;
        let kind = |names: Names, namespaced: bool| Kind {
            group: spec.group.clone().into(),
            version: version.name.clone().into(),
            name: names.kind.into(),
            plural: names.plural.into(),
            namespaced,
        };
        let scope = spec.scope.as_deref().unwrap_or("LegacyCluster");
        let composite = kind(spec.names, scope == "Namespaced");
        let (layout, kind) = match (scope, spec.claim_names) {
            ("LegacyCluster", Some(names)) => (Layout::Claim, kind(names, true)),
            ("LegacyCluster", None) => (Layout::Legacy, composite.clone()),
            _ => (Layout::Modern, composite.clone()),
        };
        let shape = Self {
            name,
            layout,
            kind,
            composite,
            enforced: spec.enforced_composition_ref.map(|reference| reference.name),
        };
        Ok((shape, wire.status))
    }

    /// Whether compositions of this type are for its composite resources.
    pub(super) fn composes(&self, api_version: &str, kind: &str) -> bool {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        group == self.composite.group && kind == self.composite.name
    }

    /// The kind of what claims are bound to.
    pub(super) fn bound(&self) -> Option<&Kind> {
        (self.layout == Layout::Claim).then_some(&self.composite)
    }
}

fn check_established(name: &str, status: &Findings, condition: &str) -> Result<()> {
    let found = status.condition(condition);
    if found.is_some_and(Finding::holds) {
        return Ok(());
    }
    let why = found.map(|found| format!(" ({})", found.words())).unwrap_or_default();
    let verb = condition.to_ascii_lowercase();
    Err(missing(format!(
        "the definition {name} (CompositeResourceDefinition) is not {verb}{why}"
    )))
}

/// Something that deployments take is not there, and that is not the caller's doing.
pub(super) fn missing(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unavailable, message).with_fault(Fault::Backend)
}

/// Reads the definition of this name.
pub(super) async fn shape(cluster: &Cluster, context: &Context, name: &str) -> Result<Shape> {
    if let Some(found) = definition(cluster, context, name).await? {
        return Shape::of(found);
    }
    let group = DEFINITIONS.group.as_ref();
    let message = if cluster.versions(context, group).await?.is_empty() {
        format!("Crossplane is not installed: the cluster does not have the group {group}")
    } else {
        format!("the cluster does not have the definition {name} (CompositeResourceDefinition)")
    };
    Err(missing(message))
}

/// Both versions show the same objects; releases of Crossplane have the first, or both.
async fn definition(cluster: &Cluster, context: &Context, name: &str) -> Result<Option<DynamicObject>> {
    let first = cluster.get(context, At::new(&DEFINITIONS, None, name)).await?;
    if first.is_some() {
        return Ok(first);
    }
    let second = DEFINITIONS.in_version("v2");
    cluster.get(context, At::new(&second, None, name)).await
}
