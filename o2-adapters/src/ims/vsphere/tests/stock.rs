//! What a played vCenter has: two datacenters with a cluster of two hosts each, a host that stands alone, and pools.

use std::collections::BTreeMap;

use super::super::vim::Ref;
use super::played::{Properties, text};

fn object(kind: &str, id: &str, name: &str, parent: Option<&Ref>, more: &[(&str, String)]) -> (Ref, Properties) {
    let mut properties = Properties::from([("name".to_owned(), text(name))]);
    properties.extend(parent.map(|parent| ("parent".to_owned(), parent.write("val"))));
    properties.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    (Ref::new(kind, id), properties)
}

pub(super) fn stock() -> BTreeMap<Ref, Properties> {
    let root = Ref::new("Folder", "group-d1");
    let fields = r#"<val xsi:type="ArrayOfCustomFieldDef"></val>"#.to_owned();
    let fields = Properties::from([("field".to_owned(), fields)]);
    let mut all = BTreeMap::from([
        object("Folder", "group-d1", "Datacenters", None, &[]),
        (Ref::new("CustomFieldsManager", "CustomFieldsManager"), fields),
    ]);
    for (number, name) in [(1, "dallas"), (2, "munich%2fnorth")] {
        datacenter(&mut all, &root, number, name);
    }
    all
}

fn datacenter(all: &mut BTreeMap<Ref, Properties>, root: &Ref, number: u32, name: &str) {
    let id = |kind: &str| format!("{kind}{number}");
    let center = Ref::new("Datacenter", &id("datacenter-"));
    let folder = Ref::new("Folder", &id("group-h1"));
    let cluster = Ref::new("ClusterComputeResource", &id("domain-c"));
    let first = Ref::new("ResourcePool", &id("resgroup-"));
    all.extend([
        object("Datacenter", &center.id, name, Some(root), &[]),
        object("Folder", &folder.id, "host", Some(&center), &[]),
        object(
            "ClusterComputeResource",
            &cluster.id,
            &format!("cluster-{number}"),
            Some(&folder),
            &[
                ("resourcePool", first.write("val")),
                ("overallStatus", text("green")),
                ("summary.totalCpu", text("9576")),
                ("summary.totalMemory", text("12883292160")),
                ("configuration.drsConfig.enabled", text("true")),
            ],
        ),
        object("ResourcePool", &first.id, "Resources", Some(&cluster), &pool(&cluster)),
        object(
            "ResourcePool",
            &id("resgroup-1"),
            "radio",
            Some(&first),
            &pool(&cluster),
        ),
    ]);
    for host in 1..=2 {
        all.extend([host_of(&cluster, &format!("host-{number}{host}"))]);
    }
}

fn pool(owner: &Ref) -> Vec<(&'static str, String)> {
    let allocation = allocation("0", "true", "-1", "4000", "normal");
    vec![
        ("owner", owner.write("val")),
        ("config.cpuAllocation", allocation.clone()),
        ("config.memoryAllocation", allocation),
    ]
}

pub(super) fn host_of(cluster: &Ref, id: &str) -> (Ref, Properties) {
    let hardware = format!(
        r#"<val xsi:type="HostHardwareSummary"><vendor>Dell Inc.</vendor><model>PowerEdge R650</model>
        <uuid>uuid-of-{id}</uuid><otherIdentifyingInfo><identifierValue>TAG-{id}</identifierValue><identifierType>
        <label>Service tag</label><summary>Service tag of the system</summary><key>ServiceTag</key></identifierType>
        </otherIdentifyingInfo><memorySize>274877906944</memorySize><cpuModel>Xeon 6338N</cpuModel>
        <cpuMhz>2200</cpuMhz><numCpuPkgs>2</numCpuPkgs><numCpuCores>64</numCpuCores><numCpuThreads>128</numCpuThreads>
        <numNics>4</numNics><numHBAs>2</numHBAs></val>"#
    );
    object(
        "HostSystem",
        id,
        &format!("{id}.example.com"),
        Some(cluster),
        &[
            ("overallStatus", text("green")),
            ("summary.hardware", hardware),
            ("runtime.connectionState", text("connected")),
            ("runtime.powerState", text("poweredOn")),
            ("runtime.inMaintenanceMode", text("false")),
        ],
    )
}

pub(super) fn allocation(reservation: &str, expandable: &str, limit: &str, shares: &str, level: &str) -> String {
    format!(
        r#"<val xsi:type="ResourceAllocationInfo"><reservation>{reservation}</reservation>
        <expandableReservation>{expandable}</expandableReservation><limit>{limit}</limit>
        <shares><shares>{shares}</shares><level>{level}</level></shares></val>"#
    )
}

/// Alarms of two hosts, of a cluster, and one that is over, with their definitions.
pub(super) fn alarms() -> (Vec<String>, BTreeMap<Ref, Properties>) {
    let host = |id: &str| Ref::new("HostSystem", id);
    let states = [
        alarm("alarm-1", &host("host-11"), "red", "<acknowledged>false</acknowledged>"),
        alarm(
            "alarm-2",
            &host("host-12"),
            "yellow",
            "<acknowledged>true</acknowledged><acknowledgedByUser>admin</acknowledgedByUser>\
             <acknowledgedTime>2026-01-01T00:10:00Z</acknowledgedTime>",
        ),
        alarm("alarm-1", &host("host-21"), "gray", ""),
        alarm("alarm-1", &host("host-22"), "green", ""),
        alarm("alarm-2", &Ref::new("ClusterComputeResource", "domain-c1"), "red", ""),
    ];
    let definition = |id: &str, name: &str| {
        let texts = [("info.name", text(name)), ("info.description", text("What it is for"))];
        let properties = texts.map(|(name, value)| (name.to_owned(), value));
        (Ref::new("Alarm", id), Properties::from(properties))
    };
    let definitions = [
        definition("alarm-1", "Host connection and power state"),
        definition("alarm-2", "Host memory usage"),
    ];
    (states.into(), definitions.into())
}

pub(super) fn alarm(definition: &str, entity: &Ref, colour: &str, more: &str) -> String {
    let alarm = Ref::new("Alarm", definition).write("alarm");
    format!(
        "<AlarmState><key>{definition}.{}</key>{}{alarm}<overallStatus>{colour}</overallStatus>\
         <time>2026-01-01T00:00:00.5Z</time>{more}<eventKey>7</eventKey></AlarmState>",
        entity.id,
        entity.write("entity")
    )
}
