"""Commands for the cluster that the user named, which need not be that of the current context."""

import msgspec

from diagnose.commands.command import Command, Operator, Part, option
from diagnose.commands.others import EACH

_CONTEXT_FLAGS = {
    # A plug-in takes flags after its name only.
    ("kubectl", "argo", "rollouts"): "--context",
    ("kubectl",): "--context",
    ("helm",): "--kube-context",
    ("argo",): "--context",
    ("flux",): "--context",
    ("diagnose", "all"): "--context",
    ("diagnose", "pod"): "--context",
    ("diagnose", "watch"): "--context",
    ("diagnose", "gate"): "--context",
    ("diagnose", "rbac"): "--context",
}
"""How the programs that use a kubeconfig call its context, by the words that come before the flag."""


class NamedCluster(msgspec.Struct, frozen=True, kw_only=True):
    """The cluster as the user named it; "" for what they left to the environment."""

    kubeconfig: str = ""
    context: str = ""

    def reach(self, command: Command) -> Command:
        """Returns the command with the flags that name the cluster, for each of its programs that takes them."""
        made: list[Part] = []
        flags_at: dict[int, tuple[str, ...]] = {}
        for at, part in enumerate(command.parts):
            is_each = command.parts[max(at - len(EACH), 0) : at] == EACH
            if at == 0 or isinstance(command.parts[at - 1], Operator) or is_each:
                flags_at |= self._flags(command.parts, at)
            made += (*flags_at.get(at, ()), part)
        return Command(*made) if flags_at else command

    def _flags(self, parts: tuple[Part, ...], at: int) -> dict[int, tuple[str, ...]]:
        """Returns the flags of the program at a position, with their position."""
        for words, flag in _CONTEXT_FLAGS.items():
            end = at + len(words)
            if parts[at:end] == words:
                return {end: (*option("--kubeconfig", self.kubeconfig), *option(flag, self.context))}
        return {}


CURRENT = NamedCluster()
"""That of the current context."""
