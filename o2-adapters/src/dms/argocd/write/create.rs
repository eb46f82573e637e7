//! A new deployment: an Application, and with it the operation that synchronises it.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_dms::{Deployment, DeploymentRequest};
use serde_json::{Value, json};

use super::operation::sync;
use super::{Chosen, Writing};
use crate::dms::argocd::config::{ArgocdConfig, DestinationConfig, Propagation};
use crate::dms::argocd::draw::{APPLICATION, DESTINATION, PROJECT, REPLICAS, replicas};
use crate::dms::argocd::source::Source;
use crate::dms::argocd::values::{Tool, set_values};
use crate::dms::argocd::wire::APPLICATIONS;
use crate::kube::deployed::{
    DESCRIPTION, NOTES, Notes, Present, Users, ValuePath, WorkKind, check_label, kept, nowhere, object_name,
};

/// With it, the objects of an Application are deleted before the Application is.
const FINALIZER: &str = "resources-finalizer.argocd.argoproj.io";
/// The extensions that the backend shows by itself.
pub(super) const OWN: [&str; 3] = [APPLICATION, DESTINATION, PROJECT];
/// The longest name of a release of Helm.
const LONGEST_RELEASE: usize = 53;

impl Writing<'_> {
    /// Creates a deployment for the tenant of `context`.
    pub(in super::super) async fn create(
        &self,
        context: &Context,
        request: &DeploymentRequest,
    ) -> Result<Arc<Deployment>> {
        let config = &self.reading.config;
        check_label("name", &request.name)?;
        let namespace = request.namespace.as_deref().unwrap_or(&config.target_namespace);
        check_label("namespace", namespace)?;
        users(config).check(&request.labels)?;
        let package = Chosen::find(self.reading, context, &request.package_id, &request.extensions).await?;
        let object = self.application(context, request, namespace, &package)?;
        let made = self
            .reading
            .cluster
            .create(context, &APPLICATIONS, Some(&config.namespace), &object, false);
        let made = made.await.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Error::already_exists("deployment", &format!("{namespace}/{}", request.name)),
            _ => nowhere(error, &APPLICATIONS, &config.namespace),
        })?;
        Ok(self.reading.read(&APPLICATIONS, made)?.deployment)
    }

    fn application(
        &self,
        context: &Context,
        request: &DeploymentRequest,
        namespace: &str,
        package: &Chosen,
    ) -> Result<Value> {
        let config = &self.reading.config;
        let project = project(config, context, &request.extensions)?;
        let destination = destination(config, request.resource_pool_id.as_deref())?;
        let (mut notes, work) = (Notes::default(), self.work(WorkKind::Install));
        let source = first_source(request, package)?;
        notes.name = Some(request.name.clone());
        notes.resource_pool_id.clone_from(&request.resource_pool_id);
        let chosen = json!({PROJECT: project});
        notes.extensions = kept(
            &request.extensions,
            &OWN,
            chosen.as_object().unwrap_or(&Extensions::new()),
        )?;
        let tool = Tool::of(&source, "");
        check_replicas(config, &notes.extensions, tool, &request.values)?;
        let description = format!("Install {} {}", package.name, package.version);
        notes.package = Some(package.noted());
        notes.revision = Some(self.revision(1, description, source.fingerprint()));
        notes.work = Some(work.clone());
        let (member, sources) = source.members();
        let mut spec = json!({
            "project": project,
            "destination": where_to(destination, namespace),
            "syncPolicy": policy(config),
        });
        spec[member] = sources.clone();
        Ok(json!({
            "apiVersion": APPLICATIONS.api_version(),
            "kind": APPLICATIONS.name,
            "metadata": {
                "name": object_name(&[namespace, &request.name]),
                "namespace": config.namespace,
                "labels": users(config).of_new(context, &request.labels),
                "annotations": annotations(&request.description, &notes),
                "finalizers": [finalizer(config.propagation)],
            },
            "spec": spec,
            "operation": sync(config, &work, &[]),
        }))
    }
}

pub(super) fn finalizer(propagation: Propagation) -> String {
    match propagation {
        Propagation::Foreground => FINALIZER.to_owned(),
        Propagation::Background => format!("{FINALIZER}/background"),
    }
}

