"""Commands of Temporal."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from diagnose.commands.command import Command, arguments, option

NO_OPTIONS: Mapping[str, str] = {}
# These prompt, which a command in a pod without a terminal cannot answer.
_CONFIRMED = {("worker", "deployment", f"set-{each}-version") for each in ("current", "ramping")}


def text(value: str) -> str:
    """A text in a query, whose strings have escapes by a backslash and by doubled quotes."""
    escaped = value.replace("\\", r"\\").replace("'", "''")
    return f"'{escaped}'"


class Frontend(msgspec.Struct, frozen=True):
    """Where Temporal is, the namespace there, and whether it is reached over TLS."""

    address: str
    namespace: str = ""
    encrypted: bool = False

    def temporal(self, *words: str, options: Mapping[str, str] = NO_OPTIONS, flags: tuple[str, ...] = ()) -> Command:
        """A command of Temporal; words, names of options and flags are literals."""
        confirmed = ("--yes",) if words in _CONFIRMED else ()
        where = (*option("--address", self.address), *option("--namespace", self.namespace))
        given = (word for flag, value in options.items() for word in option(flag, value))
        return Command("temporal", *words, *where, *given, *self._tls, *flags, *confirmed)

    @property
    def _tls(self) -> tuple[str, ...]:
        return ("--tls",) if self.encrypted else ()

    def describe_queue(self, queue: str) -> Command:
        """Shows who polls a task queue."""
        return self.temporal("task-queue", "describe", options={"--task-queue": queue})

    def health(self) -> Command:
        """Returns the query of the server's health."""
        return replace(self, namespace="").temporal("operator", "cluster", "health")

    def list_namespaces(self) -> Command:
        """Shows which namespaces there are."""
        return replace(self, namespace="").temporal("operator", "namespace", "list")

    def describe_namespace(self, name: str) -> Command:
        """Shows a namespace."""
        return Command(
            "temporal",
            "operator",
            "namespace",
            "describe",
            *self._tls,
            *arguments(name, options=option("--address", self.address)),
        )

    def list_workflows(self, query: str, *, limit: int) -> Command:
        """Shows the executions that a query finds; texts in it come from `text`."""
        return self.temporal("workflow", "list", options={"--query": query, "--limit": str(limit)})


def server_of(command: Command) -> tuple[str, int] | None:
    """Returns host and port of a command of Temporal, None of another command."""
    words = command.parts
    if words[:1] != ("temporal",) or "--address" not in words:
        return None
    host, _, port = str(words[words.index("--address") + 1]).rpartition(":")
    return (host, int(port)) if host and port.isdigit() else None


def at(command: Command, address: str, server_name: str) -> Command:
    """The command of Temporal at another address of the same server, whose certificate has its own name."""
    index = command.parts.index("--address")
    named = option("--tls-server-name", server_name) if "--tls" in command.parts else ()
    return Command(*command.parts[:index], "--address", address, *named, *command.parts[index + 2 :])
