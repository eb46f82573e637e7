"""Plays the nodes of a cluster that has an API server and nothing that runs containers.

Keeps some nodes ready (node.py), moves the pods that are bound to them (pod.py), and answers for their logs as a
kubelet does (kubelet.py). It lets alone every node that it has not made, and lives through an API server that goes away.
"""
import argparse
import threading
import time

from api import Api, for_ever
from kubelet import serve
from node import Nodes
from pod import Pods

HEARTBEAT = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, required=True, help='how many nodes')
    parser.add_argument('--server', required=True, help='the URL of the API server')
    parser.add_argument('--authority', required=True, help='the file with the certificate that signed its certificate')
    parser.add_argument('--token', required=True)
    parser.add_argument('--port', type=int, required=True, help='where each node answers, on an address of its own')
    parser.add_argument('--certificate', required=True, help='the file with what it shows then')
    parser.add_argument('--key', required=True, help='the file with the key of that')
    arguments = parser.parse_args()

    def api():
        return Api(arguments.server, arguments.authority, arguments.token)

    nodes = Nodes(api(), arguments.count, arguments.port)
    pods = Pods(api(), nodes)
    for number in nodes.numbers.values():
        serve(pods, number, arguments)

    heart, begun = api(), threading.Event()

    def beat():
        nodes.beat(heart)
        begun.set()
        time.sleep(HEARTBEAT)

    for_ever(beat)
    begun.wait()
    for_ever(nodes.follow)
    for_ever(pods.follow).join()


if __name__ == '__main__':
    main()
