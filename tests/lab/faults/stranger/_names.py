"""Cluster DNS that answers for other names too, and the search domains of a node."""

from tests.lab.cluster import Lab
from tests.lab.faults.workload import _dns, _machines
from tests.lab.kubernetes.settings import Node, existing_nodes

WILDCARD = """\
    template IN A corp.example {
        answer "{{ .Name }} 60 IN A 10.90.0.80"
    }
    template IN AAAA corp.example {
        rcode NOERROR
    }
"""
"""A wildcard record of a domain that pods search."""
RESOLV = "resolv.conf"
_BEFORE = "    template ANY ANY . {"


def add_to_dns(lab: Lab, block: str) -> None:
    """Add a block to the configuration of DNS, before the one that denies all other names; `_dns.restore` undoes it."""
    corefile = lab.item(_dns.NAMESPACE, "configmap", _dns.CONFIG)["data"]["Corefile"]
    _dns.configure(lab, corefile.replace(_BEFORE, block + _BEFORE, 1))


def search_on(lab: Lab, node: str, domain: str) -> None:
    """Give a node a search domain, which its new pods get."""
    machine = _machine(node)
    lab.memory[RESOLV] = _machines.read(machine, RESOLV)
    _machines.write(machine, RESOLV, f"{lab.memory[RESOLV]}search {domain}\n")


def restore_search(lab: Lab, node: str) -> None:
    """Undo `search_on`."""
    _machines.write(_machine(node), RESOLV, lab.memory[RESOLV])


def _machine(name: str) -> Node:
    return next(node for node in existing_nodes() if node.name == name)
