"""In place of Neutron: there are no ports and no security groups. Nova asks for them when it shows servers."""

import json


def application(environ, respond):
    """The empty list of whatever is asked for."""
    name = environ["PATH_INFO"].rstrip("/").rsplit("/", 1)[-1].replace("-", "_")
    respond("200 OK", [("content-type", "application/json")])
    return [json.dumps({name or "versions": []}).encode()]
