//! [`Repositories`]: where packages come from, and where uploaded ones go.

mod index;
mod oci;
mod package;
mod source;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::Bytes;
use o2_core::error::Excerpt;
use o2_core::ports::Ports;
use o2_core::query::{Fingerprint, ListQuery, Marker};
use o2_core::{Context, Error, ErrorKind, Fault, Model, Page, Result, TenantId};
use o2_dms::{DeploymentPackage, PackageId, PackageUpload};

use super::chart::{self, Chart, is_version};
use super::config::RepositoryConfig;
pub(super) use index::IndexRepository;
pub(super) use oci::{Login, Registry};
pub(super) use package::{Found, LONGEST_NAME, PACKAGE_TYPE, PackageRef, is_repository_name, unknown_package};
pub(super) use source::Source;
use source::{Checked, Named};

/// The most packages in one page.
pub(super) const LARGEST_PAGE: u32 = 100;

/// Every repository of the configuration, in the order of their names.
#[derive(Debug)]
pub(super) struct Repositories {
    each: Vec<Repository>,
}

/// One repository.
#[derive(Debug)]
struct Repository {
    name: String,
    /// Whose everything in it is; shared when absent.
    tenant: Option<TenantId>,
    /// Whether what is uploaded goes here.
    uploads: bool,
    source: Arc<dyn Source>,
}

/// Where a page ends: the repository, and the last chart that was looked at in it.
type Position = (String, Option<Named>);

impl Repositories {
    pub(super) fn new(configs: &[RepositoryConfig], ports: &Ports) -> Result<Self> {
        let mut each = Vec::new();
        for (number, config) in configs.iter().enumerate() {
            each.push(Repository {
                name: config.name.clone(),
                tenant: config.tenant.clone(),
                uploads: config.uploads,
                source: Arc::new(Checked(config.open(number, ports)?)),
            });
        }
        each.sort_by(|a: &Repository, b: &Repository| a.name.cmp(&b.name));
        Ok(Self { each })
    }

    /// Whether there is one in which packages can be stored.
    pub(super) fn is_writable(&self) -> bool {
        let writable = |repository: &Repository| repository.uploads && repository.source.is_writable();
        self.each.iter().any(writable)
    }

    fn seen_by(&self, context: &Context) -> Vec<&Repository> {
        let sees = |repository: &&Repository| context.sees(repository.tenant.as_ref());
        self.each.iter().filter(sees).collect()
    }

    fn named(&self, context: &Context, name: &str) -> Option<&Repository> {
        self.seen_by(context)
            .into_iter()
            .find(|repository| repository.name == name)
    }

    /// A page of what `context` may see.
    pub(super) async fn page(&self, context: &Context, query: &ListQuery) -> Result<Page<DeploymentPackage>> {
        let binding = Fingerprint::new()
            .text(DeploymentPackage::OBJECT)
            .text(context.tenant().map_or("", |tenant| tenant.as_str()))
            .value();
        let marker = query.marker.as_deref();
        let begin: Option<Position> = marker.map(|marker| Marker::decode(marker, binding)).transpose()?;
        let limit = query.limit.unwrap_or(LARGEST_PAGE).clamp(1, LARGEST_PAGE) as usize;
        let mut items = Vec::new();
        for repository in self.seen_by(context) {
            let after = match &begin {
                Some((name, _)) if repository.name < *name => continue,
                Some((name, after)) if repository.name == *name => after.as_ref(),
                _ => None,
            };
            if items.len() >= limit {
                let position: Position = (repository.name.clone(), None);
                return Ok(Page::new(items, Some(Marker::encode(binding, &position)?)));
            }
            let page = repository.source.page(context, after, limit - items.len()).await?;
            let packages = page.found.iter().map(|found| Arc::new(repository.package(found)));
            items.extend(packages);
            if let Some(next) = page.next {
                let position: Position = (repository.name.clone(), Some(next));
                return Ok(Page::new(items, Some(Marker::encode(binding, &position)?)));
            }
        }
        Ok(Page::new(items, None))
    }

