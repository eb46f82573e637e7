"""The API server, as far as it is needed here."""
import datetime
import http.client
import json
import ssl
import threading
import time
import urllib.parse


def now(microseconds=False):
    moment = datetime.datetime.now(datetime.timezone.utc)
    return moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ' if microseconds else '%Y-%m-%dT%H:%M:%SZ')


class Api:
    """Calls go over one connection, so each thread has its own."""

    def __init__(self, server, authority, token):
        self.server = urllib.parse.urlsplit(server)
        self.context = ssl.create_default_context(cafile=authority)
        self.token = token
        self.connection = None

    def call(self, method, path, body=None, kind='application/json'):
        """The status, and what was answered."""
        if self.connection is None:
            self.connection = self.connect(15)
        try:
            answer = self.send(self.connection, method, path, body, kind)
            return answer.status, json.loads(answer.read())
        except Exception:
            self.connection.close()
            self.connection = None
            raise

    def patch(self, path, body):
        return self.call('PATCH', path, body, 'application/strategic-merge-patch+json')

    def events(self, path, version):
        """What happens under a path after a version: the kind of each event, and its object."""
        connection = self.connect(330)
        try:
            answer = self.send(connection, 'GET', f'{path}?watch=1&resourceVersion={version}&timeoutSeconds=300')
            for line in answer:
                event = json.loads(line)
                if event.get('type') not in ('ADDED', 'MODIFIED', 'DELETED'):
                    return
                yield event['type'], event['object']
        finally:
            connection.close()

    def connect(self, timeout):
        host, port = self.server.hostname, self.server.port
        return http.client.HTTPSConnection(host, port, context=self.context, timeout=timeout)

    def send(self, connection, method, path, body=None, kind='application/json'):
        headers = {'Authorization': f'Bearer {self.token}', 'Content-Type': kind}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        return connection.getresponse()


class Followed:
    """What is under a path, as of now, by namespace and name. `changed` is called with what is new or different."""

    path = ''

    def __init__(self, api):
        self.api = api
        self.known = {}

    def follow(self):
        """Until the server ends it."""
        status, answer = self.api.call('GET', self.path)
        if status != 200:
            raise OSError(f'GET {self.path}: {status}')
        self.known = {named(item): item for item in answer['items']}
        for item in answer['items']:
            self.changed(item)
        for kind, item in self.api.events(self.path, answer['metadata']['resourceVersion']):
            if kind == 'DELETED':
                self.known.pop(named(item), None)
            else:
                self.known[named(item)] = item
                self.changed(item)

    def changed(self, item):
        raise NotImplementedError


def named(item):
    return item['metadata'].get('namespace'), item['metadata']['name']


def for_ever(what):
    """Does it again and again, whatever happens to the server."""
    def run():
        while True:
            try:
                what()
            except Exception as error:
                print(now(), what.__qualname__, repr(error), flush=True)
                time.sleep(0.2)
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
