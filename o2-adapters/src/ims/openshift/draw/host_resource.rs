//! How a bare machine is shown: by itself, or as more about the machine or node that runs on it.

use o2_core::plugin::HealthStatus;
use o2_ims::model::{ObjectHealth, ResourceClass, ResourceKind};
use o2_ims::{Resource, ResourceType, ResourceTypeId};

use super::PREFIX;
use crate::ims::openshift::kinds::Host;
use crate::kube::inventory::{Extended, NodePlace};

/// A host that is no node.
pub(super) fn host_resource(host: &Host, place: NodePlace) -> Resource {
    let mut resource = Resource::new(place.id, host_type_id(host), place.pool);
    resource.name = Some(host.meta.name.clone());
    resource.description = format!("Bare metal host, {}", host.status.provisioning.state);
    resource.tenant_id = place.tenant;
    resource.labels = host.meta.labels.clone();
    resource.created_at = host.meta.created;
    resource.health = Some(health(host));
    resource
}

/// Adds what the host says; where hosts are resources, it is of the host's type.
pub(super) fn extend(resource: &mut Resource, host: &Host, by_hosts: bool) {
    let hardware = host.status.hardware.as_ref();
    let vendor = hardware.map(|hardware| &hardware.system_vendor);
    let serial = vendor.map(|vendor| vendor.serial_number.as_str());
    if by_hosts {
        resource.resource_type_id = host_type_id(host);
        let labels = host.meta.labels.iter();
        for (key, value) in labels {
            resource.labels.entry(key.clone()).or_insert_with(|| value.clone());
        }
        if let Some(serial) = serial.filter(|serial| !serial.is_empty()) {
            resource.global_asset_id = Some(serial.to_owned());
        }
    }
    let more = Extended::new(PREFIX)
        .with("host", host.meta.path())
        .with("hostState", &host.status.provisioning.state)
        .with("operationalStatus", &host.status.operational_status)
        .with("online", host.spec.online)
        .with("poweredOn", host.status.powered_on)
        .with("bootMacAddress", &host.spec.boot_mac_address)
        .with("siteId", host.site())
        .with("manufacturer", vendor.map(|vendor| &vendor.manufacturer))
        .with("productName", vendor.map(|vendor| &vendor.product_name))
        .with("serialNumber", serial)
        .with("processors", hardware.map(|hardware| &hardware.cpu))
        .with("memoryMebibytes", hardware.map(|hardware| hardware.ram_mebibytes))
        .with("nics", hardware.map(|hardware| &hardware.nics))
        .with("disks", hardware.map(|hardware| &hardware.storage))
        .with("hostname", hardware.map(|hardware| &hardware.hostname))
        .done();
    resource.extensions.extend(more);
}

fn health(host: &Host) -> ObjectHealth {
    let mut health = ObjectHealth::new(if host.is_well() {
        HealthStatus::Healthy
    } else {
        HealthStatus::Unhealthy
    });
    health.message = Some(host.status.error_message.clone()).filter(|message| !message.is_empty());
    health
}

/// Who made a host, and what it is called, as far as it has been inspected.
fn make(host: &Host) -> (&str, &str) {
    let vendor = host.status.hardware.as_ref().map(|hardware| &hardware.system_vendor);
    let known = |text: Option<&'_ String>| text.is_some_and(|text| !text.is_empty());
    let (manufacturer, product) = (
        vendor.map(|vendor| &vendor.manufacturer),
        vendor.map(|vendor| &vendor.product_name),
    );
    (
        manufacturer
            .filter(|_| known(manufacturer))
            .map_or("unknown", |text| text),
        product.filter(|_| known(product)).map_or("unknown", |text| text),
    )
}

/// `host.Dell-Inc.PowerEdge-XR8620t`: without what would have to be written otherwise in URLs.
fn host_type_id(host: &Host) -> ResourceTypeId {
    let (manufacturer, product) = make(host);
    ResourceTypeId::new(format!("host.{}.{}", plain(manufacturer), plain(product)))
}

fn plain(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    parts.join("-")
}

/// The type that a host is an example of.
pub(super) fn host_type(o_cloud: &str, host: &Host) -> ResourceType {
    let (manufacturer, product) = make(host);
    let name = format!("{manufacturer} {product}");
    let mut of_host = ResourceType::new(host_type_id(host), name.clone());
    of_host.description = format!("Bare metal host, {name}");
    of_host.vendor = manufacturer.to_owned();
    of_host.model = product.to_owned();
    let arch = host
        .status
        .hardware
        .as_ref()
        .map_or("", |hardware| hardware.cpu.arch.as_str());
    of_host.version = if arch.is_empty() { "unknown" } else { arch }.to_owned();
    of_host.resource_kind = ResourceKind::Physical;
    of_host.resource_class = ResourceClass::Compute;
    of_host.o_cloud_id = o_cloud.to_owned();
    of_host
}