    /// The package with this id, as it is in its repository.
    pub(super) async fn get(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let (repository, found) = self.lookup(context, id).await?;
        Ok(Arc::new(repository.package(&found)))
    }

    async fn lookup(&self, context: &Context, id: &PackageId) -> Result<(&Repository, Found)> {
        let unknown = || Error::not_found(DeploymentPackage::OBJECT, id.as_str());
        let wanted = PackageRef::parse(id.as_str());
        let named = wanted.and_then(|wanted| Some((self.named(context, &wanted.repository)?, wanted)));
        let Some((repository, wanted)) = named else {
            self.check_there(context).await?;
            return Err(unknown());
        };
        let found = repository.source.find(context, &wanted.chart, &wanted.version).await?;
        let found = found.filter(|found| found.reference(&repository.name) == wanted);
        Ok((repository, found.ok_or_else(unknown)?))
    }

    /// Checks that the repositories answer: of what they cannot be asked for it is said only then that it is not there.
    async fn check_there(&self, context: &Context) -> Result<()> {
        for repository in self.seen_by(context) {
            repository.source.page(context, None, 1).await?;
        }
        Ok(())
    }

    /// The chart of a package, with the archive.
    ///
    /// # Errors
    /// `NotFound`; `Internal` with the backend's fault when another content came than the one that the id names; those of the
    /// repository.
    pub(super) async fn chart(&self, context: &Context, id: &PackageId) -> Result<(PackageRef, Chart)> {
        let (repository, found) = self.lookup(context, id).await?;
        let archive = repository.source.fetch(context, &found).await?;
        let chart = read(&found, archive)?;
        Ok((found.reference(&repository.name), chart))
    }

    /// A package of this name and version, wherever one is: for releases of which nobody knows what they were made of.
    pub(super) async fn like(&self, context: &Context, chart: &str, version: &str) -> Result<Option<PackageId>> {
        for repository in self.seen_by(context) {
            if let Some(found) = repository.source.find(context, chart, version).await? {
                return Ok(Some(found.reference(&repository.name).id()));
            }
        }
        Ok(None)
    }

    /// Stores a chart. `true` when it was not there before.
    pub(super) async fn store(
        &self,
        context: &Context,
        chart: &Chart,
        upload: &PackageUpload,
    ) -> Result<(Arc<DeploymentPackage>, bool)> {
        let repository = self.for_upload(context, upload)?;
        let (name, version) = (&chart.metadata.name, &chart.metadata.version);
        if let Some(there) = repository.source.find(context, name, version).await? {
            return repository.same(&there, chart).map(|package| (package, false));
        }
        let taken = match repository.source.store(context, chart, &upload.description).await {
            Ok(()) => false,
            // Somebody else was faster.
            Err(error) if error.is(ErrorKind::AlreadyExists) => true,
            Err(error) if error.is(ErrorKind::NotFound) => {
                let message = format!(
                    "the repository '{}' has no place for the chart '{name}'",
                    repository.name
                );
                return Err(Error::new(ErrorKind::Unsupported, message).with_source(error));
            }
            Err(error) => return Err(error),
        };
        let found = repository.source.find(context, name, version).await?;
        let found = found.ok_or_else(|| {
            let message = format!("the repository '{}' does not show what it has taken", repository.name);
            Error::new(ErrorKind::Internal, message).with_fault(Fault::Backend)
        })?;
        repository.same(&found, chart).map(|package| (package, !taken))
    }

