"""Rights on the Kubernetes API, as a Role writes them."""

import msgspec

from diagnose.resources import Object


class Right(msgspec.Struct, frozen=True, order=True):
    """A right as a Role writes it; `group` is "" for the core, `resource` has a subresource after a slash."""

    group: str
    resource: str
    verbs: tuple[str, ...] = ("list",)

    @property
    def text(self) -> str:
        """The right as text, with its group outside the core."""
        return f"{'/'.join(self.verbs)} {self.resource}{f'.{self.group}' if self.group else ''}"


Rights = tuple[tuple[Right, str], ...]
"""Rights, each with its namespace, "" for the whole cluster."""

LOG = Right("", "pods/log", ("get",))
# A WebSocket begins with a GET, so API servers before 1.35 require `get` alone; those since require `create`, too
# (https://github.com/kubernetes/kubernetes/pull/134577).
EXEC = Right("", "pods/exec", ("create", "get"))
FORWARD = Right("", "pods/portforward", ("create", "get"))


def to_list(kind: type[Object]) -> Right:
    """Returns the right to list a kind."""
    group = kind.group.split("/")[2] if kind.group.startswith("/apis/") else ""
    return Right(group, kind.plural.partition(".")[0])
