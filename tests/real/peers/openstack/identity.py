"""A session of the administrator at Keystone."""

import requests


def session(identity):
    """Logs in, and returns a session that shows its token."""
    own = requests.Session()
    own.trust_env = False
    domain = {"id": "default"}
    user = {"name": "admin", "password": "admin", "domain": domain}
    answer = own.post(
        f"{identity}/auth/tokens",
        json={
            "auth": {
                "identity": {"methods": ["password"], "password": {"user": user}},
                "scope": {"project": {"name": "admin", "domain": domain}},
            }
        },
        timeout=60,
    )
    answer.raise_for_status()
    own.headers["X-Auth-Token"] = answer.headers["X-Subject-Token"]
    return own
