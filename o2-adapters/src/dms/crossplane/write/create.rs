//! A new deployment: a claim or a composite resource, whichever the definition of its package makes, which stays with one
//! revision of the composition.

use std::sync::Arc;

use kube::api::DynamicObject;
use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_dms::{Deployment, DeploymentRequest};
use serde_json::{Value, json};

use super::{Writing, users};
use crate::dms::crossplane::content::Content;
use crate::dms::crossplane::draw::{CONNECTION, OBJECT, PAUSED};
use crate::dms::crossplane::packages::Chosen;
use crate::dms::crossplane::shape::{Layout, Shape};
use crate::dms::crossplane::values;
use crate::dms::crossplane::wire::with_generation;
use crate::kube::At;
use crate::kube::deployed::{DESCRIPTION, NOTES, Notes, Present, WorkKind, check_label, kept, nowhere};

/// The extensions that the backend shows by itself.
pub(super) const OWN: [&str; 2] = [OBJECT, CONNECTION];
/// Who asks whether an object would be taken.
const ASKING: &str = "o2-check";

impl Writing<'_> {
    /// Creates a deployment for the tenant of `context`.
    pub(in super::super) async fn create(
        &self,
        context: &Context,
        request: &DeploymentRequest,
    ) -> Result<Arc<Deployment>> {
        let (reading, config) = (self.reading, &self.reading.config);
        check_label("name", &request.name)?;
        users(config).check(&request.labels)?;
        let shelf = reading.shelf(context).await?;
        let chosen = shelf.choose(&config.tenant_label, &request.package_id, &request.extensions)?;
        let (shape, kind) = (&chosen.shape, &chosen.shape.kind);
        let namespace = self.namespace(shape, request)?;
        let (mut object, mut notes) = self.object(context, request, namespace, &chosen)?;
        self.check_name(context, namespace, &request.name).await?;
        let failed = |error: Error| match error.kind() {
            ErrorKind::AlreadyExists => taken(namespace, &request.name),
            ErrorKind::NotFound if error.message().starts_with("namespaces ") => {
                Error::violation("namespace", "does not exist in the cluster").with_source(error)
            }
            _ => nowhere(error, kind, namespace.unwrap_or_default()),
        };
        let at = At::new(kind, namespace, &request.name);
        let tried = reading.cluster.try_apply(context, at, &object, ASKING).await;
        note(&mut notes, shape.layout, &tried.map_err(failed)?);
        object["metadata"]["annotations"][NOTES] = json!(notes.text());
        let made = reading.cluster.create(context, kind, namespace, &object, false).await;
        Ok(reading.read(kind, made.map_err(failed)?)?.deployment)
    }

    /// Where it shall live; `None` for an object of the cluster.
    fn namespace<'r>(&'r self, shape: &Shape, request: &'r DeploymentRequest) -> Result<Option<&'r str>> {
        let config = &self.reading.config;
        if !shape.kind.namespaced {
            if request.namespace.as_deref().is_some_and(|given| !given.is_empty()) {
                let reason = format!("{} are of the cluster and in no namespace", shape.kind.resource());
                return Err(Error::violation("namespace", reason));
            }
            return Ok(None);
        }
        let namespace = request.namespace.as_deref().unwrap_or(&config.target_namespace);
        check_label("namespace", namespace)?;
        if config.namespace.as_deref().is_some_and(|only| only != namespace) {
            let reason = "the backend has deployments in another namespace only";
            return Err(Error::violation("namespace", reason));
        }
        Ok(Some(namespace))
    }

    /// The server guards the names of one kind; deployments may be of several.
    async fn check_name(&self, context: &Context, namespace: Option<&str>, name: &str) -> Result<()> {
        let shapes = self.reading.shapes(context).await?;
        for shape in shapes
            .iter()
            .filter(|shape| shape.kind.namespaced == namespace.is_some())
        {
            let at = At::new(&shape.kind, namespace, name);
            if self.reading.cluster.get(context, at).await?.is_some() {
                return Err(taken(namespace, name));
            }
        }
        Ok(())
    }

    fn object(
        &self,
        context: &Context,
        request: &DeploymentRequest,
        namespace: Option<&str>,
        chosen: &Chosen,
    ) -> Result<(Value, Notes)> {
        let (config, shape) = (&self.reading.config, &chosen.shape);
        let extensions = kept(&request.extensions, &OWN, &Extensions::new())?;
        values::check(config, &shape.name, &extensions, &request.values)?;
        if paused(&extensions)? == Some(true) {
            let reason = "what is new is not paused: nothing would come of it";
            return Err(Error::violation(format!("extensions.{PAUSED}"), reason));
        }
        let mut content = Content::new(shape.layout);
        content.set_values(request.values.clone())?;
        content.pin(&chosen.composition, &chosen.revision);
        let package = &chosen.package;
        let description = format!("Install {} {}", package.name, package.version);
        let notes = Notes {
            package: Some(chosen.noted(content.package_fingerprint())),
            revision: Some(self.revision(1, description, content.fingerprint())),
            work: Some(self.work(WorkKind::Install, 1)),
            resource_pool_id: request.resource_pool_id.clone(),
            extensions,
            ..Notes::default()
        };
        let mut annotations = json!({NOTES: notes.text()});
        if !request.description.is_empty() {
            annotations[DESCRIPTION] = json!(request.description);
        }
        let mut spec = content.value();
        if shape.layout == Layout::Claim {
            // Gone shall mean gone: the claim stays until what it is bound to is no more.
            spec["compositeDeletePolicy"] = json!("Foreground");
        }
        let mut object = json!({
            "apiVersion": shape.kind.api_version(),
            "kind": shape.kind.name,
            "metadata": {
                "name": request.name,
                "labels": users(config).of_new(context, &request.labels),
                "annotations": annotations,
            },
            "spec": spec,
        });
        if let Some(namespace) = namespace {
            object["metadata"]["namespace"] = json!(namespace);
        }
        Ok((object, notes))
    }
}

/// Notes what the server makes of an object: definitions have defaults, and what they come to may be no change.
pub(super) fn note(notes: &mut Notes, layout: Layout, tried: &DynamicObject) {
    let spec = tried.data.get("spec").and_then(Value::as_object);
    let content = Content::of(layout, &spec.cloned().unwrap_or_default());
    if let Some(revision) = &mut notes.revision {
        revision.of = content.fingerprint();
    }
    if let (Some(work), Some(generation)) = (&mut notes.work, tried.metadata.generation) {
        work.token = with_generation(&work.token, generation);
    }
}

fn taken(namespace: Option<&str>, name: &str) -> Error {
    let path = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}/{name}"));
    Error::already_exists("deployment", &path)
}

/// Whether extensions say that a deployment shall be paused.
pub(super) fn paused(extensions: &Extensions) -> Result<Option<bool>> {
    match extensions.get(PAUSED) {
        None => Ok(None),
        Some(Value::Bool(paused)) => Ok(Some(*paused)),
        Some(_) => Err(Error::violation(
            format!("extensions.{PAUSED}"),
            "must be true or false",
        )),
    }
}
