"""Is there a metrics endpoint where the annotations let Prometheus scrape?

Where nothing can be requested from inside the pod, as without node, the open ports tell whether a scrape can succeed.
"""

from collections.abc import Iterator
from urllib.parse import urlsplit

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, NotApplicableError, Occasion, SurveyResult
from diagnose.check.reads import EXEC
from diagnose.model.report import Finding, Severity, Step, Vantage
from diagnose.queries.exec_survey.survey import Fetched
from diagnose.target.probe_facts import SCRAPE
from diagnose.target.survey_plan import scrape_urls

ABSENT = Code(
    id="health.metrics-absent",
    meaning="The pods' annotations let Prometheus scrape them, and there is no metrics endpoint where they point to: "
    "the scrape fails permanently, and alerts on its metrics never fire.",
    fix="Correct the annotation, or remove it.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """Reports a scrape of the pods that would fail."""
    urls = scrape_urls(ctx.target)
    if not urls:
        raise NotApplicableError("no annotation lets Prometheus scrape the pods")
    for each in ctx.surveys():
        for fetched in each.answer.fetched:
            if fetched.url in urls:
                yield from _judged(ctx, each, fetched)
                return
        port = urlsplit(urls[0]).port
        if each.answer.listening is not None and port not in {one.port for one in each.answer.listening}:
            yield _absent(ctx, each, urls[0], "no answer: the port is not open")
            return
    ctx.record_problem("no pod could be queried for its metrics")


def _judged(ctx: Context, surveyed: SurveyResult, fetched: Fetched) -> Iterator[Finding]:
    if fetched.status == 200:
        ctx.note(f"{fetched.url} answers a scrape")
    elif 300 <= fetched.status < 400:
        ctx.record_problem(f"a scrape follows the redirect of {fetched.url}, which was not followed here")
    else:
        yield _absent(ctx, surveyed, fetched.url, f"{fetched.status or f'no answer ({fetched.error})'}")


def _absent(ctx: Context, surveyed: SurveyResult, url: str, answer: str) -> Finding:
    pod = surveyed.pod.name
    where = url.partition("127.0.0.1")[2]
    return ABSENT.finding(
        f"{SCRAPE} of pod {pod} points to {where}, which answers {answer}, so there is nothing to scrape.",
        Step(
            "Remove the annotation, which restarts the pods; better in the chart's values.",
            ctx.owner.annotate_template({SCRAPE: None}),
            changes="the Deployment",
        ),
        subjects=(f"pod/{pod}",),
        evidence=(ctx.record_evidence(f"pod {pod}", f"GET {url}: {answer}", Vantage.POD),),
    )


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