    /// The repository that an upload goes to: the one that it names, or the first that takes some.
    fn for_upload(&self, context: &Context, upload: &PackageUpload) -> Result<&Repository> {
        const KEY: &str = "helm.repository";
        let writable = |repository: &&Repository| repository.uploads && repository.source.is_writable();
        if let Some(name) = upload.extensions.get(KEY) {
            let name = name.as_str().unwrap_or_default();
            let named = self.named(context, name).filter(writable);
            return named.ok_or_else(|| {
                let reason = format!("there is no repository '{}' that takes uploads", Excerpt(name));
                Error::violation(format!("extensions.{KEY}"), reason)
            });
        }
        // The caller's own goes before everybody's, and that before what belongs to a tenant of whom nothing was said.
        let rank = |repository: &&Repository| match &repository.tenant {
            owner @ Some(_) if owner.as_ref() == context.tenant() => 0,
            None => 1,
            Some(_) => 2,
        };
        let mut all: Vec<_> = self.seen_by(context).into_iter().filter(writable).collect();
        all.sort_by_key(rank);
        all.first()
            .copied()
            .ok_or_else(|| Error::new(ErrorKind::Unsupported, "no repository of this plugin takes uploads"))
    }

    /// The package that a URL leads to, if it is in one of the repositories.
    pub(super) async fn at(&self, context: &Context, url: &str) -> Result<Option<Arc<DeploymentPackage>>> {
        for repository in self.seen_by(context) {
            for (chart, version) in named_by(url) {
                let found = repository.source.find(context, &chart, &version).await?;
                if let Some(found) = found.filter(|found| found.url == url) {
                    return Ok(Some(Arc::new(repository.package(&found))));
                }
            }
        }
        Ok(None)
    }

    /// Deletes a package that nothing uses.
    pub(super) async fn delete(&self, context: &Context, id: &PackageId) -> Result<Arc<DeploymentPackage>> {
        let (repository, found) = self.lookup(context, id).await?;
        if !repository.source.is_writable() {
            let message = format!("the repository '{}' is only read", repository.name);
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let deleted = repository.source.delete(context, &found).await;
        match deleted {
            Err(error) if error.is(ErrorKind::NotFound) => {
                Err(Error::not_found(DeploymentPackage::OBJECT, id.as_str()).with_source(error))
            }
            deleted => deleted.map(|()| Arc::new(repository.package(&found))),
        }
    }
}

impl Repository {
    fn package(&self, found: &Found) -> DeploymentPackage {
        found.package(&self.name, self.tenant.as_ref())
    }

    /// The package that is there, if it has the content of `chart`.
    fn same(&self, there: &Found, chart: &Chart) -> Result<Arc<DeploymentPackage>> {
        if there.digest == chart.digest {
            return Ok(Arc::new(self.package(there)));
        }
        let version = format!("{}:{}", chart.metadata.name, chart.metadata.version);
        Err(Error::already_exists(DeploymentPackage::OBJECT, &version))
    }
}

/// The chart in an archive, which must be the one that was announced.
fn read(found: &Found, archive: Bytes) -> Result<Chart> {
    let odd = |reason: String| {
        let message = format!("the package '{}' is not as its repository says", found.metadata.name);
        Error::new(ErrorKind::Internal, message)
            .with_fault(Fault::Backend)
            .with_detail(reason)
    };
    if chart::digest(&archive) != found.digest {
        return Err(odd("its digest is another one".to_owned()));
    }
    Chart::read(archive).map_err(|flaw| flaw.at("packageId"))
}

/// What the last part of a URL may name: `o2demo:0.1.0` in a registry, `o2demo-0.1.0.tgz` elsewhere. Names and versions may
/// have hyphens.
fn named_by(url: &str) -> Vec<Named> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    if let Some((name, tag)) = last.split_once(':') {
        return vec![(name.to_owned(), tag.replace('_', "+"))];
    }
    let stem = last.strip_suffix(".tgz").unwrap_or_default();
    let splits = stem.match_indices('-').map(|(at, _)| (&stem[..at], &stem[at + 1..]));
    let named = splits.filter(|(_, version)| is_version(version));
    named
        .map(|(name, version)| (name.to_owned(), version.to_owned()))
        .collect()
}
