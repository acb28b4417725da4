"""References of container images: registry, repository, tag and digest, by the grammar that kubelet and registries use.

The grammar and its defaults are those of https://pkg.go.dev/github.com/distribution/reference.
"""

import re

import msgspec

from diagnose.text.patterns import lazy

HUB = "docker.io"
LONGEST_NAME = 255

_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_NAME = lazy(rf"(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = lazy(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = lazy(r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}")
_IDENTIFIER = lazy(r"[0-9a-f]{64}")


class ImageReference(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a reference.

    Attributes:
        name: registry and repository as they are written; either may be left to its default.
    """

    name: str
    tag: str = ""
    digest: str = ""

    @property
    def _parts(self) -> tuple[str, str]:
        first, slash, rest = self.name.partition("/")
        if slash and (any(sign in first for sign in ".:") or first == "localhost" or first != first.lower()):
            return (HUB if first == f"index.{HUB}" else first), rest
        return HUB, self.name

    @property
    def registry(self) -> str:
        """The registry's host, with its port."""
        return self._parts[0]

    @property
    def repository(self) -> str:
        """The repository within the registry."""
        registry, path = self._parts
        return f"library/{path}" if registry == HUB and "/" not in path else path

    @property
    def program(self) -> str:
        """The last part of the repository, which names the program."""
        return self.name.rpartition("/")[2]

    @property
    def version(self) -> str:
        """What is pulled: the digest, which wins over a tag, or the tag."""
        return self.digest or self.tag or "latest"

    @property
    def full(self) -> str:
        """The reference as container runtimes report it: with registry, and with tag or digest."""
        return f"{self.registry}/{self.repository}{'@' if self.digest else ':'}{self.version}"

    def with_tag(self, tag: str) -> str:
        """The reference of another tag of the same repository."""
        return f"{self.name}:{tag}"


def parse(text: str) -> ImageReference:
    """The parts of any text; `is_valid` says whether it is a reference at all."""
    rest, _, digest = text.partition("@")
    folder, slash, last = rest.rpartition("/")
    program, _, tag = last.partition(":")
    return ImageReference(name=f"{folder}{slash}{program}", tag=tag, digest=digest)


def is_valid(text: str) -> bool:
    """Whether a kubelet takes the text for a reference."""
    found = parse(text)
    if len(found.name) > LONGEST_NAME or not _NAME.fullmatch(found.name) or _IDENTIFIER.fullmatch(found.name):
        return False
    if ("@" in text and not _DIGEST.fullmatch(found.digest)) or text.partition("@")[0].endswith(":"):
        return False
    return not found.tag or bool(_TAG.fullmatch(found.tag))


def complete(text: str, like: str) -> str:
    """The reference that a user means, who may give the tag alone: then it is that of another one's repository."""
    return text if any(sign in text for sign in "/:@") else parse(like).with_tag(text)
