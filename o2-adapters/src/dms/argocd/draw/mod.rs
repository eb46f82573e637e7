//! From Applications to deployments. Pure functions.

mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::query::Fingerprint;
use o2_core::{Extensions, Timestamp};
use o2_dms::Deployment;
use serde_json::{Value, json};

use super::config::{ArgocdConfig, IN_CLUSTER, IN_CLUSTER_NAME};
use super::source::{Coordinates, Source};
use super::standing::{Looking, Standing, source};
use super::values::{Replicas, Tool, values};
use super::wire::Application;
use crate::kube::Meta;
use crate::kube::deployed::{DEPLOYMENT_ID, DESCRIPTION, Noted, Notes, Users, with_version, words};
pub(super) use report::report;

/// What every key of the backend begins with.
pub(super) const PREFIX: &str = "argocd.";
/// What the backend says about a deployment.
pub(super) const APPLICATION: &str = "argocd.application";
pub(super) const PROJECT: &str = "argocd.project";
pub(super) const DESTINATION: &str = "argocd.destination";
/// What callers may say: where the number of replicas is.
pub(super) const REPLICAS: &str = "argocd.replicas";

/// An Application, and what is shown of it.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) application: Application,
    pub(super) notes: Notes,
    pub(super) source: Source,
    pub(super) tool: Tool,
    pub(super) replicas: Option<Replicas>,
    pub(super) noted: Noted,
    pub(super) standing: Standing,
    pub(super) deployment: Arc<Deployment>,
}

/// The cluster that an Application deploys to, as it names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) server: String,
    pub(super) name: String,
    pub(super) namespace: String,
}

