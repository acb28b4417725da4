"""Does the cluster's DNS answer? A name that does not exist is an answer; no answer at all is this fault.

Without DNS every dependency looks down at once, so this stands before all of them.
"""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context
from diagnose.model import Evidence, Finding, Step
from diagnose.probes.question import CannotLookError
from diagnose.probes.surroundings import EndpointSlice
from diagnose.probes.survey import Reached

DOWN = Code(
    id="network.dns-down",
    meaning="The cluster's DNS does not answer, so no name of any dependency can be resolved.",
    fix="Bring the DNS pods in kube-system back.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Ready DNS endpoints, and what pods and logs say of unanswered lookups."""
    unanswered = _unanswered(ctx)
    try:
        slices = [each for each in ctx.list(EndpointSlice, "kube-system") if each.service == "kube-dns"]
    except CannotLookError as error:
        if not unanswered and not _resolves(ctx):
            raise CannotLookError(f"{error}; and no pod could try a name") from error
        slices = []
    endpoints = [endpoint for each in slices for endpoint in each.endpoints or ()]
    ready = [endpoint for endpoint in endpoints if endpoint.conditions.ready is not False]
    seen = ctx.saw(
        "service kube-system/kube-dns",
        f"{len(ready)} of {len(endpoints)} endpoints ready",
        command="kubectl -n kube-system get endpointslices -l kubernetes.io/service-name=kube-dns",
    )
    if (slices and not ready) or (unanswered and not _resolves(ctx)):
        why = "kube-dns has no ready endpoints" if slices and not ready else "lookups from the pods get no answer"
        yield DOWN.finding(
            f"The cluster's DNS does not answer ({why}), so no name of a dependency resolves.",
            subjects=("service/kube-system/kube-dns",),
            evidence=(seen, *unanswered[:2]),
            steps=(
                Step(
                    text="Look at the DNS pods.",
                    command="kubectl -n kube-system get deployments,pods -l k8s-app=kube-dns",
                ),
                Step(
                    text="Start them again where they were scaled away.",
                    command="kubectl -n kube-system scale deployment/coredns --replicas=2",
                    changes="deployment kube-system/coredns",
                ),
            ),
        )


def _unanswered(ctx: Context) -> tuple[Evidence, ...]:
    return tuple(match.evidence for match in ctx.matches("network.dns-answers"))


def _resolves(ctx: Context) -> bool:
    """Whether a pod got any answer from DNS, "no such name" included."""
    try:
        answers = [each for survey in ctx.surveys() for each in survey.answer.connections]
    except CannotLookError:
        return False
    return any(each.state not in {Reached.NAME_UNRESOLVED, Reached.NO_TOOL} for each in answers)


DNS_ANSWERS = Check(id="network.dns-answers", title="The cluster's DNS answers", ask=ask, codes=(DOWN,), vital=True)
