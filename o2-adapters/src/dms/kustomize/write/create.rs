//! New deployments.

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::{Context, Error, ErrorKind, Model, Result, TenantId};
use o2_dms::{Deployment, DeploymentId, DeploymentRequest};
use uuid::Uuid;

use super::prepare::{Draft, Place, Prepared};
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{PARENTS, Parent, State, Work, labels_of_members, name_of, secret};
use crate::kube::deployed::check_label;
use crate::kube::{At, is_label_value};

/// Deploys a package. The Secret that is made last of all begins it: whoever makes it has the name.
pub(in super::super) async fn create(
    site: &Site,
    context: &Context,
    request: &DeploymentRequest,
) -> Result<Arc<Deployment>> {
    check_label("name", &request.name)?;
    let namespace = request.namespace.as_deref().unwrap_or(&site.config.namespace);
    check_label("namespace", namespace)?;
    if !site.config.may_use(namespace) {
        let reason = format!("must be one of {}", site.config.namespaces.join(", "));
        return Err(Error::violation("namespace", reason));
    }
    let tenant = context.tenant();
    tenant.map_or(Ok(()), check_tenant)?;
    let (stored, _) = site.given_package(context, &request.package_id).await?;
    let taken = || Error::already_exists(Deployment::OBJECT, &format!("{namespace}/{}", request.name));
    let name = name_of(&request.name);
    if site
        .cluster
        .get(context, At::new(&PARENTS, Some(namespace), &name))
        .await?
        .is_some()
    {
        return Err(taken());
    }
    let place = site.new_place(namespace, &name, tenant);
    let draft = Draft {
        number: 1,
        description: format!("Install {} {}", stored.package.name, stored.package.version),
        values: &request.values,
        now: site.clock.now(),
    };
    let prepared = site.prepare(context, &place, &stored, draft).await?;
    site.preflight(context, &place, &prepared).await?;
    site.ensure_namespace(context, namespace).await?;
    let owner = tenant.map(|tenant| (site.config.tenant_label.as_str(), tenant));
    let state = site.first_state(request, &prepared);
    let secret = secret(namespace, &place.id, owner, &state, &prepared.manifest)?;
    let made = site
        .cluster
        .create(context, &PARENTS, Some(namespace), &secret, false)
        .await;
    let made = made.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => taken(),
        ErrorKind::NotFound => no_namespace(namespace),
        _ => error,
    })?;
    let parent = Parent::of(made).ok_or_else(|| Error::internal("a deployment that was written cannot be read"))?;
    if !site.packages.touch(context, &request.package_id).await.unwrap_or(true) {
        // Somebody has removed the package meanwhile.
        site.terminate(context, &parent).await?;
        return Err(Error::violation("packageId", "the package has just been removed"));
    }
    site.go_on(context, parent).await
}

impl Site {
    fn new_place(&self, namespace: &str, parent: &str, tenant: Option<&TenantId>) -> Place {
        let id = DeploymentId::from(Uuid::new_v4().to_string());
        let owner = tenant.map(|tenant| (self.config.tenant_label.as_str(), tenant));
        Place {
            labels: labels_of_members(namespace, parent, &id, owner),
            namespace: namespace.to_owned(),
            id,
        }
    }

    /// The state of a deployment that nothing has been done for.
    fn first_state(&self, request: &DeploymentRequest, prepared: &Prepared) -> State {
        let now = self.clock.now();
        State {
            name: request.name.clone(),
            description: request.description.clone(),
            resource_pool_id: request.resource_pool_id.clone(),
            labels: request.labels.clone(),
            extensions: request.extensions.clone(),
            revision: prepared.revision.clone(),
            past: std::collections::BTreeMap::new(),
            created_at: now,
            updated_at: now,
            inventory: prepared.inventory.clone(),
            leftovers: Vec::new(),
            course: self.course(Work::Install),
        }
    }
}

fn no_namespace(namespace: &str) -> Error {
    Error::violation(
        "namespace",
        format!("there is no namespace '{namespace}' in the cluster"),
    )
}

/// Checks that the tenant's name can stand in a label, by which its deployments are known.
fn check_tenant(tenant: &TenantId) -> Result<()> {
    let text = tenant.as_str();
    if is_label_value(text) {
        return Ok(());
    }
    Err(Error::invalid(format!(
        "the tenant '{}' cannot own objects of Kubernetes: its name is no label",
        Excerpt(text)
    )))
}
