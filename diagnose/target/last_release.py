"""What runs instead of the last release: an older template, or one that was changed by hand since."""

from collections.abc import Iterable

from diagnose.resources import Meta, ReplicaSet
from diagnose.text import times

# Tools that deploy, and how the names of those begin that people change an object with.
DEPLOYS = ("helm", "argocd", "kustomize-controller", "flux", "pulumi", "terraform", "kubectl-client-side-apply")
BY_HAND = (
    "kubectl-edit",
    "kubectl-patch",
    "kubectl-set",
    "kubectl-replace",
    "kubectl-label",
    "kubectl-annotate",
    "k9s",
)


def rolled_back(current: ReplicaSet | None, replica_sets: Iterable[ReplicaSet], container: str) -> str:
    """Returns that the current template is older than a later one as text; "" where it is the latest."""
    since = current.metadata.creation_timestamp if current else None
    dated = [(made, each) for each in replica_sets if (made := each.metadata.creation_timestamp)]
    made, latest = max(dated, key=lambda pair: pair[0], default=(None, None))
    if current is None or since is None or made is None or latest is None or made <= since:
        return ""
    if latest.spec.template.spec == current.spec.template.spec:
        return ""  # it was a restart, or noted another checksum
    image = latest.spec.template.spec.image(container)
    other = f" with image {image}" if image and image != current.spec.template.spec.image(container) else ""
    return f"rolled back: a later template (ReplicaSet {latest.name}{other}, {times.to_text(made)}) was abandoned"


def changed_by_hand(meta: Meta) -> str:
    """Returns that an object was changed by hand after the tool that deploys it, as text; "" where it was not.

    A restart, by whichever tool, is no change.
    """
    wrote = [each for each in meta.managed_fields if each.time and not each.subresource]
    deployed = max((each.time for each in wrote if each.time and each.manager.startswith(DEPLOYS)), default=None)
    by_hand = [
        (each.time, each.manager)
        for each in wrote
        if each.time and each.manager.startswith(BY_HAND) and not each.only_restarted
    ]
    at, by = max(by_hand, default=(None, ""))
    if at is None or deployed is None or at <= deployed:
        return ""
    return f"changed by {by} at {times.to_text(at)}, after its last release at {times.to_text(deployed)}"
