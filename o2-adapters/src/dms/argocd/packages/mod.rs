//! Packages. Argo CD has no store of them: a package is a chart or a directory of a repository in one version. What was
//! registered through O2 is in ConfigMaps beside the Applications; repositories that are registered with Argo CD, and what
//! Applications deploy that nobody has registered, are shown too.

mod registered;
mod repository;
mod upload;

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_dms::DeploymentPackage;
use serde_json::json;

use super::draw::{Drawn, unregistered};
use super::source::{Coordinates, What};
pub(super) use registered::{CONFIG_MAPS, OF, Registered, config_map, name_of};
pub(super) use repository::{REPOSITORY_LABEL, Repository, SECRETS};
pub(super) use upload::Upload;

/// What callers may say about a package, and what is said about one.
pub(super) const CHART: &str = "argocd.chart";
pub(super) const PATH: &str = "argocd.path";
pub(super) const REPOSITORY: &str = "argocd.repository";
pub(super) const TARGET_REVISION: &str = "argocd.targetRevision";
pub(super) const TOOL: &str = "argocd.tool";

/// A package, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) shown: Arc<DeploymentPackage>,
    pub(super) origin: Origin,
}

/// Where a package comes from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// It was registered through O2.
    Registered(Box<Registered>),
    /// A repository, of which callers say what they want.
    Repository(Box<Repository>),
    /// Somebody deploys it.
    Deployed(Coordinates),
}

/// Everything that can be deployed, by id.
pub(super) fn draw<'d>(
    tenant_label: &str,
    registered: Vec<Registered>,
    repositories: Vec<Repository>,
    deployments: impl Iterator<Item = &'d Drawn>,
) -> BTreeMap<String, Package> {
    let registered = registered.into_iter().map(|registered| Package {
        shown: Arc::new(registered.shown(tenant_label)),
        origin: Origin::Registered(Box::new(registered)),
    });
    let repositories = repositories.into_iter().map(|repository| Package {
        shown: Arc::new(repository.shown(tenant_label)),
        origin: Origin::Repository(Box::new(repository)),
    });
    let known = registered.chain(repositories);
    let mut packages: BTreeMap<_, _> = known
        .map(|package| (package.shown.package_id.to_string(), package))
        .collect();
    for drawn in deployments {
        if let Some(package) = deployed(drawn) {
            packages.entry(package.shown.package_id.to_string()).or_insert(package);
        }
    }
    packages
}

/// The package of a deployment, unless somebody has registered it.
fn deployed(drawn: &Drawn) -> Option<Package> {
    let deployment = &drawn.deployment;
    let coordinates = drawn.source.coordinates();
    let id = unregistered(deployment.tenant_id.as_ref().map(o2_core::Id::as_str), &coordinates);
    if deployment.package_id.as_str() != id {
        return None;
    }
    let (name, version) = (coordinates.name(), coordinates.version());
    let mut package = DeploymentPackage::new(id, name, version, coordinates.package_type());
    package.tenant_id.clone_from(&deployment.tenant_id);
    describe(&mut package, &coordinates);
    Some(Package {
        shown: Arc::new(package),
        origin: Origin::Deployed(coordinates),
    })
}

/// Says where a package is.
fn describe(package: &mut DeploymentPackage, coordinates: &Coordinates) {
    let (key, what) = match &coordinates.what {
        What::Chart(chart) => (CHART, chart),
        What::Path(path) => (PATH, path),
    };
    let url = repository::without_credentials(&coordinates.repo_url);
    package.package_url.get_or_insert_with(|| url.clone());
    let said = [
        (REPOSITORY, &url),
        (key, what),
        (TARGET_REVISION, &coordinates.target_revision),
    ];
    for (key, text) in said {
        package.extensions.insert(key.to_owned(), json!(text));
    }
}
