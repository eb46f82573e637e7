//! Packages are made known, and forgotten.

use std::sync::Arc;

use o2_core::query::Fingerprint;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};
use serde_json::{Value, json};

use super::Writing;
use crate::dms::flux::config::seconds;
use crate::dms::flux::sources::{NOTES, OF, PART, Package, Source, SourceKind, Upload};
use crate::kube::deployed::{Users, nowhere};
use crate::kube::{At, Cached, Deletion, Scope};

const PACKAGE: &str = "deploymentPackage";

impl Writing<'_> {
    /// Makes a package known, for the tenant of `context`.
    pub(in super::super) async fn upload(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let upload = Upload::check(upload)?;
        let (reading, config) = (self.reading, &self.reading.config);
        let object = self.source(context, &upload);
        let (kind, namespace) = (upload.parts.kind.kind(), Some(config.package_namespace.as_str()));
        // What it comes from is there first: alone it is no package, and does no harm.
        if let Some(url) = &upload.parts.repository {
            self.repository(context, url).await?;
        }
        let name = upload.object_name(context);
        self.check_other_kinds(context, &upload, &name).await?;
        let made = match reading.cluster.create(context, kind, namespace, &object, false).await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                let found = reading.cluster.get(context, At::new(kind, namespace, &name)).await?;
                found.ok_or_else(|| Error::conflict("the package was deleted just now; try again"))?
            }
            made => made.map_err(|error| nowhere(error, kind, &config.package_namespace))?,
        };
        let source = Source::read(kind, made).ok_or_else(odd)?;
        if !is_same(&source, &object) {
            return Err(taken(&upload));
        }
        Ok(Arc::new(source.shown(&config.tenant_label)))
    }

    /// Name and version are unique whatever kind of source has them.
    async fn check_other_kinds(&self, context: &Context, upload: &Upload, name: &str) -> Result<()> {
        let namespace = Some(self.reading.config.package_namespace.as_str());
        for kind in [
            SourceKind::HelmChart,
            SourceKind::OciRepository,
            SourceKind::GitRepository,
        ] {
            if kind != upload.parts.kind {
                let at = At::new(kind.kind(), namespace, name);
                if self.reading.cluster.get(context, at).await?.is_some() {
                    return Err(taken(upload));
                }
            }
        }
        Ok(())
    }

    fn source(&self, context: &Context, upload: &Upload) -> Value {
        let (config, kind) = (&self.reading.config, upload.parts.kind.kind());
        let mut spec = upload.parts.spec.clone();
        spec.insert("interval".to_owned(), json!(seconds(config.interval)));
        if let Some(url) = &upload.parts.repository {
            let reference = json!({"kind": SourceKind::HelmRepository.kind().name, "name": repository_name(url)});
            spec.insert("sourceRef".to_owned(), reference);
        }
        let users = Users {
            tenant_label: &config.tenant_label,
        };
        let mut labels = users.of_owner(context);
        labels.insert(OF.to_owned(), json!("flux"));
        let notes = serde_json::to_string(&upload.notes).unwrap_or_default();
        json!({
            "apiVersion": kind.api_version(),
            "kind": kind.name,
            "metadata": {
                "name": upload.object_name(context),
                "namespace": config.package_namespace,
                "labels": labels,
                "annotations": {NOTES: notes},
            },
            "spec": spec,
        })
    }

    /// The repository of charts; packages from the same one share it.
    async fn repository(&self, context: &Context, url: &str) -> Result<()> {
        let (config, kind) = (&self.reading.config, SourceKind::HelmRepository.kind());
        let object = json!({
            "apiVersion": kind.api_version(),
            "kind": kind.name,
            "metadata": {
                "name": repository_name(url),
                "namespace": config.package_namespace,
                "labels": {PART: "true", "app.kubernetes.io/managed-by": "o2"},
            },
            "spec": {"url": url, "interval": seconds(config.interval)},
        });
        let namespace = Some(config.package_namespace.as_str());
        match self
            .reading
            .cluster
            .create(context, kind, namespace, &object, false)
            .await
        {
            Err(error) if error.is(ErrorKind::AlreadyExists) => Ok(()),
            made => made
                .map(drop)
                .map_err(|error| nowhere(error, kind, &config.package_namespace)),
        }
    }

    /// Forgets a package that no deployment uses.
    pub(in super::super) async fn forget(&self, context: &Context, id: &PackageId) -> Result<()> {
        let unknown = || Error::not_found(PACKAGE, id.as_str());
        let found = self.reading.packages(context).await?.remove(id.as_str());
        let found = found.filter(|package| context.sees(package.shown.tenant_id.as_ref()));
        let Package { source, .. } = found.ok_or_else(unknown)?;
        if let Some(maker) = source.maker() {
            return Err(Error::conflict(format!("the package is made by {maker}")));
        }
        if !source.is_own() {
            return Err(Error::conflict(
                "the package is a source that others have made, perhaps for others too",
            ));
        }
        let deployments = self.reading.all_deployments(context).await?;
        let users = deployments
            .values()
            .filter(|drawn| drawn.deployment.package_id == *id)
            .count();
        if users > 0 {
            return Err(Error::conflict(format!(
                "deployment package '{id}' is used by {users} deployments"
            )));
        }
        match self.delete_source(context, &source).await {
            Err(error) if error.is(ErrorKind::NotFound) => return Err(unknown()),
            result => result?,
        }
        if let Err(error) = self.tidy(context, &source).await {
            // It does no harm, and the next package from there uses it.
            tracing::warn!(%error, "a repository that no package comes from any more is left behind");
        }
        Ok(())
    }

    async fn delete_source(&self, context: &Context, source: &Source) -> Result<()> {
        let meta = &source.meta;
        let deletion = Deletion {
            uid: Some(meta.uid.clone()),
            ..Deletion::default()
        };
        let at = At::new(source.kind.kind(), meta.namespace.as_deref(), &meta.name);
        self.reading.cluster.delete(context, at, &deletion).await
    }

    /// Deletes the repository that a chart came from, if no other one comes from there.
    async fn tidy(&self, context: &Context, gone: &Source) -> Result<()> {
        let from = |source: &Source| source.spec.get("sourceRef").cloned();
        let Some(reference) = from(gone) else {
            return Ok(());
        };
        let scope = Scope::all().in_namespace(self.reading.config.package_namespace.as_str());
        let charts = self
            .reading
            .cluster
            .list(context, SourceKind::HelmChart.kind(), &scope, Source::read);
        let charts = charts.await?.unwrap_or_default();
        if charts.iter().any(|chart| from(chart).as_ref() == Some(&reference)) {
            return Ok(());
        }
        let (kind, parts) = (SourceKind::HelmRepository.kind(), scope.with_labels(PART));
        let repositories = self.reading.cluster.list(context, kind, &parts, Source::read);
        let repositories = repositories.await?.unwrap_or_default();
        match repositories
            .iter()
            .find(|repository| reference.get("name") == Some(&json!(repository.meta.name)))
        {
            Some(repository) => self.delete_source(context, repository).await,
            None => Ok(()),
        }
    }
}

fn repository_name(url: &str) -> String {
    format!("o2-{:016x}", Fingerprint::new().text(url).value())
}

/// Whether a source is what was sent; the server and its controller may have added something.
fn is_same(source: &Source, sent: &Value) -> bool {
    let (spec, notes) = (&sent["spec"], &sent["metadata"]["annotations"][NOTES]);
    let members = spec.as_object().into_iter().flatten();
    let mut members = members.filter(|(member, _)| *member != "interval");
    let noted = |text: &str| -> Option<Value> {
        let mut notes: Value = serde_json::from_str(text).ok()?;
        notes.as_object_mut()?.remove("description");
        Some(notes)
    };
    members.all(|(member, value)| source.spec.get(member) == Some(value))
        && source.meta.annotation(NOTES).and_then(noted) == notes.as_str().and_then(noted)
}

fn taken(upload: &Upload) -> Error {
    Error::already_exists(PACKAGE, &format!("{}:{}", upload.notes.name, upload.notes.version))
}

fn odd() -> Error {
    Error::new(
        ErrorKind::Internal,
        "the API server answers with a package that cannot be understood",
    )
    .with_fault(Fault::Backend)
}
