"""Database logins as seen from inside pods: who was refused, why, and whose credentials were tried."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnose.check import Context
from diagnose.model import Evidence, Finding, Step, Vantage
from diagnose.probes.postgres_refusals import Refusal, refusal_of
from diagnose.probes.survey import Login


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Pods whose login was refused for the same reason."""

    refusal: Refusal
    pods: tuple[str, ...]
    login: Login
    evidence: tuple[Evidence, ...]


def logins(ctx: Context, purpose: str) -> tuple[tuple[str, Login], ...]:
    """Pod and login of every pod that tried."""
    found = ((each.pod.name, each.answer.login(purpose)) for each in ctx.surveys())
    return tuple((pod, login) for pod, login in found if login is not None)


def refused(ctx: Context, purpose: str) -> Iterator[Refused]:
    """Refused logins, grouped by what they mean."""
    groups: dict[Refusal, list[tuple[str, Login]]] = {}
    for pod, login in logins(ctx, purpose):
        if not login.accepted:
            groups.setdefault(refusal_of(login.code, login.message), []).append((pod, login))
    for refusal, members in groups.items():
        pod, login = members[0]
        seen = ctx.saw(f"login from pod {pod}", f"{login.code} {login.message}", Vantage.POD)
        yield Refused(refusal=refusal, pods=tuple(name for name, _ in members), login=login, evidence=(seen,))


def joined(findings: tuple[Finding, ...], more: Refused | None) -> tuple[Finding, ...]:
    """The findings of the logs, with the pods that were refused when they were asked."""
    if more is None or not findings:
        return findings
    first = findings[0]
    pods = tuple(dict.fromkeys((*first.pods, *more.pods)))
    return (replace(first, pods=pods, evidence=(*first.evidence, *more.evidence)), *findings[1:])


def password_steps(ctx: Context, variable: str) -> tuple[Step, ...]:
    """How to give the worker another password, by the Secret that its variable is taken from."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    restart = Step(
        text="Restart the worker: it reads the password only at its start.",
        command=f"kubectl -n {namespace} rollout restart deployment/{workload}",
        changes=f"deployment {namespace}/{workload}",
    )
    found = ctx.target.container.variable(variable)
    reference = found.value_from.secret_key_ref if found and found.value_from else None
    if reference is None:
        return (restart,)
    value = shlex.quote(f'{{"stringData":{{"{reference.key}":"RIGHT_PASSWORD"}}}}')
    return (
        Step(
            text=f"Put the right password for {variable} into the Secret.",
            command=f"kubectl -n {namespace} patch secret {reference.name} -p {value}",
            changes=f"Secret {namespace}/{reference.name}",
        ),
        restart,
    )
