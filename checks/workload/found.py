"""Is there a workload to examine? Discovery answers that before any check runs; this is its entry in the report."""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context
from diagnose.check.reads import WORKLOAD
from diagnose.model.report import Finding

NOT_FOUND = Code(
    id="workload.not-found",
    meaning="The namespace exists, but nothing in it carries the worker's label or runs an image of the worker's name.",
    fix="Deploy the worker, or name its label or its name with --label or --workload.",
    transient=True,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Notes what discovery found; a target without a workload does not reach this check."""
    target = ctx.target
    ctx.note(f"{target.kind.lower()} {target.name}, container {target.container.name}, {len(target.pods)} pods")
    for reason in target.inaccessible:
        ctx.record_problem(reason)
    yield from ()


FOUND = Check(
    id="workload.found",
    title="The workload exists",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(NOT_FOUND,),
    occasions=PREREQUISITES,
    reads=WORKLOAD,
)
