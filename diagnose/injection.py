"""What pods and templates show of Vault injection. Pure."""

import difflib

from diagnose.probes.objects import Pod
from diagnose.target import VAULT, Target

INJECT = f"{VAULT}agent-inject"
TRUE = {"1", "t", "true"}
FALSE = {"0", "f", "false"}


def is_injected(pod: Pod) -> bool:
    """Whether the pod has the agent's containers."""
    return any(each.name.startswith("vault-agent") for each in (*pod.spec.containers, *pod.spec.init_containers))


def wants_injection(pod: Pod) -> bool:
    """Whether the pod's own annotation asks for it."""
    return pod.metadata.annotations.get(INJECT, "").lower() in TRUE


def misspelt_annotation(target: Target) -> str:
    """An annotation of the template that looks like the one that is missing, "" where there is none."""
    names = [name for name in target.template.metadata.annotations if not name.startswith(f"{INJECT}-")]
    near = difflib.get_close_matches(INJECT, [name for name in names if name != INJECT], n=1, cutoff=0.85)
    return near[0] if near else ""


def uses_files(target: Target) -> bool:
    """Whether the container's command reads files that only the agent renders."""
    return bool(target.vault.sourced)
