//! Packages are made known, brought to another version, and forgotten.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};
use serde_json::{Value, json};

use super::{Writing, users};
use crate::dms::crossplane::object::Object;
use crate::dms::crossplane::packages::{CONFIGURATIONS, Detail, NOTES, Part, Shelf, Upload, split};
use crate::dms::crossplane::read::everybody;
use crate::dms::crossplane::shape::{DEFINITIONS, Shape, missing};
use crate::kube::{At, Cached, Deletion, Kind, Scope};

const PACKAGE: &str = "deploymentPackage";

impl Writing<'_> {
    /// Makes a Configuration known, for the tenant of `context`; one that is there goes to the version that is wanted.
    pub(in super::super) async fn upload(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let upload = Upload::check(upload)?;
        let cluster = &self.reading.cluster;
        let object = self.configuration(context, &upload);
        let part = match cluster.create(context, &CONFIGURATIONS, None, &object, false).await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => self.renew(context, &upload, &object).await?,
            Err(error) if error.is(ErrorKind::NotFound) => {
                let resource = CONFIGURATIONS.resource();
                return Err(missing(format!("the cluster does not have {resource}, of Crossplane")).with_source(error));
            }
            made => Part::read(&CONFIGURATIONS, made?).ok_or_else(odd)?,
        };
        Ok(self.shown(&part))
    }

    fn shown(&self, part: &Part) -> Arc<DeploymentPackage> {
        let shelf = Shelf::of(&[], vec![part.clone()]);
        let shown = shelf.packages(&self.reading.config.tenant_label).into_values().next();
        shown.unwrap_or_default()
    }

    fn configuration(&self, context: &Context, upload: &Upload) -> Value {
        let config = &self.reading.config;
        let labels = users(config).of_owner(context);
        let mut spec = json!({"package": upload.package});
        if let Some(tenant) = context.tenant() {
            // What the package brings along is the tenant's too.
            spec["commonLabels"] = json!({config.tenant_label.as_str(): tenant});
        }
        if !config.package_pull_secrets.is_empty() {
            let secrets = config.package_pull_secrets.iter().map(|name| json!({"name": name}));
            spec["packagePullSecrets"] = secrets.collect();
        }
        let notes = serde_json::to_string(&upload.notes).unwrap_or_default();
        json!({
            "apiVersion": CONFIGURATIONS.api_version(),
            "kind": CONFIGURATIONS.name,
            "metadata": {"name": upload.name, "labels": labels, "annotations": {NOTES: notes}},
            "spec": spec,
        })
    }

    /// The Configuration of this name that is there already, as `object` wants it.
    async fn renew(&self, context: &Context, upload: &Upload, object: &Value) -> Result<Part> {
        let cluster = &self.reading.cluster;
        let at = At::new(&CONFIGURATIONS, None, &upload.name);
        let found = cluster.get(context, at).await?;
        let found = found.ok_or_else(|| Error::conflict("the package was deleted just now; try again"))?;
        let version = found.metadata.resource_version.clone();
        let part = Part::read(&CONFIGURATIONS, found).ok_or_else(odd)?;
        let taken = || Error::already_exists(PACKAGE, &upload.name);
        let Detail::Configuration { package, notes, .. } = &part.detail else {
            return Err(odd());
        };
        let tenant = part.meta.tenant(&self.reading.config.tenant_label);
        let is_own = part.meta.annotation(NOTES).is_some() && tenant.as_ref() == context.tenant();
        if !is_own || split(package).0 != upload.repository {
            return Err(taken());
        }
        if *package == upload.package && notes.version == upload.notes.version {
            return Ok(part);
        }
        if notes.version == upload.notes.version {
            return Err(taken());
        }
        let patch = json!({
            "metadata": {"resourceVersion": version, "annotations": object["metadata"]["annotations"]},
            "spec": {"package": upload.package},
        });
        let changed = cluster.merge(context, at, &patch).await?;
        Part::read(&CONFIGURATIONS, changed).ok_or_else(odd)
    }

    /// Forgets a Configuration that no deployment uses.
    pub(in super::super) async fn forget(&self, context: &Context, id: &PackageId) -> Result<()> {
        let unknown = || Error::not_found(PACKAGE, id.as_str());
        let (reading, config) = (self.reading, &self.reading.config);
        let shelf = reading.shelf(context).await?;
        let packages = shelf.packages(&config.tenant_label);
        let found = packages.get(id.as_str()).filter(|package| {
            let tenant = package.tenant_id.as_ref();
            context.sees(tenant)
        });
        found.ok_or_else(unknown)?;
        let Some(configuration) = shelf.configuration(id.as_str()) else {
            let reason = "the package is a revision of a composition, and stays as long as that";
            return Err(Error::conflict(reason));
        };
        if configuration.meta.annotation(NOTES).is_none() {
            return Err(Error::conflict(
                "the package was made by others, and is theirs to delete",
            ));
        }
        self.check_unused(context, configuration).await?;
        let deletion = Deletion {
            uid: Some(configuration.meta.uid.clone()),
            ..Deletion::default()
        };
        let at = At::new(&CONFIGURATIONS, None, &configuration.meta.name);
        match reading.cluster.delete(context, at, &deletion).await {
            Err(error) if error.is(ErrorKind::NotFound) => Err(unknown()),
            result => result,
        }
    }

    /// Fails when a deployment is of one of its compositions, or an object of one of its definitions is there: definitions
    /// take their objects with them.
    async fn check_unused(&self, context: &Context, configuration: &Part) -> Result<()> {
        let (reading, everybody) = (self.reading, everybody(context));
        let uid = configuration.meta.uid.as_str();
        let shelf = reading.shelf(&everybody).await?;
        let brought: Vec<_> = shelf.brought(uid).map(|part| part.meta.name.as_str()).collect();
        let deployments = reading.all_deployments(context).await?;
        let user = deployments.values().find(|drawn| {
            let composition = drawn.content.composition();
            let noted = drawn.deployment.package_id.as_str() == uid;
            noted || composition.is_some_and(|composition| brought.contains(&composition))
        });
        if let Some(user) = user {
            let path = user.object.meta.path();
            // Whose it is may be nobody else's business.
            let seen = context.sees(user.deployment.tenant_id.as_ref());
            let who = if seen {
                format!("deployment {path}")
            } else {
                "a deployment".to_owned()
            };
            return Err(Error::conflict(format!("the package is used by {who}")));
        }
        for kind in self.defined_by(&everybody, uid).await? {
            let objects = reading
                .cluster
                .list(&everybody, &kind, &Scope::all(), Object::read)
                .await?;
            if objects.is_some_and(|objects| !objects.is_empty()) {
                let resource = kind.resource();
                return Err(Error::conflict(format!(
                    "the package has brought the definition of {resource}, and there are some: they would go with it"
                )));
            }
        }
        Ok(())
    }

    /// The kinds of composite resources whose definitions a Configuration has brought.
    async fn defined_by(&self, context: &Context, configuration: &str) -> Result<Vec<Kind>> {
        let all = |_: &Kind, object| Some(object);
        let found = self
            .reading
            .cluster
            .list(context, &DEFINITIONS, &Scope::all(), all)
            .await?;
        let is_its = |owner: &k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference| {
            owner.uid == configuration && owner.kind == CONFIGURATIONS.name
        };
        let its = found.unwrap_or_default().into_iter().filter(|definition| {
            let mut owners = definition.metadata.owner_references.iter().flatten();
            owners.any(is_its)
        });
        let shapes = its.map(|definition| Shape::read(definition).map(|(shape, _)| shape.composite));
        shapes.collect()
    }
}

fn odd() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the API server answers with a package that cannot be understood",
    )
    .with_fault(Fault::Backend)
}