impl Destination {
    pub(super) fn of(application: &Application) -> Self {
        let text = |member: &str| {
            let destination = application.spec.get("destination").and_then(|at| at.get(member));
            destination.and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        Self {
            server: text("server"),
            name: text("name"),
            namespace: text("namespace"),
        }
    }

    /// Whether it is the cluster that Argo CD runs on.
    pub(super) fn is_own(&self) -> bool {
        self.server == IN_CLUSTER || self.name == IN_CLUSTER_NAME
    }

    fn shown(&self) -> &str {
        if self.name.is_empty() { &self.server } else { &self.name }
    }
}

/// The id of the package that an Application deploys which nobody has registered.
pub(super) fn unregistered(tenant: Option<&str>, coordinates: &Coordinates) -> String {
    let mark = Fingerprint::new()
        .text(tenant.unwrap_or_default())
        .text(&coordinates.fingerprint())
        .value();
    format!("source-{mark:016x}")
}

/// The revision of an Application that O2 has never changed: the number of synchronisations, counted from one.
pub(super) fn synced(application: &Application) -> u32 {
    let newest = application.status.history.iter().map(|item| item.id).max();
    newest.map_or(1, |id| id.saturating_add(1))
}

/// Whether an Application is one of a deployment; `None` when it says nothing about what it deploys.
pub(super) fn draw(config: &ArgocdConfig, application: Application, now: Timestamp) -> Option<Drawn> {
    let id = label_or_uid(&application.meta).to_owned();
    draw_as(config, application, &id, now)
}

/// Where an id should be: in the label of what O2 has made.
fn label_or_uid(meta: &Meta) -> &str {
    meta.label(DEPLOYMENT_ID).unwrap_or(&meta.uid)
}

fn draw_as(config: &ArgocdConfig, application: Application, id: &str, now: Timestamp) -> Option<Drawn> {
    let (notes, source) = (Notes::of(&application.meta), source(&application)?);
    let noted = Noted::of(&notes, &source.fingerprint(), synced(&application));
    let looking = Looking {
        application: &application,
        notes: &notes,
        now,
        patience: config.work_timeout.get(),
    };
    let standing = looking.standing();
    let tool = Tool::of(&source, &application.status.source_type);
    let replicas = replicas(config, &notes, tool);
    let values = values(&source, tool);
    let (coordinates, destination, meta) = (source.coordinates(), Destination::of(&application), &application.meta);
    let tenant = meta.tenant(&config.tenant_label);
    let package = notes.package(&coordinates.fingerprint());
    let package_id = match package {
        Some(package) => package.id.clone(),
        None => unregistered(tenant.as_ref().map(o2_core::Id::as_str), &coordinates),
    };
    let name = notes.name.clone().unwrap_or_else(|| meta.name.clone());
    let mut deployment = Deployment::new(id, name, package_id);
    deployment.description = meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    deployment.package_version = package
        .map_or(coordinates.version(), |package| &package.version)
        .to_owned();
    deployment.resource_pool_id = notes.resource_pool_id.clone().or_else(|| pool(config, &destination));
    deployment.status = standing.status;
    deployment.status_message = words(&standing.message);
    deployment.replicas = replicas.as_ref().and_then(|replicas| replicas.count(&values));
    deployment.revision = noted.number;
    deployment.rolled_back_to = notes.rolled_back_to.filter(|_| noted.at.is_some());
    deployment.values = values;
    deployment.tenant_id = tenant;
    deployment.labels = Users {
        tenant_label: &config.tenant_label,
    }
    .labels(meta);
    deployment.created_at = meta.created;
    deployment.updated_at = standing.since.max(noted.at).or(meta.created);
    deployment.extensions = extensions(&application, &destination, &notes);
    deployment.namespace = destination.namespace;
    let deployment = Arc::new(with_version(deployment));
    Some(Drawn {
        application,
        notes,
        source,
        tool,
        replicas,
        noted,
        standing,
        deployment,
    })
}

/// What says how many replicas there are: the deployment itself, or the configuration.
pub(super) fn replicas(config: &ArgocdConfig, notes: &Notes, tool: Tool) -> Option<Replicas> {
    let own = notes.extensions.get(REPLICAS).and_then(Value::as_str);
    let of = match tool {
        Tool::Helm => own.or(config.replicas_path.as_deref()),
        Tool::Kustomize => own,
        Tool::Other => None,
    };
    of.map(|of| Replicas {
        tool,
        of: of.to_owned(),
    })
}

/// The resource pool whose destination it is, if there is one.
fn pool(config: &ArgocdConfig, destination: &Destination) -> Option<String> {
    let mut pools = config.destinations.iter();
    let found = pools.find(|(_, pool)| pool.is(&destination.server, &destination.name));
    found.map(|(pool, _)| pool.clone())
}

fn extensions(application: &Application, destination: &Destination, notes: &Notes) -> Extensions {
    let mut extensions = Extensions::new();
    extensions.insert(APPLICATION.to_owned(), json!(application.meta.path()));
    let project = application.spec.get("project").and_then(Value::as_str);
    extensions.insert(PROJECT.to_owned(), json!(project.unwrap_or("default")));
    extensions.insert(DESTINATION.to_owned(), json!(destination.shown()));
    extensions.extend(notes.extensions.clone());
    extensions
}

/// The deployments that Applications are, by their ids. Of several with one id, as when somebody copies an object, the
/// oldest has it.
pub(super) fn draw_all(
    config: &ArgocdConfig,
    mut applications: Vec<Application>,
    now: Timestamp,
) -> BTreeMap<String, Drawn> {
    applications.sort_by(|a, b| (a.meta.created, &a.meta.uid).cmp(&(b.meta.created, &b.meta.uid)));
    let mut drawn = BTreeMap::new();
    for application in applications {
        let id = match label_or_uid(&application.meta) {
            id if drawn.contains_key(id) => application.meta.uid.clone(),
            id => id.to_owned(),
        };
        if let Some(deployment) = draw_as(config, application, &id, now) {
            drawn.insert(id, deployment);
        }
    }
    drawn
}

/// What deletes the objects of an Application before it.
const CASCADING: &str = "resources-finalizer.argocd.argoproj.io";

impl Drawn {
    /// Whether its objects go with the Application.
    pub(super) fn cascades(&self) -> bool {
        let finalizers = self.application.meta.finalizers.iter();
        finalizers
            .into_iter()
            .any(|finalizer| finalizer.split('/').next() == Some(CASCADING))
    }
}
