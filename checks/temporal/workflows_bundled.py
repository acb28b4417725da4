"""Checks that the workflow code can be bundled.

The SDK bundles it at every start; errors are those of the image.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError
from diagnose.check.reads import WORKER_LOGS
from diagnose.model.report import Finding

FROM_LOGS = (
    Code(
        id="temporal.bundle-failed",
        meaning="The workflow code, or a library that it uses, imports a module that is not deterministic; the SDK "
        "refuses to bundle it.",
        fix="Remove the import from the workflow code; code that needs it belongs into an activity.",
    ),
)
"""Codes that only logs show: the patterns are in `checks/signatures`."""


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the workers' logs."""
    found = tuple(ctx.signature_findings())
    # The module is more specific than the general error.
    named = [each for each in found if "webpack fails" not in each.summary]
    yield from named or found
    if not found and ctx.target.profile.runtime != "node":
        raise NotApplicableError("only the SDK for TypeScript bundles workflow code")
    ctx.require_worker_logs()


WORKFLOWS_BUNDLED = Check(
    id="temporal.workflows-bundled",
    title="The workflow code can be bundled",
    stage=stages.SETTINGS,
    template=stages.STARTUP.template,
    run=run,
    codes=FROM_LOGS,
    reads=WORKER_LOGS,
)
