"""By what failing pods differ from working ones: their node, or what several nodes have in common."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from diagnose.commands import kubectl
from diagnose.domain.contrast import WHO, is_beyond_chance
from diagnose.model.report import Cause, Evidence
from diagnose.resources import Node, Pod
from diagnose.target.target import Target

# What may be wrong on the path from one node alone.
_OF_NETWORK = "network."

# Labels of what nodes have in common, as Kubernetes and the large clouds set them.
_GROUPS = {
    "topology.kubernetes.io/zone": "zone",
    "topology.kubernetes.io/region": "region",
    "kubernetes.io/arch": "architecture",
    "node.kubernetes.io/instance-type": "instance type",
    "karpenter.sh/nodepool": "node pool",
    "cloud.google.com/gke-nodepool": "node pool",
    "eks.amazonaws.com/nodegroup": "node group",
    "kubernetes.azure.com/agentpool": "node pool",
}


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A property of nodes that all failing pods have and no working one.

    Attributes:
        name: as in "node lab-2" or "zone eu-1b".
        nodes: the nodes of the failing pods.
    """

    name: str
    nodes: tuple[str, ...]
    failing: int
    working: int

    @property
    def text(self) -> str:
        """The counts, as a part of a sentence."""
        return f"only on {self.name}: {self.failing} of {self.failing} pods fail there, 0 of {self.working} elsewhere"

    @property
    def is_significant(self) -> bool:
        """Whether the counts are more than chance: one failing pod among a few others proves nothing."""
        return is_beyond_chance(self.failing, self.working)


def split_of(failing: Iterable[Pod], working: Iterable[Pod], nodes: Iterable[Node] = ()) -> Split | None:
    """Returns by what failing and working pods differ; None where nothing, or more than one thing, separates them."""
    broken = [pod.spec.node_name for pod in failing if pod.spec.node_name]
    well = [pod.spec.node_name for pod in working if pod.spec.node_name]
    if not broken or not well:
        return None
    having = tuple(sorted(set(broken)))
    if len(having) == 1:
        found = [] if having[0] in well else [f"node {having[0]}"]
    else:
        found = list(dict.fromkeys(_groups(having, frozenset(well), {each.name: each for each in nodes})))
    if len(found) != 1:
        return None
    return Split(name=found[0], nodes=having, failing=len(broken), working=len(well))


def counted(causes: Iterable[Cause], target: Target) -> tuple[Cause, ...]:
    """Returns the causes, those of pods of some nodes alone with the counts as evidence."""
    return tuple(_counted(each, target) for each in causes)


def _counted(cause: Cause, target: Target) -> Cause:
    finding = cause.finding
    failing = [pod for pod in target.pods if pod.name in finding.pods]
    split = split_of(failing, [pod for pod in target.ready_pods if pod.name not in finding.pods])
    known = any(each.source == WHO for each in finding.evidence)
    if split is None or known or not (split.is_significant or finding.code.startswith(_OF_NETWORK)):
        return cause
    seen = Evidence(source=WHO, text=split.text, command=kubectl.get("pods", namespace=target.namespace, output="wide"))
    return replace(cause, finding=replace(finding, evidence=(*finding.evidence, seen)))


def _groups(broken: tuple[str, ...], well: frozenset[str], nodes: dict[str, Node]) -> Iterator[str]:
    """Yields what all nodes of failing pods have in common and no node of a working one has."""
    for key, noun in _GROUPS.items():
        values = {node.metadata.labels.get(key, "") for name in broken if (node := nodes.get(name))}
        others = {node.metadata.labels.get(key, "") for name in well if (node := nodes.get(name))}
        value = next(iter(values), "")
        if len(values) == 1 and value and others and value not in others:
            yield f"{noun} {value}"
