"""The cluster's DNS: its endpoints, and lookups from inside pods."""

from diagnose.check.api import Context, SurveyResult
from diagnose.commands import kubectl
from diagnose.domain.network.hostnames import is_local
from diagnose.model.report import Evidence, Vantage
from diagnose.queries.exec_survey.survey import Connection, ConnectionState
from diagnose.resources import EndpointSlice
from diagnose.target.survey_plan import dials
from diagnose.text.addresses import is_address

SLICES = kubectl.endpoints("kube-dns", namespace="kube-system")


def endpoints(ctx: Context, covered_by: str) -> Evidence | None:
    """Records how many DNS endpoints are ready; None where they have another name, or something else shows it.

    Raises:
        NoAnswerError: nothing else shows it, and they may not be listed.
    """

    def listed() -> tuple[EndpointSlice, ...]:
        return ctx.list(EndpointSlice, "kube-system")

    found_slices = (ctx.covered(listed, covered_by) or ()) if covered_by else listed()
    slices = [each for each in found_slices if each.service == "kube-dns"]
    found = [endpoint for each in slices for endpoint in each.endpoints or ()]
    ready = sum(endpoint.conditions.ready is not False for endpoint in found)
    text = f"{ready} of {len(found)} endpoints ready"
    return ctx.record_evidence("service kube-system/kube-dns", text, command=SLICES) if slices else None


def lookups(ctx: Context) -> dict[str, bool]:
    """Returns for each pod with lookups whether any was answered, "no such name" included."""
    found = {each.pod.name: [one for one in each.answer.connections if is_conclusive(one)] for each in _surveys(ctx)}
    for pod, tried in found.items():
        if tried and all(one.state is ConnectionState.NAME_UNRESOLVED for one in tried):
            text = f"lookup of {tried[0].host}: {tried[0].detail or 'no answer'}"
            ctx.record_evidence(f"pod {pod}", text, Vantage.POD)
    return {
        pod: any(one.state is not ConnectionState.NAME_UNRESOLVED for one in tried)
        for pod, tried in found.items()
        if tried
    }


def _surveys(ctx: Context) -> tuple[SurveyResult, ...]:
    """Returns the exec surveys, which look up nothing where no dependency has a name."""
    if any(_is_name(each.host) for each in dials(ctx.target)):
        return ctx.attempt(ctx.surveys) or ()
    return ctx.covered(ctx.surveys, "no dependency with a name is known") or ()


def untried_name(ctx: Context) -> str:
    """Returns a name that a pod should have looked up, and could not for want of a tool or of time; "" for none."""
    tried = (one for each in _surveys(ctx) for one in each.answer.connections)
    return next((one.host for one in tried if _is_name(one.host) and not is_conclusive(one)), "")


def is_conclusive(tried: Connection) -> bool:
    """Whether the result of its lookup is known: a timeout without an address may be that of DNS."""
    return is_lookup(tried) and (tried.state is not ConnectionState.TIMED_OUT or bool(tried.address))


def is_lookup(tried: Connection) -> bool:
    """Whether the attempt needed a DNS lookup."""
    return tried.state is not ConnectionState.NO_TOOL and _is_name(tried.host)


def _is_name(host: str) -> bool:
    return not is_address(host) and not is_local(host)


def has_server_errors(ctx: Context) -> bool:
    """Whether DNS answers with errors: node reports EAI_AGAIN at once, and Go "server misbehaving"."""
    if any("server misbehaving" in match.text for match in ctx.matches("network.dns-answers")):
        return True
    tried = [one for each in ctx.attempt(ctx.surveys) or () for one in each.answer.connections if is_lookup(one)]
    return any(one.state is ConnectionState.NAME_UNRESOLVED and one.detail.startswith("EAI_") for one in tried)
