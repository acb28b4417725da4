"""Is Vault initialized and unsealed? It says so without a token; a sealed one gives no secret to anybody."""

from collections.abc import Iterator

import msgspec

from diagnose.asking import ask_vault, way_to_vault
from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Evidence, Finding, Step
from diagnose.probes.dependencies import Answered
from diagnose.probes.question import CannotLookError
from diagnose.reach import Way

SEALED = Code(
    id="vault.sealed",
    meaning="Vault is sealed, as after each restart without auto-unseal: it answers nothing but its own state.",
    fix="Unseal Vault with enough of its keys.",
)
EMPTY = Code(
    id="vault.not-initialized",
    meaning="Vault has no storage yet: it was never initialized, or it lost its data.",
    fix="Initialize Vault, or give it its storage back.",
)


class _Seal(msgspec.Struct, frozen=True):
    initialized: bool = True
    sealed: bool = False


def ask(ctx: Context) -> Iterator[Finding]:
    """What Vault says from a pod, else through a port-forward, else what agents were told."""
    if not ctx.target.vault.wanted:
        raise NotApplicableError("the pod template does not ask for the Vault agent")
    told = ctx.matches()
    found = way_to_vault(ctx)
    state = _from_pods(ctx) or (None if found is None or told else _from_vault(ctx, *found))
    if state is None and not told:
        raise CannotLookError("nobody could ask Vault for its state")
    sealed = bool(told) if state is None else state.sealed
    through = found[1].through if found else None
    server = f"kubectl -n {through.namespace} exec -it {through.pod} -- " if through else ""
    evidence: tuple[Evidence, ...] = tuple(match.evidence for match in told[:2]) or tuple(ctx.evidence[-1:])
    look = Step(text="Ask it for its state.", command=f"{server}vault status")
    address = found[0] if found else "its address"
    if state is not None and not state.initialized:
        yield EMPTY.finding(
            f"Vault at {address} is not initialized, so no agent can log in.", evidence=evidence, steps=(look,)
        )
    elif sealed:
        yield SEALED.finding(
            f"Vault at {address} is sealed, so no agent can log in and no new pod of the worker can start.",
            subjects=(f"pod/{through.namespace}/{through.pod}",) if through else (),
            evidence=evidence,
            steps=(
                Step(
                    text="Unseal it, once for each key that is needed.",
                    command=f"{server}vault operator unseal",
                    changes="Vault",
                ),
                look,
            ),
        )


def _from_pods(ctx: Context) -> _Seal | None:
    try:
        fetched = [each for survey in ctx.surveys() for each in survey.answer.fetched if "/v1/sys/" in each.url]
    except CannotLookError:
        return None
    for each in fetched:
        if each.status == 200:
            ctx.saw(each.url, "asked from a pod", command=f"curl {each.url}")
            return msgspec.json.decode(each.body, type=_Seal)
    return None


def _from_vault(ctx: Context, address: str, way: Way) -> _Seal:
    answer = ask_vault(ctx, address, way)
    if answer.answered is not Answered.YES:
        raise CannotLookError(f"Vault at {address} does not say its state: {answer.detail}")
    return _Seal(answer.initialized, answer.sealed)


UNSEALED = Check(
    id="vault.unsealed",
    title="Vault is unsealed",
    ask=ask,
    codes=(SEALED, EMPTY),
    explained_by=("network.dns-answers",),
)
