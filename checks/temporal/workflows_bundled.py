"""Can the workflow code be bundled? The SDK builds it at every start, and what fails is the image's fault."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context
from diagnose.check.reads import WORKER_LOGS
from diagnose.model.report import Finding

FROM_LOGS = (
    Code(
        id="temporal.bundle-failed",
        meaning="The workflow code, or a library that it uses, imports a module that is not deterministic; the SDK "
        "refuses to bundle it.",
        fix="Take the import out of the workflow code; what needs it belongs into an activity.",
    ),
)
"""What only a log says: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """What the workers' logs say of their bundle."""
    found = tuple(ctx.signature_findings())
    # Which module it is says more than that something failed.
    named = [each for each in found if "cannot be built" not in each.summary]
    yield from named or found
    ctx.require_worker_logs()


WORKFLOWS_BUNDLED = Check(
    id="temporal.workflows-bundled",
    title="The workflow code can be bundled",
    stage=stages.SETTINGS,
    run=run,
    codes=FROM_LOGS,
    reads=WORKER_LOGS,
)
