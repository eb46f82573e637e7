//! From claims and composite resources to deployments. Pure functions.

mod report;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Extensions, Timestamp};
use o2_dms::Deployment;
use serde_json::json;

use super::config::CrossplaneConfig;
use super::content::Content;
use super::object::Object;
use super::packages::Shelf;
use super::shape::{Layout, Shape};
use super::standing::{Limits, Looking, Standing};
use super::values::{count, place};
use crate::kube::Meta;
use crate::kube::deployed::{DEPLOYMENT_ID, DESCRIPTION, Noted, Notes, Users, ValuePath, with_version, words};
pub(super) use report::report;

/// What the backend says about a deployment: the object that it is, and the Secret with its connection details.
pub(super) const OBJECT: &str = "crossplane.object";
pub(super) const CONNECTION: &str = "crossplane.connectionSecret";
/// What callers may say: where the number of replicas is, and whether Crossplane shall leave the deployment alone.
pub(super) const REPLICAS: &str = "crossplane.replicas";
pub(super) const PAUSED: &str = "crossplane.paused";

/// What is known when a deployment is drawn.
#[derive(Debug, Clone, Copy)]
pub(super) struct Site<'s> {
    pub(super) config: &'s CrossplaneConfig,
    pub(super) shapes: &'s [Arc<Shape>],
    pub(super) shelf: &'s Shelf,
    pub(super) now: Timestamp,
}

/// An object, and what is shown of it.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) shape: Arc<Shape>,
    pub(super) object: Object,
    /// What a claim is bound to.
    pub(super) bound: Option<Object>,
    pub(super) notes: Notes,
    pub(super) content: Content,
    pub(super) replicas: Option<ValuePath>,
    pub(super) noted: Noted,
    pub(super) standing: Standing,
    pub(super) records_in: String,
    pub(super) deployment: Arc<Deployment>,
}

/// Whether the package of an object can be told without looking at what there is. What claims are bound to is no deployment.
pub(super) fn knows_its_package(shapes: &[Arc<Shape>], object: &Object) -> bool {
    let Some(shape) = shapes.iter().find(|shape| shape.kind == object.kind) else {
        return true;
    };
    let of = Content::of(shape.layout, &object.spec).package_fingerprint();
    Notes::of(&object.meta).package(&of).is_some()
}

/// Where an id should be: in the label of what O2 has made.
fn label_or_uid(meta: &Meta) -> &str {
    meta.label(DEPLOYMENT_ID).unwrap_or(&meta.uid)
}

/// A deployment.
pub(super) fn draw(site: &Site<'_>, shape: &Arc<Shape>, object: Object, bound: Option<Object>) -> Drawn {
    let id = label_or_uid(&object.meta).to_owned();
    draw_as(site, shape, object, bound, &id)
}

fn draw_as(site: &Site<'_>, shape: &Arc<Shape>, object: Object, bound: Option<Object>, id: &str) -> Drawn {
    let config = site.config;
    let (notes, content) = (Notes::of(&object.meta), Content::of(shape.layout, &object.spec));
    let noted = Noted::of(&notes, &content.fingerprint(), 1);
    let looking = Looking {
        object: &object,
        bound: bound.as_ref(),
        is_claim: shape.layout == Layout::Claim,
        // Work that O2 has noted is about what O2 has made of the object.
        work: notes
            .work
            .as_ref()
            .filter(|_| notes.revision.is_none() || noted.at.is_some()),
        now: site.now,
        limits: Limits::of(config),
    };
    let standing = looking.standing();
    let replicas = place(config, &shape.name, &notes.extensions);
    let (package_id, package_version) = package(site, &notes, &content);
    let meta = &object.meta;
    let mut deployment = Deployment::new(id, meta.name.as_str(), package_id);
    deployment.description = meta.annotation(DESCRIPTION).unwrap_or_default().to_owned();
    deployment.namespace = meta.namespace.clone().unwrap_or_default();
    deployment.package_version = package_version;
    deployment.resource_pool_id.clone_from(&notes.resource_pool_id);
    deployment.status = standing.status;
    deployment.status_message = words(&standing.message);
    deployment.replicas = count(replicas.as_ref(), content.values());
    deployment.revision = noted.number;
    deployment.rolled_back_to = notes.rolled_back_to.filter(|_| noted.at.is_some());
    deployment.values = content.values().clone();
    deployment.tenant_id = meta.tenant(&config.tenant_label);
    deployment.labels = Users {
        tenant_label: &config.tenant_label,
    }
    .labels(meta);
    deployment.created_at = meta.created;
    deployment.updated_at = standing.since.max(noted.at).or(meta.created);
    deployment.extensions = extensions(&object, &notes);
    Drawn {
        shape: Arc::clone(shape),
        records_in: meta
            .namespace
            .clone()
            .unwrap_or_else(|| config.target_namespace.clone()),
        deployment: Arc::new(with_version(deployment)),
        object,
        bound,
        notes,
        content,
        replicas,
        noted,
        standing,
    }
}

/// Id and version of the package of a deployment.
fn package(site: &Site<'_>, notes: &Notes, content: &Content) -> (String, String) {
    match notes.package(&content.package_fingerprint()) {
        Some(noted) => (noted.id.clone(), noted.version.clone()),
        None => site.shelf.find(content.composition(), content.revision()),
    }
}

fn extensions(object: &Object, notes: &Notes) -> Extensions {
    let mut extensions = notes.extensions.clone();
    let (kind, path) = (&object.kind.name, object.meta.path());
    extensions.insert(OBJECT.to_owned(), json!(format!("{kind}/{path}")));
    let secret = object.spec.get("writeConnectionSecretToRef").and_then(|reference| {
        let text = |member: &str| reference.get(member).and_then(|text| text.as_str());
        let namespace = text("namespace").or(object.meta.namespace.as_deref())?;
        Some(format!("{namespace}/{}", text("name")?))
    });
    extensions.extend(secret.map(|secret| (CONNECTION.to_owned(), json!(secret))));
    if object.is_paused() {
        extensions.insert(PAUSED.to_owned(), json!(true));
    } else if extensions.get(PAUSED) == Some(&json!(true)) {
        extensions.remove(PAUSED);
    }
    extensions
}

/// The deployments that objects are, by their ids. Of several with one id, as when somebody copies an object, the oldest has
/// it.
pub(super) fn draw_all(site: &Site<'_>, mut objects: Vec<Object>) -> BTreeMap<String, Drawn> {
    objects.sort_by(|a, b| (a.meta.created, &a.meta.uid).cmp(&(b.meta.created, &b.meta.uid)));
    let shape_of = |object: &Object| site.shapes.iter().find(|shape| shape.kind == object.kind);
    let (deployments, others): (Vec<_>, Vec<_>) = objects.into_iter().partition(|object| shape_of(object).is_some());
    let mut bound: BTreeMap<_, _> = others
        .into_iter()
        .map(|object| ((object.kind.clone(), object.meta.name.clone()), object))
        .collect();
    let mut drawn = BTreeMap::new();
    for object in deployments {
        let Some(shape) = shape_of(&object) else {
            continue;
        };
        let to = object.bound_to().filter(|_| shape.bound().is_some());
        let composite = to.and_then(|name| bound.remove(&(shape.composite.clone(), name.to_owned())));
        let id = match label_or_uid(&object.meta) {
            id if drawn.contains_key(id) => object.meta.uid.clone(),
            id => id.to_owned(),
        };
        let deployment = draw_as(site, shape, object, composite, &id);
        drawn.insert(id, deployment);
    }
    drawn
}
