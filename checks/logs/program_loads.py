"""Can the program be loaded? An import that fails is the image's fault, whatever the environment."""

from collections.abc import Iterator

from diagnose.check import Check, Context, NotApplicableError
from diagnose.model import Finding
from diagnose.reads import WORDS
from diagnose.signatures import Writer


def ask(ctx: Context) -> Iterator[Finding]:
    """What the worker's logs say of modules, entry point, heap and image."""
    found = tuple(ctx.signature_findings())
    yield from found
    if not any(log.writer is Writer.WORKER for log in ctx.world.logs()) and not ctx.problems:
        raise NotApplicableError("no worker has run so far")


PROGRAM_LOADS = Check(
    id="logs.program-loads",
    title="The program can be loaded",
    ask=ask,
    reads=WORDS,
)
