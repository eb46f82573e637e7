//! The cluster as a deployment manager.

use o2_ims::DeploymentManager;

use super::{PREFIX, Settings, World};
use crate::kube::inventory::{Extended, Supplies};

/// Where deployments are managed when nothing says it.
const DEFAULT_URI: &str = "/o2dms/v1";

pub(super) fn manager(settings: &Settings, world: &World) -> DeploymentManager {
    let site = &world.site;
    let infrastructure = &site.infrastructure;
    let of_server = Some(infrastructure.api_server_url.as_str()).filter(|url| !url.is_empty());
    let uri = settings.service_uri.as_deref().or(of_server).unwrap_or(DEFAULT_URI);
    let supplies = Supplies::of(&world.nodes);
    let mut manager = supplies.manager(PREFIX, &site.about, &settings.plugin, settings.o_cloud(site), uri);
    if !site.version.is_empty() {
        manager.description = format!("OpenShift cluster {}", site.version);
    }
    let more = Extended::new(PREFIX)
        .with("openshiftVersion", &site.version)
        .with("platform", infrastructure.platform())
        .with("infrastructureName", &infrastructure.infrastructure_name)
        .with("controlPlaneTopology", &infrastructure.control_plane_topology)
        .with("infrastructureTopology", &infrastructure.infrastructure_topology)
        .with("cpuPartitioning", &infrastructure.cpu_partitioning)
        .done();
    manager.extensions.extend(more);
    manager
}
