"""What the API server asks of a node: the logs of its containers.

Each container has written ten lines, and writes five more for whoever follows them.
"""
import http.server
import ssl
import threading
import time
import urllib.parse

from api import now
from node import address

LINES = 10
MORE = 5


class Kubelet(http.server.BaseHTTPRequestHandler):
    pods = None

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        parts = url.path.strip('/').split('/')
        if len(parts) != 4 or parts[0] != 'containerLogs':
            self.say(404, 'there is nothing but logs here')
            return
        _, namespace, pod, container = parts
        problem = self.problem(namespace, pod, container)
        if problem:
            self.say(*problem)
            return
        self.say(200)
        self.lines(f'{container} of {pod}', dict(urllib.parse.parse_qsl(url.query)))

    def say(self, status, text=''):
        self.send_response(status)
        self.send_header('Content-Type', 'text/plain')
        self.end_headers()
        self.wfile.write(text.encode())

    def problem(self, namespace, name, container):
        pod = self.pods.known.get((namespace, name))
        if pod is None:
            return 404, f'pod "{name}" not found'
        kinds = ('containerStatuses', 'initContainerStatuses')
        statuses = [status for kind in kinds for status in pod['status'].get(kind, [])]
        if not any(status['name'] == container and status.get('containerID') for status in statuses):
            return 400, f'container "{container}" in pod "{name}" is waiting to start: trying and failing to pull image'
        return None

    def lines(self, who, query):
        shown = min(int(query.get('tailLines', LINES)), LINES)
        more = MORE if query.get('follow') == 'true' else 0
        for number in range(LINES - shown + 1, LINES + more + 1):
            if number > LINES:
                time.sleep(0.3)
            stamp = now(microseconds=True) + ' ' if query.get('timestamps') == 'true' else ''
            self.wfile.write(f'{stamp}{who}: line {number}\n'.encode())
            self.wfile.flush()

    def log_message(self, format, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Whoever asked has gone."""


def serve(pods, number, arguments):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.certificate, arguments.key)
    server = Server((address(number), arguments.port), type('OfNode', (Kubelet,), {'pods': pods}))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
