"""Reads the SROS2 policy, and what nodes that run publish, subscribe, offer and call, in the same form."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from rclpy.node import Node

XI = "{http://www.w3.org/2001/XInclude}include"
HIDDEN = "/_"


class Right(NamedTuple):
    """That a node may do something: publish, subscribe, reply, request, call or execute."""

    what: str
    name: str


Rights = dict[str, set[Right]]


def allowed(path: Path) -> Rights:
    """The rights of each enclave's node in a policy file."""
    found: Rights = {}
    for enclave in ET.parse(path).getroot().iter("enclave"):
        (profile,) = enclave.iter("profile")
        node = profile.attrib["node"]
        assert enclave.attrib["path"] == f"/ibrl_ros/{node}", "each node has an enclave of its own"
        found[node] = rights_in(profile, node)
        for include in profile.iter(XI):
            found[node] |= rights_in(ET.parse(path.parent / include.attrib["href"]).getroot(), node)
    return found


def rights_in(profile: ET.Element, node: str) -> set[Right]:
    """The rights that a profile names directly; names as they are without a namespace."""
    found = set()
    for block in profile:
        for what, value in block.attrib.items():
            if value == "ALLOW":
                found |= {Right(what, absolute(str(one.text), node)) for one in block}
    return found


def absolute(name: str, node: str) -> str:
    """A name of a profile as a full name, as SROS2 reads it."""
    if name.startswith("~"):
        return f"/{node}{name[1:]}"
    return name if name.startswith("/") else f"/{name}"


def used(asking: Node, node: str) -> set[Right]:
    """What a node that runs uses at present; the topics of actions as actions."""
    found = set()
    lists = {
        "publish": asking.get_publisher_names_and_types_by_node(node, "/"),
        "subscribe": asking.get_subscriber_names_and_types_by_node(node, "/"),
        "reply": asking.get_service_names_and_types_by_node(node, "/"),
        "request": asking.get_client_names_and_types_by_node(node, "/"),
    }
    for what, names in lists.items():
        for name, _ in names:
            action, hidden, _ = name.partition(f"{HIDDEN}action/")
            if hidden:
                found.add(Right("execute" if what in ("publish", "reply") else "call", action))
            else:
                found.add(Right(what, name))
    return found


def by_right(rights: set[Right]) -> dict[str, list[str]]:
    """Names by what may be done with them, for messages."""
    found = defaultdict(list)
    for what, name in sorted(rights):
        found[what].append(name)
    return dict(found)
