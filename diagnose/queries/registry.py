"""The query whether a registry has an image, by the distribution API that all registries support."""

from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.commands import docker
from diagnose.commands.command import Command
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights


class ImagePresence(StrEnum):
    """Whether a registry has an image, as far as it answers this user."""

    YES = "yes"
    NO = "no"
    DENIED = "denied"
    UNKNOWN = "untold"


class RegistryAnswer(msgspec.Struct, frozen=True):
    """The answer of a registry about an image.

    Attributes:
        detail: its message, or why there is none.
        login: the name of the user's login that was used, "" for none.
    """

    held: ImagePresence
    detail: str = ""
    login: str = ""
    digest: str = ""


class QueryRegistry(Query[RegistryAnswer], frozen=True, kw_only=True):
    """Queries whether a registry has an image, as the user who runs diagnose; nothing is pulled."""

    answer_type: ClassVar[type] = RegistryAnswer

    image: str

    @property
    def rights(self) -> Rights:
        """None: the registry is another server."""
        return ()

    @property
    def command(self) -> Command:
        """The same by the Docker CLI."""
        return docker.inspect_manifest(self.image)
