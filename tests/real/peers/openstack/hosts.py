"""Makes hosts, and two flavors: hosts.py NOVA_CONF KEYSTONE PLACEMENT COUNT. Hosts are host-1, host-2... What is there stays."""

import sys
import uuid

from nova import config, context, objects

from identity import session

conf, identity, placement, count = sys.argv[1:5]
config.parse_args(["hosts", "--config-file", conf], configure_db=True)
objects.register_all()
admin = context.get_admin_context()
cell = next(cell for cell in objects.CellMappingList.get_all(admin) if not cell.is_cell0())
mapped = {mapping.host for mapping in objects.HostMappingList.get_by_cell_id(admin, cell.id)}
providers = session(identity)
providers.headers["OpenStack-API-Version"] = "placement 1.20"


def rows(name, number):
    """What nova-compute writes down of itself."""
    with context.target_cell(admin, cell) as inside:
        service = objects.Service(
            inside, host=name, binary="nova-compute", topic="compute", report_count=1, disabled=False
        )
        service.create()
        node = objects.ComputeNode(
            inside,
            uuid=str(uuid.uuid5(uuid.NAMESPACE_DNS, name)),
            service_id=service.id,
            host=name,
            hypervisor_hostname=f"{name}.example.com",
            hypervisor_type="QEMU",
            hypervisor_version=8_002_000,
            host_ip=f"192.0.2.{number % 254 + 1}",
            vcpus=64,
            memory_mb=262_144,
            local_gb=1_000,
            vcpus_used=0,
            memory_mb_used=512,
            local_gb_used=0,
            free_ram_mb=261_632,
            free_disk_gb=1_000,
            running_vms=0,
            current_workload=0,
            cpu_info="{}",
            cpu_allocation_ratio=4.0,
            ram_allocation_ratio=1.0,
            disk_allocation_ratio=1.0,
            mapped=1,
        )
        node.create()
    objects.HostMapping(admin, cell_mapping=cell, host=name).create()
    return node.uuid


def provider(of, name):
    """What Placement counts."""
    made = providers.post(
        f"{placement}/resource_providers", json={"uuid": of, "name": f"{name}.example.com"}, timeout=60
    )
    made.raise_for_status()
    amounts = {
        "VCPU": {"total": 64, "allocation_ratio": 4.0},
        "MEMORY_MB": {"total": 262_144, "reserved": 512},
        "DISK_GB": {"total": 1_000},
    }
    body = {"resource_provider_generation": made.json()["generation"], "inventories": amounts}
    providers.put(f"{placement}/resource_providers/{of}/inventories", json=body, timeout=60).raise_for_status()


def flavor(name, vcpus):
    """A size of servers that everybody sees."""
    objects.Flavor(
        admin,
        flavorid=name,
        name=name,
        vcpus=vcpus,
        memory_mb=vcpus * 2_048,
        root_gb=20,
        ephemeral_gb=0,
        swap=0,
        rxtx_factor=1.0,
        vcpu_weight=0,
        disabled=False,
        is_public=True,
        extra_specs={"hw:cpu_policy": "shared"},
    ).create()


sizes = {"small": 1, "large": 8}
for name in sizes.keys() - {known.name for known in objects.FlavorList.get_all(admin)}:
    flavor(name, sizes[name])
for number in range(1, int(count) + 1):
    host = f"host-{number}"
    if host not in mapped:
        provider(rows(host, number), host)
