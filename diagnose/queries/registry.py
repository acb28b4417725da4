"""The question to a registry whether it has an image, by the distribution API that all registries speak."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.commands import docker
from diagnose.commands.command import Command
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights


class Held(StrEnum):
    """Whether a registry has an image, as far as it tells who asks."""

    YES = "yes"
    NO = "no"
    DENIED = "denied"
    UNTOLD = "untold"


class RegistryAnswer(msgspec.Struct, frozen=True):
    """What a registry says of an image.

    Attributes:
        detail: its words, or why it said nothing.
        login: with whose login it was asked: the name of the user's own, "" for nobody's.
    """

    held: Held
    detail: str = ""
    login: str = ""
    digest: str = ""


@dataclass(frozen=True, kw_only=True)
class QueryRegistry(Query[RegistryAnswer]):
    """Asks a registry whether it has an image, as the user who runs diagnose; nothing is pulled."""

    answer_type: ClassVar[type] = RegistryAnswer

    image: str

    @property
    def rights(self) -> Rights:
        """None: it goes to another server."""
        return ()

    @property
    def command(self) -> Command:
        """The same by Docker's own command line."""
        return docker.inspect_manifest(self.image)
