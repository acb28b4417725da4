"""Checks that the URLs in the worker's mails open outside the cluster.

Whether a public URL answers, or redirects (which some senders do not follow), is visible only from outside.
"""

from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.domain.kubernetes.environment import variable_finding
from diagnose.domain.network.findings import set_variable
from diagnose.domain.network.hostnames import host_of, is_inside, is_local
from diagnose.model.report import Finding, Severity
from diagnose.text.sentences import truncate

INTERNAL = Code(
    id="config.url-internal",
    meaning="The host of a public URL is known only inside the cluster: links in mails do not open.",
    fix="Set it to the public address.",
    severity=Severity.WARNING,
)
ITSELF = Code(
    id="config.url-of-the-pod",
    meaning="The host of the application's URL is the worker's own pod, where no application listens.",
    fix="Set it to the application's own address.",
    severity=Severity.WARNING,
)
PUBLIC = "https://PUBLIC_HOST"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields URLs of the pod itself, or of a host inside the cluster."""
    profile, notes = ctx.target.profile, []
    for name in (*profile.public_urls, *profile.own_urls):
        found = ctx.target.container.variable(name)
        if found and found.value_from:
            notes.append(f"{name} is not read: its value comes from a reference")
            continue
        value = found.value.strip() if found else ""
        host = host_of(value)
        if host and is_local(host):
            problem = f'{name} is "{truncate(value, 60)}": that is the pod itself, not the application'
            yield variable_finding(ctx, ITSELF, (name,), f"{problem}.", problem, set_variable(ctx, name, PUBLIC))
        elif host and is_inside(host) and name in profile.public_urls:
            problem = f'{name} is "{truncate(value, 70)}", a host inside the cluster, so links in mails do not open'
            yield variable_finding(ctx, INTERNAL, (name,), f"{problem}.", problem, set_variable(ctx, name, PUBLIC))
        elif host and is_inside(host):
            notes.append(f"{name} has a host inside the cluster: links with it open only there")
        elif not value and name in profile.public_urls:
            notes.append(f"{name} is empty: jobs that send public links fail")
    if notes:
        ctx.note("; ".join(notes))


URLS_PUBLIC = Check(
    id="config.urls-public",
    title="Public URLs open outside the cluster",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(INTERNAL, ITSELF),
    occasions=(Occasion.AUDIT,),
)
