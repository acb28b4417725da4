"""The question whether the user of the API has a right."""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from diagnose.commands import kubectl
from diagnose.commands.command import Command
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights


class Access(msgspec.Struct, frozen=True):
    """Whether a right is there.

    Attributes:
        needless: why nobody needs it on this API server, which does not ask for it; "" where it does.
        reason: why it is not there, where the authorizer says so.
    """

    allowed: bool
    needless: str = ""
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class ReviewAccess(Query[Access]):
    """Asks the API server whether its user may do something, which changes nothing and everybody may ask.

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
        """The same by kubectl."""
        resource, _, sub = self.resource.partition("/")
        full = f"{resource}.{self.group}" if self.group else resource
        flags = (f"--subresource={sub}",) if sub else ()
        return kubectl.can_i(self.verb, full, *flags, namespace=self.namespace)
