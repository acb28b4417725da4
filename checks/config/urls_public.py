"""Do the URLs that the worker puts into mails open outside the cluster?

Whether a public one answers, or leads on to another (which some senders do not follow), only a try from outside tells.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.domain.network.findings import set_variable
from diagnose.domain.network.hostnames import host_of, is_inside, is_local
from diagnose.model.report import Finding, Severity
from diagnose.text.sentences import truncate

INTERNAL = Code(
    id="config.url-internal",
    meaning="A URL that people outside open leads to a host that only the cluster knows: the links in mails are dead.",
    fix="Set it to the address that people use.",
    severity=Severity.WARNING,
)
ITSELF = Code(
    id="config.url-of-the-pod",
    meaning="The application's URL leads to the pod that uses it, where no application listens.",
    fix="Set it to the application's own address.",
    severity=Severity.WARNING,
)


def run(ctx: Context) -> Iterator[Finding]:
    """URLs that lead to the pod itself, or nowhere outside."""
    profile, notes = ctx.target.profile, []
    for name in (*profile.public_urls, *profile.own_urls):
        found = ctx.target.container.variable(name)
        if found and found.value_from:
            notes.append(f"{name} is not read: it comes by reference")
            continue
        value = found.value.strip() if found else ""
        host = host_of(value)
        if host and is_local(host):
            words = f'{name} is "{truncate(value, 60)}": that is the pod itself, not the application'
            yield _finding(ctx, ITSELF, name, words)
        elif host and is_inside(host) and name in profile.public_urls:
            words = f'{name} is "{truncate(value, 70)}", which only the cluster knows, so links in mails do not open'
            yield _finding(ctx, INTERNAL, name, words)
        elif host and is_inside(host):
            notes.append(f"{name} leads to a host of the cluster: a link made from it opens only there")
        elif not value and name in profile.public_urls:
            notes.append(f"{name} is empty: what would send public links refuses to")
    if notes:
        ctx.note("; ".join(notes))


def _finding(ctx: Context, code: Code, name: str, words: str) -> Finding:
    return code.finding(
        f"{words}.",
        set_variable(ctx, name, "https://PUBLIC_HOST"),
        pods=ctx.target.pods_with_same(name),
        subjects=(f"variable/{name}",),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", words),),
    )


URLS_PUBLIC = Check(
    id="config.urls-public",
    title="The URLs that people open lead out of the cluster",
    stage=stages.INDEPENDENT,
    run=run,
    codes=(INTERNAL, ITSELF),
    occasions=(Occasion.AUDIT,),
)
