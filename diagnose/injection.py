"""What pods show of Vault injection. Pure."""

from diagnose.resources import Pod


def is_injected(pod: Pod) -> bool:
    """Whether the pod has the agent's containers."""
    return any(each.name.startswith("vault-agent") for each in (*pod.spec.containers, *pod.spec.init_containers))
