"""Nodes that say they are well. Where one has the annotation `peers/ready` ("False", "Unknown"), it says that instead.

A node that somebody deletes is back when its heart beats next.
"""
from api import Followed, now

ZONES = 3
REGION = 'region-1'
OWN = 'peers://'
READY = 'peers/ready'
LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases'
RESOURCES = {'cpu': '8', 'memory': '32Gi', 'ephemeral-storage': '100Gi', 'pods': '110'}
REASONS = {'True': 'KubeletReady', 'False': 'KubeletNotReady', 'Unknown': 'NodeStatusUnknown'}
WELL = {'MemoryPressure': 'KubeletHasSufficientMemory', 'DiskPressure': 'KubeletHasNoDiskPressure',
        'PIDPressure': 'KubeletHasSufficientPID'}


class Nodes(Followed):
    path = '/api/v1/nodes'

    def __init__(self, api, count, port):
        super().__init__(api)
        self.numbers = {f'node-{number}': number for number in range(1, count + 1)}
        self.port = port
        self.own = set()

    def owns(self, node):
        """Whether it was made here: the name alone does not say that."""
        name = node['metadata']['name']
        owned = name in self.numbers and node['spec'].get('providerID', '').startswith(OWN)
        (self.own.add if owned else self.own.discard)(name)
        return owned

    def beat(self, api):
        for name, number in self.numbers.items():
            status, node = api.call('GET', f'{self.path}/{name}')
            if status == 404:
                status, node = api.call('POST', self.path, described(name, number))
            if status in (200, 201) and self.owns(node):
                self.report(api, node)
                renew(api, name)

    def changed(self, item):
        if self.owns(item) and condition(item, 'Ready').get('status') != wanted(item):
            self.report(self.api, item)

    def report(self, api, node):
        name = node['metadata']['name']
        number = self.numbers[name]
        conditions = [told(node, 'Ready', wanted(node), REASONS[wanted(node)])]
        conditions += [told(node, kind, 'False', reason) for kind, reason in WELL.items()]
        identity = f'{number:032x}'
        api.patch(f'{self.path}/{name}/status', {'status': {
            'capacity': RESOURCES,
            'allocatable': dict(RESOURCES, cpu='7800m', memory='30Gi'),
            'conditions': conditions,
            'addresses': [{'type': 'InternalIP', 'address': address(number)}, {'type': 'Hostname', 'address': name}],
            'daemonEndpoints': {'kubeletEndpoint': {'Port': self.port}},
            'nodeInfo': {
                'architecture': 'amd64', 'operatingSystem': 'linux', 'osImage': 'Debian GNU/Linux 12 (bookworm)',
                'kernelVersion': '6.1.0-18-rt-amd64', 'kubeletVersion': 'v1.20.2', 'kubeProxyVersion': 'v1.20.2',
                'containerRuntimeVersion': 'containerd://1.6.20', 'machineID': identity, 'systemUUID': identity,
                'bootID': identity,
            },
        }})


def address(number):
    return f'127.0.{1 + number // 256}.{number % 256}'


def network(number):
    """Where the pods of a node are, but for the last part."""
    return f'10.{244 + number // 256}.{number % 256}'


def described(name, number):
    zone = f'zone-{(number - 1) % ZONES + 1}'
    labels = {
        'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'peers.large', 'topology.kubernetes.io/region': REGION,
        'topology.kubernetes.io/zone': zone,
    }
    spec = {'podCIDR': f'{network(number)}.0/24', 'providerID': f'{OWN}/{REGION}/{zone}/{name}'}
    return {'apiVersion': 'v1', 'kind': 'Node', 'metadata': {'name': name, 'labels': labels}, 'spec': spec}


def wanted(node):
    said = node['metadata'].get('annotations', {}).get(READY)
    return said if said in REASONS else 'True'


def condition(node, kind):
    conditions = node.get('status', {}).get('conditions', [])
    return next((known for known in conditions if known['type'] == kind), {})


def told(node, kind, status, reason):
    known = condition(node, kind)
    since = known['lastTransitionTime'] if known.get('status') == status else now()
    return {'type': kind, 'status': status, 'reason': reason, 'message': 'so it is played',
            'lastHeartbeatTime': now(), 'lastTransitionTime': since}


def renew(api, name):
    spec = {'holderIdentity': name, 'leaseDurationSeconds': 40, 'renewTime': now(microseconds=True)}
    status, _ = api.patch(f'{LEASES}/{name}', {'spec': spec})
    if status == 404:
        kind = {'apiVersion': 'coordination.k8s.io/v1', 'kind': 'Lease'}
        api.call('POST', LEASES, {**kind, 'metadata': {'name': name}, 'spec': spec})
