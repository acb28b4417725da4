"""Checks that a Temporal frontend serves on the port.

SERVING means that the frontend runs and sees its peers; it does not include Temporal's own database.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import PREREQUISITES, Check, Code, Context, Missing
from diagnose.check.reads import WORKER_LOGS, server_query
from diagnose.check.rights import Scope, optional
from diagnose.commands import kubectl
from diagnose.commands.others import speaks_tls
from diagnose.domain.kubernetes.file_modes import mounted_files
from diagnose.domain.temporal.connection import (
    DENIED,
    Encryption,
    encryption_of,
    handshakes,
    how_to_query,
    is_cloud,
    named,
)
from diagnose.domain.temporal.pollers import is_polled_by
from diagnose.domain.temporal.queries import (
    begin_query,
    correct_address,
    frontend,
    query_temporal,
    route_to_temporal,
    temporal_of,
)
from diagnose.model.report import Alternative, Confidence, Finding, Step
from diagnose.queries.query import AnswerState, NoAnswerError
from diagnose.queries.temporal import TemporalAnswer
from diagnose.queries.tls import Handshake
from diagnose.text.sentences import truncate
from diagnose.text.times import to_text

NOT_TEMPORAL = Code(
    id="temporal.not-grpc",
    meaning="The port is open, but no plaintext gRPC server answers: it is another service, or a frontend "
    "that requires TLS.",
    fix="Correct the address of Temporal, or align TLS between worker and frontend.",
)
TLS = Code(
    id="temporal.tls-expected",
    meaning="The server at the worker's address of Temporal requires TLS, but the worker connects without: its error "
    "is only a connection timeout.",
    fix="Set the address of a frontend without TLS, or configure TLS in the worker's client.",
)
UNEXPECTED = Code(
    id="temporal.tls-unexpected",
    meaning="The worker connects to Temporal over TLS, but the server at its address answers in plain text.",
    fix="Turn TLS off in the worker's settings, or set the address of a frontend with TLS.",
)
CERTIFICATE = Code(
    id="temporal.certificate-rejected",
    meaning="One end refuses the certificate of the other: that of Temporal's frontend or that of the worker has "
    "expired, is for another name, or is of an authority that the other end does not trust. No connection succeeds.",
    fix="Renew the certificate, or correct the server's name or the authority in the settings.",
)
UNAUTHORIZED = Code(
    id="temporal.unauthorized",
    meaning="Temporal's frontend refuses the worker: its API key or client certificate is missing, expired or not "
    "for this namespace.",
    fix="Set a valid API key or client certificate for the namespace.",
)
OTHER = Code(
    id="temporal.not-temporal",
    meaning="The gRPC server at the worker's address is not Temporal. Clients connect, so the start continues and "
    "the pod becomes ready, but every call fails.",
    fix="Correct the address of Temporal.",
)
NOT_SERVING = Code(
    id="temporal.not-serving",
    meaning="The frontend answers that it is not serving, or not as a Temporal frontend.",
    fix="Read in the Temporal server's log what it waits for.",
    symptom=True,
    alternatives=(
        "The server's database does not answer: its log names it.",
        "The server is starting or shutting down: run it again in a minute.",
    ),
    transient=True,
)

ENDED = "A proxy, or a server that refuses the worker's certificate, ends connections like that, too."


def run(ctx: Context) -> Iterator[Finding]:
    """Yields findings by the worker's log, and by the frontend's health service."""
    logged = ctx.covered(lambda: tuple(ctx.signature_findings()), "the frontend itself was queried") or ()
    certain, likely = [each for each in logged if each.code != TLS.id], [each for each in logged if each.code == TLS.id]
    yield from certain
    known = {each.code for each in certain}
    queried = ctx.attempt(lambda: tuple(_by_query(ctx)))
    if isinstance(queried, Missing):
        yield from (replace(each, confidence=Confidence.LIKELY, alternatives=(ENDED,)) for each in likely)
    else:
        yield from (each for each in queried if each.code not in known)


def _by_query(ctx: Context) -> Iterator[Finding]:
    temporal = temporal_of(ctx)
    answer = query_temporal(ctx)
    encryption, answered = encryption_of(ctx.target, temporal), answer.answered is AnswerState.YES
    if answered and answer.serving.startswith(DENIED):
        raise NoAnswerError(
            f"query Temporal at {temporal.address}: {truncate(answer.serving, 80)}: {how_to_query(ctx, temporal)}"
        )
    requires_tls = answer.encrypted if answered else answer.speaks == "TLS"
    ends_connections = encryption is Encryption.UNKNOWN and bool(ctx.logged(TLS.id))
    own = _own_certificate_refused(ctx, encryption, answer) if requires_tls else None
    if own:
        yield own
    elif requires_tls and (encryption is Encryption.PLAIN or ends_connections):
        yield _requires_tls(ctx, answer)
    elif not answered and answer.speaks == "TLS":
        yield from _refused_over_tls(ctx, encryption, answer)
    elif not answered and not route_to_temporal(ctx).service:
        # Outside the cluster a firewall may block it, which proves nothing about the pods' own route.
        reached = "".join(f"; from {each.source}: {each.text}" for each in handshakes(ctx, temporal, answer))
        raise NoAnswerError(
            f"{temporal.address} does not answer where diagnose runs: {truncate(answer.detail, 120)}{reached}"
        )
    elif answered and not answer.encrypted and encryption is Encryption.TLS and not _is_polled(ctx, answer):
        yield _unexpected_tls(ctx, answer)
    else:
        yield from _by_health(ctx, answer)


def _by_health(ctx: Context, answer: TemporalAnswer) -> Iterator[Finding]:
    """Yields findings by the health service of a frontend, or by what answers in its place."""
    temporal = temporal_of(ctx)
    answered = answer.answered is AnswerState.YES
    health = Step("Check its health.", frontend(ctx).health())
    tls = Step("Check whether it speaks TLS.", speaks_tls(temporal.address))
    correct = correct_address(ctx, "RIGHT_HOST:7233")
    alternatives: tuple[str, ...] = ()
    steps: tuple[Step, ...]
    if not answered and answer.speaks:
        code, steps, what = NOT_TEMPORAL, (correct, tls), f"answers {answer.speaks} instead of gRPC"
        summary = f"{temporal.address} is open, but {what}: it is not a Temporal frontend."
    elif not answered:
        code, steps, what = NOT_TEMPORAL, (correct, tls), "does not answer gRPC"
        summary = f"{temporal.address} is open, but {what}: it is not a Temporal frontend, or it requires TLS."
        alternatives = (Alternative("A frontend with TLS closes plain connections too; try TLS.", TLS.id),)
    elif answer.serving.startswith(("UNIMPLEMENTED", "Unimplemented")):
        code, steps = OTHER, (correct, health)
        summary = f"{temporal.address} is a gRPC server, but no Temporal frontend: it has no WorkflowService."
    elif answer.serving != "SERVING":
        code, steps, message = NOT_SERVING, (health,), truncate(answer.serving, 80)
        summary = f"The Temporal frontend {temporal.address} answers {message}, so no workflow makes progress."
    else:
        return
    yield _finding(ctx, answer, code, summary, *steps, alternatives=alternatives)


def _requires_tls(ctx: Context, answer: TemporalAnswer, *alternatives: str) -> Finding:
    address = temporal_of(ctx).address
    return _finding(
        ctx,
        answer,
        TLS,
        f"{address} requires TLS, but the worker connects without it, so no connection succeeds.",
        Step("Check whether it speaks TLS.", speaks_tls(address)),
        correct_address(ctx, "RIGHT_HOST:7233"),
        alternatives=alternatives,
    )


def _unexpected_tls(ctx: Context, answer: TemporalAnswer) -> Finding:
    temporal = temporal_of(ctx)
    by = f" ({temporal.tls.variable})" if temporal.tls.variable else ""
    return _finding(
        ctx,
        answer,
        UNEXPECTED,
        f"{temporal.address} speaks no TLS, but the worker is set to use it{by}, so no connection succeeds.",
        correct_address(ctx, "RIGHT_HOST:7233"),
        Step("Check whether it speaks TLS.", speaks_tls(temporal.address)),
        alternatives=("The worker's code may ignore the setting: its log shows whether it connects.",),
    )


def _refused_over_tls(ctx: Context, encryption: Encryption, answer: TemporalAnswer) -> Iterator[Finding]:
    """Yields findings about a frontend with TLS that does not answer diagnose, whose certificate can be judged."""
    temporal = temporal_of(ctx)
    shown = tuple(handshakes(ctx, temporal, answer))
    verifies = temporal.tls.verifies and (encryption is Encryption.TLS or is_cloud(temporal.host))
    bad = next((each for each in shown if _fault(ctx, each.handshake)), None) if verifies else None
    logged = ctx.logged("temporal.unreachable")
    wants = any(each.handshake.wants_certificate for each in shown)
    if encryption is Encryption.TLS and wants and not temporal.tls.has_certificate and ctx.logged(TLS.id):
        yield _finding(
            ctx,
            answer,
            UNAUTHORIZED,
            f"{temporal.address} requires a client certificate, which the worker's settings do not name.",
            Step("Show the certificate that it accepts.", speaks_tls(temporal.address)),
        )
    elif bad:
        yield CERTIFICATE.finding(
            f"The certificate of {temporal.address} {_fault(ctx, bad.handshake)}, so clients do not connect.",
            Step("Show the certificate.", speaks_tls(temporal.address)),
            subjects=(f"host/{temporal.host}",),
            pods=ctx.target.pods_with_same(temporal.address_variable),
            evidence=(bad.evidence(ctx),),
            alternatives=() if encryption is Encryption.TLS else ("The worker may not verify the certificate.",),
        )
    elif encryption is Encryption.UNKNOWN and logged and not is_cloud(temporal.host):
        yield _requires_tls(ctx, answer, "The worker may use TLS by its code or a proxy, and fail for another reason.")
    else:
        text = f" ({shown[0].text})" if shown else ""
        raise NoAnswerError(f"query Temporal at {temporal.address}{text}: {answer.detail}")


def _own_certificate_refused(ctx: Context, encryption: Encryption, answer: TemporalAnswer) -> Finding | None:
    """Returns the finding where the server ends the connections of a worker that shows it a certificate.

    A server refuses a certificate after the handshake, which a client sees as the end of its first request. A client
    in Go does not even show one of an authority that the server does not name.
    """
    temporal = temporal_of(ctx)
    ended = ctx.logged(TLS.id)
    if encryption is not Encryption.TLS or not temporal.tls.has_certificate or not ended:
        return None
    shown = [each for each in handshakes(ctx, temporal, answer) if each.handshake.wants_certificate]
    if not shown and answer.answered is not AnswerState.YES:
        return None
    secret = _secret_of(ctx, temporal.tls.certificate)
    where = f" of Secret {secret}" if secret else ""
    keys = Step("Show its age and keys.", kubectl.describe("secret", secret, namespace=ctx.target.namespace))
    other = "A proxy on the way may end them: whether other pods with this certificate connect decides."
    return CERTIFICATE.finding(
        f"Temporal refuses the worker's certificate{where}, it seems: {temporal.address} requires one, and ends its "
        "connections.",
        Step(f"Store a certificate and key{where} of an authority that Temporal knows, then restart the worker."),
        *((keys,) if secret else ()),
        Step("Show which authorities it accepts.", speaks_tls(temporal.address)),
        subjects=(*((f"secret/{secret}",) if secret else ()), f"host/{temporal.host}"),
        pods=tuple(dict.fromkeys(each.log.pod for each in ctx.matches() if each.signature.code == TLS.id)),
        evidence=(*ended[:2], *(each.evidence(ctx) for each in shown[:1])),
        alternatives=(other,),
    )


def _secret_of(ctx: Context, path: str) -> str:
    """Returns the Secret from which a file of the worker's container is mounted, "" for none or several."""
    mount = ctx.target.container.mount_at(path)
    files = (each for pod in ctx.target.pods for each in mounted_files(pod, ctx.target.container))
    found = {one.name for each in files if each.mount == mount for one in each.sources if one.kind == "Secret"}
    return found.pop() if len(found) == 1 else ""