fn first_source(request: &DeploymentRequest, package: &Chosen) -> Result<Source> {
    let mut source = Source::new(&package.coordinates);
    let tool = package.tool.unwrap_or_else(|| Tool::of(&source, ""));
    match tool {
        Tool::Helm => {
            if request.name.len() > LONGEST_RELEASE {
                let reason = format!("must have at most {LONGEST_RELEASE} characters, as releases of Helm have");
                return Err(Error::violation("name", reason));
            }
            let release = json!({"releaseName": request.name});
            source.edit(|one| {
                one.insert("helm".to_owned(), release);
            });
            if !request.values.is_empty() {
                set_values(&mut source, tool, &request.values)?;
            }
        }
        Tool::Kustomize => set_values(&mut source, tool, &request.values)?,
        // What makes objects of it is found out by Argo CD; values are taken for those of Helm, which are the usual ones.
        Tool::Other if package.tool.is_none() && !request.values.is_empty() => {
            set_values(&mut source, Tool::Helm, &request.values)?;
        }
        Tool::Other => set_values(&mut source, tool, &request.values)?,
    }
    Ok(source)
}

/// Checks the number of replicas that values say, where something says where it is.
pub(super) fn check_replicas(
    config: &ArgocdConfig,
    extensions: &Extensions,
    tool: Tool,
    values: &Extensions,
) -> Result<()> {
    if let Some(place) = extensions.get(REPLICAS) {
        let text = place.as_str().unwrap_or_default();
        let valid = !text.is_empty() && (tool != Tool::Helm || ValuePath::parse(text).is_ok());
        if !valid {
            let reason = "must say where the number of replicas is: 'web.replicas' in a chart, 'web' for Kustomize";
            return Err(Error::violation(format!("extensions.{REPLICAS}"), reason));
        }
    }
    match replicas(config, extensions, tool) {
        Some(replicas) => replicas.check(values, config.max_replicas),
        None => Ok(()),
    }
}

/// The project of a deployment. Only who acts for no tenant may choose another one than the configuration says.
fn project<'a>(config: &'a ArgocdConfig, context: &Context, extensions: &'a Extensions) -> Result<&'a str> {
    let own = context.tenant().and_then(|tenant| config.projects.get(tenant.as_str()));
    let usual = own.unwrap_or(&config.project);
    match extensions.get(PROJECT) {
        None => Ok(usual),
        Some(Value::String(project)) if project == usual => Ok(usual),
        Some(Value::String(project)) if context.tenant().is_none() && !project.is_empty() => Ok(project),
        Some(_) => Err(Error::violation(
            format!("extensions.{PROJECT}"),
            format!("must be '{usual}', the project of the tenant"),
        )),
    }
}

/// Where a deployment runs that names a resource pool, or none.
fn destination<'c>(config: &'c ArgocdConfig, pool: Option<&str>) -> Result<&'c DestinationConfig> {
    let Some(pool) = pool.filter(|_| !config.destinations.is_empty()) else {
        return Ok(&config.destination);
    };
    config.destinations.get(pool).ok_or_else(|| {
        let known: Vec<_> = config.destinations.keys().map(String::as_str).collect();
        let reason = format!("no cluster is known for it (known: {})", known.join(", "));
        Error::violation("resourcePoolId", reason)
    })
}

fn where_to(destination: &DestinationConfig, namespace: &str) -> Value {
    let mut to = json!({"namespace": namespace});
    match (&destination.server, &destination.name) {
        (Some(server), _) => to["server"] = json!(server),
        (None, name) => to["name"] = json!(name),
    }
    to
}

fn policy(config: &ArgocdConfig) -> Value {
    let mut policy = json!({"syncOptions": config.sync_options, "retry": {"limit": config.retries}});
    if config.auto_sync {
        policy["automated"] = json!({"prune": config.prune, "selfHeal": config.self_heal});
    }
    policy
}

/// The annotations that hold what Argo CD has no place for; null takes a description away.
pub(super) fn annotations(description: &str, notes: &Notes) -> Value {
    let mut annotations = json!({NOTES: notes.text()});
    if !description.is_empty() {
        annotations[DESCRIPTION] = json!(description);
    }
    annotations
}

fn users(config: &ArgocdConfig) -> Users<'_> {
    Users {
        tenant_label: &config.tenant_label,
    }
}
