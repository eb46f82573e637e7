//! From HelmReleases and Kustomizations to deployments. Pure functions.

mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Extensions, Timestamp};
use o2_dms::Deployment;
use serde_json::{Value, json};

use super::config::FluxConfig;
use super::objects::{Content, Engine, Object};
use super::sources::Places;
use super::standing::{Looking, Standing};
use super::values::{Replicas, values};
use crate::kube::Meta;
use crate::kube::deployed::{DEPLOYMENT_ID, DESCRIPTION, Noted, Notes, Users, with_version, words};
pub(super) use report::{Workload, report};

/// What the backend says about a deployment.
pub(super) const OBJECT: &str = "flux.object";
/// What callers may say: where the number of replicas is, and whether Flux shall leave the deployment alone.
pub(super) const REPLICAS: &str = "flux.replicas";
pub(super) const SUSPEND: &str = "flux.suspend";

/// An object, and what is shown of it.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) object: Object,
    pub(super) notes: Notes,
    pub(super) content: Content,
    pub(super) replicas: Option<Replicas>,
    pub(super) noted: Noted,
    pub(super) standing: Standing,
    pub(super) deployment: Arc<Deployment>,
}

/// The revision of an object that O2 has never changed: that of Helm, if it has one.
pub(super) fn released(object: &Object) -> u32 {
    match object.engine {
        Engine::Helm => object
            .status
            .history
            .iter()
            .map(|snapshot| snapshot.version)
            .max()
            .unwrap_or(1)
            .max(1),
        Engine::Kustomize => 1,
    }
}

/// Id and version of the package that an object deploys. Where its source is not there, what it refers to is the id.
fn package(object: &Object, notes: &Notes, content: &Content, places: &Places) -> (String, String) {
    if let Some(noted) = notes.package(&content.package_fingerprint()) {
        return (noted.id.clone(), noted.version.clone());
    }
    let own = object.meta.namespace.as_deref().unwrap_or_default();
    let chart = content.chart();
    let made = object.status.helm_chart.split_once('/').filter(|_| chart.is_some());
    if let Some((namespace, name)) = made
        && let Some((id, version)) = places.find("HelmChart", namespace, name)
    {
        return (id.to_owned(), version.to_owned());
    }
    let (kind, namespace, name) = content.refers_to().unwrap_or(("", None, ""));
    let namespace = namespace.unwrap_or(own);
    let found = places.find(kind, namespace, name);
    let id = found.map_or_else(|| format!("{kind}/{namespace}/{name}"), |(id, _)| id.to_owned());
    let version = chart.map(|(_, version)| version).or(found.map(|(_, version)| version));
    (id, version.unwrap_or_default().to_owned())
}

/// Whether the package of an object can be told without looking at sources.
pub(super) fn knows_its_package(object: &Object) -> bool {
    Notes::of(&object.meta)
        .package(&object.content().package_fingerprint())
        .is_some()
}

/// Where an id should be: in the label of what O2 has made.
fn label_or_uid(meta: &Meta) -> &str {
    meta.label(DEPLOYMENT_ID).unwrap_or(&meta.uid)
}

/// A deployment.
pub(super) fn draw(config: &FluxConfig, object: Object, places: &Places, now: Timestamp) -> Drawn {
    let id = label_or_uid(&object.meta).to_owned();
    draw_as(config, object, &id, places, now)
}

fn draw_as(config: &FluxConfig, object: Object, id: &str, places: &Places, now: Timestamp) -> Drawn {
    let (notes, content) = (Notes::of(&object.meta), object.content());
    let noted = Noted::of(&notes, &content.fingerprint(), released(&object));
    let looking = Looking {
        object: &object,
        notes: &notes,
        now,
        patience: config.work_timeout.get(),
    };
    let standing = looking.standing();
    let replicas = replicas(config, &notes.extensions, object.engine);
    let (values, meta) = (values(&content, replicas.as_ref()), &object.meta);
    let (package_id, package_version) = package(&object, &notes, &content, places);
    let mut deployment = Deployment::new(id, meta.name.as_str(), package_id);
    deployment.description = meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    deployment.namespace = meta.namespace.clone().unwrap_or_default();
    deployment.package_version = package_version;
    deployment.resource_pool_id = notes.resource_pool_id.clone().or_else(|| pool(config, &object));
    deployment.status = standing.status;
    deployment.status_message = words(&standing.message);
    deployment.replicas = replicas.as_ref().and_then(|replicas| replicas.count(&content));
    deployment.revision = noted.number;
    deployment.rolled_back_to = notes.rolled_back_to.filter(|_| noted.at.is_some());
    deployment.values = values;
    deployment.tenant_id = meta.tenant(&config.tenant_label);
    deployment.labels = Users {
        tenant_label: &config.tenant_label,
    }
    .labels(meta);
    deployment.created_at = meta.created;
    deployment.updated_at = standing.since.max(noted.at).or(meta.created);
    deployment.extensions = extensions(&object, &notes);
    let deployment = Arc::new(with_version(deployment));
    Drawn {
        object,
        notes,
        content,
        replicas,
        noted,
        standing,
        deployment,
    }
}

/// What says how many replicas there are: the deployment itself, or the configuration.
pub(super) fn replicas(config: &FluxConfig, extensions: &Extensions, engine: Engine) -> Option<Replicas> {
    let own = extensions.get(REPLICAS).and_then(Value::as_str);
    let of = match engine {
        Engine::Helm => own.or(config.replicas_path.as_deref()),
        Engine::Kustomize => own,
    };
    of.map(|of| Replicas {
        engine,
        of: of.to_owned(),
    })
}

/// The Secret by which an object is deployed to another cluster.
pub(super) fn kube_config_secret(object: &Object) -> Option<&str> {
    object.spec.get("kubeConfig")?.get("secretRef")?.get("name")?.as_str()
}

/// The resource pool whose cluster it is, if there is one.
fn pool(config: &FluxConfig, object: &Object) -> Option<String> {
    let secret = kube_config_secret(object)?;
    let mut pools = config.destinations.iter();
    let found = pools.find(|(_, remote)| remote.kube_config_secret == secret);
    found.map(|(pool, _)| pool.clone())
}

fn extensions(object: &Object, notes: &Notes) -> Extensions {
    let mut extensions = Extensions::new();
    let kind = &object.engine.kind().name;
    extensions.insert(OBJECT.to_owned(), json!(format!("{kind}/{}", object.meta.path())));
    extensions.extend(notes.extensions.clone());
    if object.is_suspended() {
        extensions.insert(SUSPEND.to_owned(), json!(true));
    } else if extensions.get(SUSPEND) == Some(&json!(true)) {
        extensions.remove(SUSPEND);
    }
    extensions
}

/// The deployments that objects are, by their ids. Of several with one id, as when somebody copies an object, the oldest has
/// it.
pub(super) fn draw_all(
    config: &FluxConfig,
    mut objects: Vec<Object>,
    places: &Places,
    now: Timestamp,
) -> BTreeMap<String, Drawn> {
    objects.sort_by(|a, b| (a.meta.created, &a.meta.uid).cmp(&(b.meta.created, &b.meta.uid)));
    let mut drawn = BTreeMap::new();
    for object in objects {
        let id = match label_or_uid(&object.meta) {
            id if drawn.contains_key(id) => object.meta.uid.clone(),
            id => id.to_owned(),
        };
        let deployment = draw_as(config, object, &id, places, now);
        drawn.insert(id, deployment);
    }
    drawn
}
