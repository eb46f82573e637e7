"""Pods that run at once, and one that is not always restarted (a Job's) succeeds then; those that are deleted go.

An image with "broken" in its name cannot be pulled; what is in one with "failing" ends with an error.
"""
from api import Followed, now
from node import address, network


class Pods(Followed):
    path = '/api/v1/pods'

    def __init__(self, api, nodes):
        super().__init__(api)
        self.nodes = nodes

    def changed(self, item):
        meta, node = item['metadata'], item['spec'].get('nodeName')
        if node not in self.nodes.own:
            return
        path = f'/api/v1/namespaces/{meta["namespace"]}/pods/{meta["name"]}'
        if 'deletionTimestamp' in meta:
            options = {'gracePeriodSeconds': 0, 'preconditions': {'uid': meta['uid']}}
            self.api.call('DELETE', path, {'apiVersion': 'v1', 'kind': 'DeleteOptions', **options})
            return
        status = following(item, self.nodes.numbers[node])
        if status:
            self.api.patch(f'{path}/status', {'metadata': {'uid': meta['uid']}, 'status': status})


def following(pod, number):
    """The status that a pod has next, where there is one."""
    spec, status = pod['spec'], pod.get('status', {})
    if 'startTime' not in status:
        states = [first(container, spec) for container in spec['containers']]
        phase = 'Pending' if any(waits(state, 'ImagePullBackOff') for state in states) else 'Running'
        return dict(lived(pod, phase, states), **placed(pod, number))
    if status['phase'] == 'Running' and spec['restartPolicy'] != 'Always':
        states = [ended(container, status['startTime']) for container in spec['containers']]
        failed = any(state['terminated']['exitCode'] for state in states)
        return lived(pod, 'Failed' if failed else 'Succeeded', states)
    return None


def placed(pod, number):
    ip = f'{network(number)}.{int(pod["metadata"]["uid"][:4], 16) % 253 + 2}'
    began = now()
    inits = pod['spec'].get('initContainers', [])
    inits = [dict(reported(pod, container, ended(container, began)), ready=True) for container in inits]
    return {'startTime': began, 'hostIP': address(number), 'podIP': ip, 'podIPs': [{'ip': ip}],
            'initContainerStatuses': inits}


def first(container, spec):
    image = container['image']
    if 'broken' in image:
        return {'waiting': {'reason': 'ImagePullBackOff', 'message': f'Back-off pulling image "{image}"'}}
    if 'failing' in image and spec['restartPolicy'] == 'Always':
        message = f'back-off 10s restarting failed container={container["name"]}'
        return {'waiting': {'reason': 'CrashLoopBackOff', 'message': message}}
    return {'running': {'startedAt': now()}}


def ended(container, began):
    code = int('failing' in container['image'])
    reason = 'Error' if code else 'Completed'
    return {'terminated': {'exitCode': code, 'reason': reason, 'startedAt': began, 'finishedAt': now()}}


def waits(state, reason):
    return state.get('waiting', {}).get('reason') == reason


def lived(pod, phase, states):
    ready = all('running' in state for state in states)
    reason = None if ready else 'PodCompleted' if phase == 'Succeeded' else 'ContainersNotReady'
    well = {'Initialized': True, 'PodScheduled': True, 'Ready': ready, 'ContainersReady': ready}
    conditions = [
        {'type': kind, 'status': str(holds), 'reason': None if holds else reason, 'lastTransitionTime': now()}
        for kind, holds in well.items()
    ]
    containers = [reported(pod, *both) for both in zip(pod['spec']['containers'], states)]
    return {'phase': phase, 'conditions': conditions, 'containerStatuses': containers}


def reported(pod, container, state):
    runs = 'running' in state
    status = {'name': container['name'], 'image': container['image'], 'imageID': '', 'state': state, 'started': runs,
              'ready': runs, 'restartCount': int(waits(state, 'CrashLoopBackOff'))}
    if not waits(state, 'ImagePullBackOff'):
        status['imageID'] = container['image']
        status['containerID'] = f'containerd://{pod["metadata"]["uid"]}/{container["name"]}'
    return status