def _fault(ctx: Context, shown: Handshake) -> str:
    """Returns what is wrong in a certificate for every client that verifies it, "" for nothing."""
    temporal = temporal_of(ctx)
    if shown.valid_until and shown.valid_until < ctx.now:
        return f"has expired at {to_text(shown.valid_until)}"
    if shown.valid_from and shown.valid_from > ctx.now:
        return f"is not valid before {to_text(shown.valid_from)}"
    expected = temporal.tls.server_name or temporal.host
    return "" if shown.is_for(expected) else f"is for {named(shown)}, not for {expected}"


def _is_polled(ctx: Context, answer: TemporalAnswer) -> bool:
    """Whether a pod of the worker polls, which shows that it connects."""
    return any(is_polled_by(ctx.target, queue) for queue in answer.queues)


def _finding(
    ctx: Context, answer: TemporalAnswer, code: Code, summary: str, *steps: Step, alternatives: tuple[str, ...] = ()
) -> Finding:
    temporal = temporal_of(ctx)
    return code.finding(
        summary,
        *steps,
        subjects=(f"host/{temporal.host}",),
        pods=ctx.target.pods_with_same(temporal.address_variable),
        evidence=(ctx.record_evidence(f"frontend {temporal.address}", answer.serving or answer.detail),),
        alternatives=alternatives,
    )


SERVING = Check(
    id="temporal.serving",
    title="The Temporal frontend serves",
    stage=stages.TEMPORAL_SERVER,
    run=run,
    ahead=begin_query,
    codes=(NOT_TEMPORAL, TLS, UNEXPECTED, CERTIFICATE, UNAUTHORIZED, OTHER, NOT_SERVING),
    occasions=PREREQUISITES,
    reads=(*server_query(Scope.TEMPORAL), *optional(WORKER_LOGS)),
)
