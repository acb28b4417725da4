"""The query whether the user of the API has a right."""

from typing import ClassVar

import msgspec

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights


class Access(msgspec.Struct, frozen=True):
    """Whether the user has a right.

    Attributes:
        needless: why the right is not needed on this API server; "" where it is needed.
        reason: why it is missing, where the authorizer reports it.
    """

    allowed: bool
    needless: str = ""
    reason: str = ""


class ReviewAccess(Query[Access], frozen=True, kw_only=True):
    """Queries the API server whether its user has a right; it changes nothing, and every user may do it.

    Attributes:
        group: the API group, "" for the core.
        resource: with a subresource after a slash.
        namespace: "" for the whole cluster.
    """

    answer_type: ClassVar[type] = Access

    group: str
    resource: str
    verb: str
    namespace: str = ""

    @property
    def rights(self) -> Rights:
        """None: the API server answers every authenticated user."""
        return ()

    @property
    def command(self) -> Command:
        """The same query with kubectl."""
        resource, _, sub = self.resource.partition("/")
        full = f"{resource}.{self.group}" if self.group else resource
        flags = (f"--subresource={sub}",) if sub else ()
        return kubectl.can_i(self.verb, full, *flags, namespace=self.namespace)
