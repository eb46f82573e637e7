"""Makes the accounts and the catalog: accounts.py KEYSTONE TYPE=URL..."""

import sys

from identity import session

identity, places = sys.argv[1], sys.argv[2:]
keystone = session(identity)


def ensure(kind, name, **body):
    """The object of this name, made when it is not there."""
    known = keystone.get(f"{identity}/{kind}s", params={"name": name}, timeout=60)
    known.raise_for_status()
    for found in known.json()[f"{kind}s"]:
        return found
    made = keystone.post(f"{identity}/{kind}s", json={kind: {"name": name, **body}}, timeout=60)
    made.raise_for_status()
    return made.json()[kind]


def grant(user, project, *roles):
    for role in roles:
        of = f"projects/{project['id']}/users/{user['id']}/roles/{ensure('role', role)['id']}"
        keystone.put(f"{identity}/{of}", timeout=60).raise_for_status()


admin = ensure("project", "admin")
service = ensure("project", "service", domain_id="default")
grant(ensure("user", "service", domain_id="default", password="service"), service, "admin", "service")
grant(ensure("user", "reader", domain_id="default", password="reader"), admin, "reader")
grant(ensure("user", "o2", domain_id="default", password="o2"), admin, "reader", "o2")

for place in places:
    kind, url = place.split("=", 1)
    of = ensure("service", kind, type=kind)
    known = keystone.get(f"{identity}/endpoints", params={"service_id": of["id"]}, timeout=60).json()["endpoints"]
    for interface in {"public", "internal", "admin"} - {endpoint["interface"] for endpoint in known}:
        endpoint = {"service_id": of["id"], "interface": interface, "url": url, "region_id": "RegionOne"}
        keystone.post(f"{identity}/endpoints", json={"endpoint": endpoint}, timeout=60).raise_for_status()
