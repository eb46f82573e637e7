//! Which properties of which objects are read.

use super::Mode;

type Properties = &'static [(&'static str, &'static [&'static str])];

const PLACE: &[&str] = &["name", "parent"];
const COMPUTE: &[&str] = &[
    "name",
    "parent",
    "resourcePool",
    "customValue",
    "overallStatus",
    "summary.totalCpu",
    "summary.totalMemory",
    "summary.numCpuCores",
    "summary.numHosts",
];
const CLUSTER: &[&str] = &[
    "name",
    "parent",
    "resourcePool",
    "customValue",
    "overallStatus",
    "summary.totalCpu",
    "summary.totalMemory",
    "summary.numCpuCores",
    "summary.numHosts",
    "configuration.drsConfig.enabled",
    "configuration.dasConfig.enabled",
];
const POOL: &[&str] = &[
    "name",
    "parent",
    "owner",
    "customValue",
    "overallStatus",
    "config.cpuAllocation",
    "config.memoryAllocation",
    "config.changeVersion",
];
const HOST: &[&str] = &[
    "name",
    "parent",
    "overallStatus",
    "summary.hardware",
    "summary.config.product",
    "runtime.connectionState",
    "runtime.powerState",
    "runtime.inMaintenanceMode",
];
const MACHINE: &[&str] = &[
    "name",
    "resourcePool",
    "overallStatus",
    "runtime.host",
    "runtime.powerState",
    "runtime.connectionState",
    "config.instanceUuid",
    "config.template",
    "config.guestId",
    "summary.config.numCpu",
    "summary.config.memorySizeMB",
    "parent",
];

static OF_HOSTS: Properties = &[
    ("Datacenter", PLACE),
    ("Folder", PLACE),
    ("ComputeResource", COMPUTE),
    ("ClusterComputeResource", CLUSTER),
    ("ResourcePool", POOL),
    ("VirtualApp", POOL),
    ("HostSystem", HOST),
];

static OF_MACHINES: Properties = &[
    ("Datacenter", PLACE),
    ("Folder", PLACE),
    ("ComputeResource", COMPUTE),
    ("ClusterComputeResource", CLUSTER),
    ("ResourcePool", POOL),
    ("VirtualApp", POOL),
    ("VirtualMachine", MACHINE),
];

/// What is read in this mode.
pub(super) fn properties(mode: Mode) -> Properties {
    match mode {
        Mode::Hosts => OF_HOSTS,
        Mode::Vms => OF_MACHINES,
    }
}
