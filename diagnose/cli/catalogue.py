"""`diagnose list` and `diagnose explain`: what is known, from the declarations themselves."""

import difflib

import click

from diagnose.cli import describing, runbook, wiring


@click.command(name="list", epilog="Example: diagnose list --topic vault")
@click.option("--topic", default="", help="Only the checks of one topic.")
@click.option("--markdown", is_flag=True, help="The whole catalogue as Markdown, as in docs/checks.md.")
@click.option("--runbook", "by_runbook", is_flag=True, help="By the statements of the worker's deployment guide.")
def list_checks(topic: str, markdown: bool, by_runbook: bool) -> None:
    """List the checks by topic, with the findings that each can make."""
    if by_runbook:
        click.echo(runbook.markdown(), nl=False)
        return
    known = wiring.catalogue()
    if markdown:
        click.echo(describing.markdown(known), nl=False)
        return
    topics = list(dict.fromkeys(check.topic for check in known.checks))
    if topic and topic not in topics:
        raise click.UsageError(f"there is no topic {topic!r}; there are {', '.join(topics)}")
    for check in known.checks:
        if topic in {"", check.topic}:
            click.echo(f"{check.id:32} {check.title}")
            for code in describing.codes_of(known, check):
                click.echo(f"    {code.id}")


@click.command(epilog="Example: diagnose explain vault.role-not-found")
@click.argument("code")
def explain(code: str) -> None:
    """Explain a finding or a check: what it means, how it is seen, what to do."""
    known = wiring.catalogue()
    text = describing.explain(known, code)
    if text is None:
        names = describing.all_names(known)
        near = difflib.get_close_matches(code, names, n=3, cutoff=0.5)
        hint = f"; did you mean {' or '.join(near)}?" if near else "; see: diagnose list"
        raise click.UsageError(f"nothing is known as {code!r}{hint}")
    click.echo(text)
