"""The question to a registry whether it has an image, by the distribution API that all registries speak."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import msgspec

from diagnose.queries.kubernetes_messages import registry_of
from diagnose.queries.query import Query
from diagnose.queries.rights import Rights

HUB = "docker.io"


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
class ImageName:
    """The parts of an image's name; `reference` is its tag or digest."""

    registry: str
    repository: str
    reference: str


_NAME = re.compile(r"(?P<name>[^@\s]+?)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>[\w+.-]+:[0-9a-fA-F]+))?")


def parts_of(image: str) -> ImageName | None:
    """The parts of an image's name, None where it is none."""
    found = _NAME.fullmatch(image)
    if not found:
        return None
    registry = registry_of(found["name"] if "/" in found["name"] else "")
    repository = found["name"].removeprefix(f"{registry}/")
    if registry == HUB and "/" not in repository:
        repository = f"library/{repository}"
    return ImageName(registry=registry, repository=repository, reference=found["digest"] or found["tag"] or "latest")


def named(image: str, of: str) -> str:
    """An image as a user names it, who may give the tag alone: then it is that of another reference's repository."""
    if any(sign in image for sign in "/:@"):
        return image
    base = of.partition("@")[0]
    repository = base.rpartition(":")[0] if ":" in base.rpartition("/")[2] else base
    return f"{repository}:{image}"


def full_name(image: str) -> str:
    """An image's name as container runtimes report it: with registry and tag."""
    parts = parts_of(image)
    if parts is None:
        return image
    sign = "@" if ":" in parts.reference else ":"
    return f"{parts.registry}/{parts.repository}{sign}{parts.reference}"


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
    def command(self) -> str:
        """The same by Docker's own command line."""
        return f"docker manifest inspect {self.image}"
