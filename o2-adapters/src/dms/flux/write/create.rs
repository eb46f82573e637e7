//! A new deployment: a HelmRelease or a Kustomization, whichever its package takes.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_dms::{Deployment, DeploymentRequest};
use serde_json::{Value, json};

use super::{Chosen, Writing};
use crate::dms::flux::config::{FluxConfig, RemoteConfig, seconds};
use crate::dms::flux::draw::{OBJECT, REPLICAS, SUSPEND, replicas};
use crate::dms::flux::objects::{Content, Engine};
use crate::dms::flux::values::set_values;
use crate::dms::flux::wire::REQUESTED;
use crate::kube::deployed::{
    DESCRIPTION, NOTES, Notes, Present, Users, ValuePath, WorkKind, check_label, kept, nowhere,
};

/// The extensions that the backend shows by itself.
pub(super) const OWN: [&str; 1] = [OBJECT];
/// The longest name of a release of Helm; for longer ones the controller finds another.
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
        if config.namespace.as_deref().is_some_and(|only| only != namespace) {
            return Err(Error::violation(
                "namespace",
                "the backend has deployments in another namespace only",
            ));
        }
        users(config).check(&request.labels)?;
        let package = Chosen::find(self.reading, context, &request.package_id, &request.extensions).await?;
        let object = self.object(context, request, namespace, &package)?;
        let taken = || Error::already_exists("deployment", &format!("{namespace}/{}", request.name));
        // The server guards the names of one kind.
        if self
            .reading
            .is_taken(context, package.engine.other(), namespace, &request.name)
            .await?
        {
            return Err(taken());
        }
        let kind = package.engine.kind();
        let made = self
            .reading
            .cluster
            .create(context, kind, Some(namespace), &object, false)
            .await;
        let made = made.map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => taken(),
            ErrorKind::NotFound if error.message().starts_with("namespaces ") => {
                Error::violation("namespace", "does not exist in the cluster").with_source(error)
            }
            _ => nowhere(error, kind, namespace),
        })?;
        Ok(self.reading.read(kind, made)?.deployment)
    }

    fn object(
        &self,
        context: &Context,
        request: &DeploymentRequest,
        namespace: &str,
        package: &Chosen,
    ) -> Result<Value> {
        let (config, engine) = (&self.reading.config, package.engine);
        let extensions = kept(&request.extensions, &OWN, &Extensions::new())?;
        check_values(config, &extensions, engine, &request.values)?;
        let suspend = suspended(&extensions)?;
        if suspend == Some(true) {
            let reason = "what is new is not suspended: nothing would come of it";
            return Err(Error::violation(format!("extensions.{SUSPEND}"), reason));
        }
        let mut content = Content::new(engine);
        content.deploy(&package.members);
        set_values(&mut content, &request.values, None)?;
        let work = self.work(WorkKind::Install);
        let description = format!("Install {} {}", package.name, package.version);
        let notes = Notes {
            package: Some(package.noted(&content)),
            revision: Some(self.revision(1, description, content.fingerprint())),
            work: Some(work.clone()),
            resource_pool_id: request.resource_pool_id.clone(),
            extensions,
            ..Notes::default()
        };
        let mut annotations = json!({NOTES: notes.text(), REQUESTED: work.token});
        if !request.description.is_empty() {
            annotations[DESCRIPTION] = json!(request.description);
        }
        let mut spec = match engine {
            Engine::Helm => release(config, &request.name),
            Engine::Kustomize => kustomization(config, namespace),
        };
        place(config, context, request.resource_pool_id.as_deref(), &mut spec)?;
        if let (Some(spec), Value::Object(members)) = (spec.as_object_mut(), content.into_spec()) {
            spec.extend(members);
        }
        Ok(json!({
            "apiVersion": engine.kind().api_version(),
            "kind": engine.kind().name,
            "metadata": {
                "name": request.name,
                "namespace": namespace,
                "labels": users(config).of_new(context, &request.labels),
                "annotations": annotations,
            },
            "spec": spec,
        }))
    }
}

fn release(config: &FluxConfig, name: &str) -> Value {
    let remediation = json!({"remediation": {"retries": config.retries}});
    let mut spec = json!({
        "interval": seconds(config.interval),
        "timeout": seconds(config.timeout),
        "install": remediation,
        "upgrade": remediation,
    });
    if name.len() <= LONGEST_RELEASE {
        spec["releaseName"] = json!(name);
    }
    if config.self_heal {
        spec["driftDetection"] = json!({"mode": "enabled"});
    }
    spec
}

/// With `wait`, ready means that it runs, and not only that it was applied.
fn kustomization(config: &FluxConfig, namespace: &str) -> Value {
    json!({
        "interval": seconds(config.interval),
        "timeout": seconds(config.timeout),
        "retryInterval": seconds(config.timeout),
        "prune": true,
        "wait": true,
        "targetNamespace": namespace,
        "deletionPolicy": "MirrorPrune",
    })
}

/// By whom it is made, and in which cluster.
fn place(config: &FluxConfig, context: &Context, pool: Option<&str>, spec: &mut Value) -> Result<()> {
    let own = context
        .tenant()
        .and_then(|tenant| config.service_accounts.get(tenant.as_str()));
    if let Some(account) = own.or(config.service_account.as_ref()) {
        spec["serviceAccountName"] = json!(account);
    }
    if let Some(remote) = remote(config, pool)? {
        spec["kubeConfig"] = json!({"secretRef": {"name": remote.kube_config_secret}});
    }
    Ok(())
}

/// The cluster of a resource pool; `None` for the one that Flux runs on.
fn remote<'c>(config: &'c FluxConfig, pool: Option<&str>) -> Result<Option<&'c RemoteConfig>> {
    let Some(pool) = pool.filter(|_| !config.destinations.is_empty()) else {
        return Ok(None);
    };
    let found = config.destinations.get(pool).ok_or_else(|| {
        let known: Vec<_> = config.destinations.keys().map(String::as_str).collect();
        let reason = format!("no cluster is known for it (known: {})", known.join(", "));
        Error::violation("resourcePoolId", reason)
    })?;
    Ok(Some(found))
}

/// Whether extensions say that a deployment shall be suspended.
pub(super) fn suspended(extensions: &Extensions) -> Result<Option<bool>> {
    match extensions.get(SUSPEND) {
        None => Ok(None),
        Some(Value::Bool(suspended)) => Ok(Some(*suspended)),
        Some(_) => Err(Error::violation(
            format!("extensions.{SUSPEND}"),
            "must be true or false",
        )),
    }
}

/// Checks the number of replicas that values say, where something says where it is.
pub(super) fn check_values(
    config: &FluxConfig,
    extensions: &Extensions,
    engine: Engine,
    values: &Extensions,
) -> Result<()> {
    if let Some(place) = extensions.get(REPLICAS) {
        let text = place.as_str().unwrap_or_default();
        let valid = !text.is_empty() && (engine != Engine::Helm || ValuePath::parse(text).is_ok());
        if !valid {
            let reason = "must say where the number of replicas is: 'web.replicas' in a chart, 'Deployment/web' else";
            return Err(Error::violation(format!("extensions.{REPLICAS}"), reason));
        }
    }
    match replicas(config, extensions, engine) {
        Some(replicas) => replicas.check(values, config.max_replicas),
        None => Ok(()),
    }
}

fn users(config: &FluxConfig) -> Users<'_> {
    Users {
        tenant_label: &config.tenant_label,
    }
}
