"""The logs in a recording, as signatures read them."""

from collections.abc import Iterator

import msgspec

from diagnose.commands.command import NONE
from diagnose.logs.signatures import ContainerLog, Writer
from diagnose.queries.kubernetes import LogText, ReadLog
from diagnose.sources.recording import Recording

AGENTS = {"vault-agent-init": Writer.AGENT_INIT, "vault-agent": Writer.AGENT}


def logs_of(recording: Recording) -> Iterator[ContainerLog]:
    """Each log under every writer that its container may stand for; of a pod that is not ready."""
    for exchange in recording.exchanges.values():
        if exchange.query["query"] != ReadLog.__name__ or exchange.error:
            continue
        asked = msgspec.convert(exchange.query, _Asked)
        agent = AGENTS.get(asked.container)
        for writer in [agent] if agent else [each for each in Writer if each not in AGENTS.values()]:
            yield ContainerLog(
                pod=asked.pod,
                container=asked.container,
                writer=writer,
                run="previous" if asked.previous else "current",
                ready=False,
                command=NONE,
                text=msgspec.json.decode(exchange.answer, type=LogText),
            )


class _Asked(msgspec.Struct, frozen=True):
    pod: str
    container: str
    previous: bool
