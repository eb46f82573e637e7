"""Makes hosts, two flavors and a server: hosts.py NOVA_CONF KEYSTONE PLACEMENT COUNT. Hosts are host-1, host-2... The server is
on host-4 in a project of nobody. What is there stays."""

import sys
import uuid

from nova import config, context, objects
from nova.network import model

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


def server(name, host):
    """What Nova writes down of a server that runs."""
    size = objects.Flavor.get_by_name(admin, "small")
    somebody = uuid.uuid5(uuid.NAMESPACE_DNS, "somebody").hex
    owner = {"project_id": somebody, "user_id": somebody}
    of = str(uuid.uuid5(uuid.NAMESPACE_DNS, name))
    with context.target_cell(admin, cell) as inside:
        node = objects.ComputeNode.get_by_host_and_nodename(inside, host, f"{host}.example.com")
        objects.Instance(
            inside,
            uuid=of,
            display_name=name,
            hostname=name,
            host=host,
            node=node.hypervisor_hostname,
            compute_id=node.id,
            launched_on=host,
            vm_state="active",
            power_state=1,
            vcpus=size.vcpus,
            memory_mb=size.memory_mb,
            root_gb=size.root_gb,
            ephemeral_gb=0,
            instance_type_id=size.id,
            flavor=size,
            old_flavor=None,
            new_flavor=None,
            metadata={"nf": "amf"},
            system_metadata={},
            image_ref="",
            info_cache=objects.InstanceInfoCache(inside, instance_uuid=of, network_info=model.NetworkInfo()),
            **owner,
        ).create()
    objects.InstanceMapping(
        admin, instance_uuid=of, cell_mapping=cell, queued_for_delete=False, **owner
    ).create()


sizes = {"small": 1, "large": 8}
for name in sizes.keys() - {known.name for known in objects.FlavorList.get_all(admin)}:
    flavor(name, sizes[name])
for number in range(1, int(count) + 1):
    host = f"host-{number}"
    if host not in mapped:
        provider(rows(host, number), host)
if int(count) >= 4 and not objects.InstanceMappingList.get_by_cell_id(admin, cell.id):
    server("server-1", "host-4")
