"""Do a certificate and its private key belong together? Both are there, each is valid, and a program rejects the pair.

It happens where one of them was renewed and the other was not, or where they come from two Secrets.
"""

import re
from collections.abc import Iterator

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Contradiction, NotApplicableError, grouped
from diagnose.check.reads import WORKER_LOGS
from diagnose.check.rights import optional
from diagnose.commands import kubectl, others
from diagnose.domain.kubernetes.file_modes import FileSource, MountedFiles, mounted_files
from diagnose.domain.kubernetes.pods import failing_pods, line_evidence
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Container, Pod
from diagnose.text.patterns import lazy
from diagnose.text.sentences import fit, listed

MISMATCH = Code(
    id="secrets.key-pair-mismatch",
    meaning="The private key that a program gets is not that of its certificate: one was renewed without the "
    "other, or they come from different places.",
    fix="Store a certificate and a key that were made together, then restart the pods.",
)
PAIR = Contradiction(
    fact="the container has a certificate and a private key",
    opposed="the program says that they do not belong together",
    proves="one of them was renewed or stored without the other",
    otherwise=("The program may read the pair from another file: look for the paths in its settings.",),
)
# Of OpenSSL, Go, Node.js, rustls, Java, .NET and PostgreSQL.
REJECTED = lazy(
    r"key[ _]values[ _]mismatch|key[ _]type[ _]mismatch|KeyMismatch|InconsistentKeys|keys may not be consistent"
    r"|private key[^\n]{0,80}(?:(?:does not|doesn't|do not|not) match|mismatch)"
    r"|certificate[^\n]{0,80}(?:does not|doesn't|do not|not) match[^\n]{0,40}key"
    r"|key does not match the public key",
    re.IGNORECASE,
)
OF_PAIR = lazy(r"tls|ssl|cert|crt|pem|key|pki", re.IGNORECASE)
LAST_LINES = 60


class _Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """A pair that a program rejects, with the Secrets whose files may be it."""

    pod: Pod
    container: Container
    line: Evidence
    files: tuple[MountedFiles, ...]

    @property
    def sources(self) -> tuple[FileSource, ...]:
        return tuple(dict.fromkeys(source for each in self.files for source in each.sources))


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the pairs that programs reject, each with the Secret that has it."""
    failing = {pod.name: pod for pod in failing_pods(ctx)}
    if not failing:
        raise NotApplicableError("every pod is ready, or starting")
    found: dict[tuple[str, str], _Rejected] = {}
    for log in ctx.detail(ctx.logs) or ():
        container = failing[log.pod].spec.container(log.container) if log.pod in failing else None
        text = next((each.text for each in reversed(log.text.lines[-LAST_LINES:]) if REJECTED.search(each.text)), "")
        if container and text:
            pod, seen = failing[log.pod], line_evidence(ctx, log, text)
            files = tuple(_candidates(pod, container, text))
            found[log.pod, log.container] = _Rejected(pod=pod, container=container, line=seen, files=files)
    for hits in grouped(((each.container.name, each.sources), each) for each in found.values()).values():
        yield _finding(ctx, hits)


def _candidates(pod: Pod, container: Container, text: str) -> Iterator[MountedFiles]:
    """Yields the mounted files that can be the pair: those that the message or a setting names, else all by name."""
    secret = [each for each in mounted_files(pod, container) if any(one.kind == "Secret" for one in each.sources)]
    settings = (*(each.value for each in container.env), *container.command, *container.args)
    paths = (text, *(each for each in settings if OF_PAIR.search(each)))
    named = [each for each in secret if any(each.path in one for one in paths)]
    alike = [each for each in secret if OF_PAIR.search(f"{each.path} {each.sources[0].name}")]
    yield from named or alike or secret


def _finding(ctx: Context, hits: list[_Rejected]) -> Finding:
    first, namespace = hits[0], ctx.target.namespace
    names, secrets = tuple(dict.fromkeys(each.pod.name for each in hits)), first.sources
    where = listed(each.label for each in secrets)
    paths = ", ".join(each.path for each in first.files)
    show = kubectl.get("pod", first.pod.name, namespace=namespace, output="jsonpath={.spec.volumes}")
    mounted = (
        (ctx.record_evidence(f"pod {first.pod.name}, {first.container.name}", f"{where} at {paths}", command=show),)
        if secrets
        else ()
    )
    head = f"The certificate and the private key of container {first.container.name} do not belong together"
    restart = ctx.owner.rollout("restart")
    return PAIR.finding(
        MISMATCH,
        fit(head, f"{where} at {paths}" if secrets else ""),
        _store(namespace, secrets),
        *(_compare(namespace, each) for each in secrets[:1]),
        Step("Then restart the pods.", restart, changes=ctx.deployment),
        subjects=tuple(f"secret/{each.name}" for each in secrets),
        pods=names,
        fact=mounted,
        opposed=(first.line,),
        is_proven=len(secrets) == 1,
    )


def _store(namespace: str, secrets: tuple[FileSource, ...]) -> Step:
    """Returns the step that stores both of one pair, where it is known in which Secret."""
    where = listed(each.label for each in secrets)
    text = f"Store certificate and key of one pair in {where or 'their Secret'}, as their issuer gives them."
    if len(secrets) != 1:
        return Step(text)
    certificate, key = _keys(secrets[0])
    command = kubectl.store_key_pair(secrets[0].name, certificate=certificate, key=key, namespace=namespace)
    return Step(text, command, changes=f"Secret {secrets[0].name}")


def _keys(source: FileSource) -> tuple[str, str]:
    """Returns the keys of a Secret that have the certificate and the private key: by default those of its TLS type."""
    names = [item.key for item in source.items]
    certificate = next((each for each in names if each.endswith((".crt", ".pem", ".cert"))), "tls.crt")
    return certificate, next((each for each in names if each.endswith(".key")), "tls.key")


def _compare(namespace: str, source: FileSource) -> Step:
    """Returns the step that shows whose certificate it is, which is no secret."""
    path = f"jsonpath={{.data.{kubectl.field(_keys(source)[0])}}}"
    certificate = kubectl.get("secret", source.name, namespace=namespace, output=path)
    return Step(
        "Read whose certificate it is, and from when.",
        certificate.pipe(others.show_certificate()),
    )


KEY_PAIRS_MATCH = Check(
    id="secrets.key-pairs-match",
    title="The certificates of the pods have their own private keys",
    stage=stages.SECRET_VALUES,
    run=run,
    codes=(MISMATCH,),
    reads=optional(WORKER_LOGS),
    contradiction=PAIR,
)
