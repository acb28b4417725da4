"""The arguments of each tool, from which its schema is made; the docstring of a class is the description of its tool.

An assistant names what to examine, and nothing else: how the cluster is accessed is up to the person who starts the
server.
"""

from typing import Annotated, Any, ClassVar, Literal

import click
import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from diagnose.target.request import Expected, Occasion, Request
from diagnose.text.sentences import truncate

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_OBJECT = r"[a-z0-9][a-z0-9.:-]{0,252}"
_WORKLOAD = rf"([A-Za-z]{{1,63}}/)?{_OBJECT}"
_REFERENCE = r"[A-Za-z0-9_./:@-]{0,512}"

Namespace = Annotated[
    str, Meta(pattern=f"^({_LABEL})?$", description="Default: that of the server, else that of the context.")
]
Context = Annotated[str, Meta(max_length=253, description="A context of the kubeconfig. Default: the current one.")]
Workload = Annotated[str, Meta(pattern=f"^({_WORKLOAD})?$", description="NAME or KIND/NAME: statefulset/db.")]
PodName = Annotated[str, Meta(pattern=f"^{_OBJECT}$", description="The name of the pod.")]
Image = Annotated[str, Meta(pattern=f"^{_REFERENCE}$", description="The image that is deployed, or its tag.")]
Revision = Annotated[str, Meta(pattern=f"^{_REFERENCE}$", description="The commit that it is built from.")]
Phase = Annotated[Literal["pre", "post"], Meta(description="Before or after the deployment.")]
Name = Annotated[str, Meta(max_length=200, description="A code, a check or a topic: vault.role-not-found, vault.")]
RecordingName = Annotated[str, Meta(max_length=1_000, description="A name of the list.")]


class Arguments(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a tool."""

    title: ClassVar[str]


class Examined(Arguments, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The arguments of a tool that examines a cluster."""

    namespace: Namespace = ""
    context: Context = ""

    def request(self, server: Request) -> Request:
        """Returns the request, completed by what the server was started with.

        Raises:
            click.UsageError: the server was started for another context.
        """
        if self.context and server.context not in {"", self.context}:
            raise click.UsageError(f"this server was started for the context {server.context} alone")
        return replace(server, namespace=self.namespace or server.namespace, context=self.context or server.context)


class All(Examined, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find out why the Temporal worker of a namespace, or any workload there, does not work: the cause first."""

    title = "Diagnose a namespace"
    workload: Workload = ""

    def request(self, server: Request) -> Request:
        """Returns the request for the namespace, or for one workload of it."""
        return replace(Examined.request(self, server), workload=self.workload)


class Pod(Examined, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Find out why one pod does not work, also one that is gone."""

    title = "Diagnose a pod"
    pod: PodName

    def request(self, server: Request) -> Request:
        """Returns the request for the pod."""
        return replace(Examined.request(self, server), pod=self.pod)


class Gate(Examined, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Judge whether a deployment may go on: before it, what the new version needs; after it, whether it works."""

    title = "Judge a deployment"
    phase: Phase
    workload: Workload = ""
    image: Image = ""
    revision: Revision = ""

    def request(self, server: Request) -> Request:
        """Returns the request of the gate."""
        return replace(
            Examined.request(self, server),
            workload=self.workload,
            occasion=Occasion(self.phase),
            expected=Expected(image=self.image, revision=self.revision),
        )


class Explain(Arguments, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Explain a code of an answer, a check or a topic: what it means and what fixes it. Without a name: the topics."""

    title = "Explain a finding"
    name: Name = ""


class Replay(Arguments, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Diagnose a recorded run again, without a cluster. Without a name: the list of recordings."""

    title = "Replay a recording"
    recording: RecordingName = ""


Given = Examined | Explain | Replay
KINDS: dict[str, type[Given]] = {"all": All, "pod": Pod, "gate": Gate, "explain": Explain, "replay": Replay}
"""The arguments of each tool."""


def parsed(arguments: dict[str, Any], kind: type[Given]) -> Given:
    """Returns the arguments of a tool.

    Raises:
        click.UsageError: it does not take these.
    """
    try:
        given = msgspec.convert(arguments, kind)
    except msgspec.ValidationError as error:
        raise click.UsageError(
            f"{_problem(error, arguments)}; there are {', '.join(kind.__struct_fields__)}"
        ) from error
    # A pattern allows a line break at its end.
    for name, value in arguments.items():
        if not value.isprintable():
            raise click.UsageError(f"{name} has characters that cannot be printed")
    return given


def _problem(error: msgspec.ValidationError, arguments: dict[str, Any]) -> str:
    """Returns what is wrong with arguments, with the name of the wrong one."""
    message, _, place = str(error).partition(" - at `$.")
    name = place.rstrip("`")
    if "matching regex" in message:
        return f"{name} cannot be {truncate(repr(arguments[name]), 100)}"
    return f"{name}: {message}" if name else message
