"""Is there a metrics endpoint where the annotations let Prometheus scrape? The worker has none; Temporal has metrics.

Temporal itself reports backlog, pollers and failed workflows (`temporal.backlog-small`, `temporal.failures-few`).
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import EXEC
from diagnose.model.report import Finding, Severity, Step, Vantage
from diagnose.target.survey_plan import SCRAPE, scrape_urls

ABSENT = Code(
    id="health.metrics-absent",
    meaning="The pods' annotations let Prometheus scrape them, and the worker has no metrics endpoint there: the "
    "scrape fails permanently, and alerts on its metrics never fire.",
    fix="Remove the annotation, and base alerts on Temporal's metrics.",
    severity=Severity.WARNING,
)
INSTEAD = "the worker has no metrics endpoint; use those of Temporal"


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a scrape of the pods that would fail."""
    urls = scrape_urls(ctx.target)
    if not urls:
        ctx.note(INSTEAD)
        return
    for each in ctx.surveys():
        for fetched in each.answer.fetched:
            if fetched.url not in urls:
                continue
            answer = f"{fetched.status or fetched.error}"
            seen = ctx.record_evidence(f"pod {each.pod.name}", f"GET {fetched.url}: {answer}", Vantage.POD)
            if fetched.status == 200:
                ctx.note(f"{fetched.url} answers a scrape")
                return
            if 300 <= fetched.status < 400:
                ctx.record_problem(f"a scrape follows the redirect of {fetched.url}, which was not followed here")
                return
            where = fetched.url.partition("127.0.0.1")[2]
            got = fetched.status or "no answer"
            yield ABSENT.finding(
                f"{SCRAPE} points to {where}, which answers {got}: {INSTEAD}.",
                Step(
                    "Remove the annotation, which restarts the pods; better in the chart's values.",
                    ctx.owner.annotate_template({SCRAPE: None}),
                    changes="the Deployment",
                ),
                subjects=(f"pod/{each.pod.name}",),
                evidence=(seen,),
            )
            return
    ctx.record_problem("no pod could be queried for its metrics")


SCRAPE_ANSWERED = Check(
    id="health.scrape-answered",
    title="The annotated metrics endpoint exists",
    stage=stages.INDEPENDENT,
    template=stages.PROBE_PORT.template,
    run=run,
    codes=(ABSENT,),
    occasions=(Occasion.AUDIT,),
    reads=EXEC,
)
