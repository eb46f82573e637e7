//! How the plugin of the tests is set up: its repositories, and who may use them.

use std::path::PathBuf;

use o2_core::TenantId;
use o2_core::ports::Secret;

use crate::dms::helm::{HelmConfig, RepositoryConfig, RepositoryKind};
use crate::kube::ClusterConfig;

/// The most replicas of a deployment in these worlds.
pub(super) const MOST: u32 = 5;
/// What nobody may read anywhere.
pub(super) const PASSWORD: &str = "pull-s3cret";
/// The chart that everybody deploys.
pub(super) const WEB: &str = "web";

fn repository(name: &str, charts: &[&str], tenant: Option<&str>) -> RepositoryConfig {
    let url = format!("oci://registry.example/{name}");
    let mut repository = RepositoryConfig::new(name, RepositoryKind::Oci, url);
    repository.charts = charts.iter().map(ToString::to_string).collect();
    repository.username = Some("robot".to_owned());
    repository.password = Some(Secret::new(PASSWORD));
    repository.tenant = tenant.map(TenantId::new);
    repository.uploads = tenant.is_some();
    repository
}

/// The settings of the plugin in these worlds.
pub(super) fn config() -> HelmConfig {
    let mut museum = RepositoryConfig::new("museum", RepositoryKind::ChartMuseum, "https://charts.example/stable");
    museum.uploads = true;
    let repositories = vec![
        repository("edge", &[WEB, "nested"], None),
        museum,
        repository("red", &["private", "conformance-foreign"], Some("red")),
        repository("blue", &["private"], Some("blue")),
    ];
    let mut config = HelmConfig::new(ClusterConfig::of_client("test"), repositories);
    config.kubeconfig = Some(PathBuf::from("/etc/o2/kubeconfig"));
    config.namespace = "lab".to_owned();
    config.replicas.max = MOST;
    config
}
