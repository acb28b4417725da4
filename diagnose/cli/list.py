"""`diagnose list` and `diagnose explain`, from the declarations of the checks."""

from pathlib import Path

import click

from diagnose.check.api import Occasion
from diagnose.cli import completion_values, descriptions, options
from diagnose.cli.catalogue import catalogue, listed_checks
from diagnose.cli.command import command
from diagnose.cli.settings import Settings, load
from diagnose.text.sentences import suggestions


@command(name="list", epilog="Example: diagnose list --topic vault")
@click.option("--topic", default="", shell_complete=completion_values.topics, help="Only the checks of one topic.")
@click.option(
    "--occasion",
    type=click.Choice([each.value for each in Occasion]),
    default=None,
    help="Only the checks of an incident, before or after a deployment, or of an audit.",
)
@click.option("--markdown", is_flag=True, help="The whole catalogue as Markdown, as in docs/checks.md.")
@click.option("--runbook", "by_runbook", is_flag=True, help="By the statements of the worker's deployment guide.")
@options.CONFIG
def list_checks(topic: str, occasion: str | None, markdown: bool, by_runbook: bool, config: Path | None) -> None:
    """List the checks by topic, with their occasions and findings."""
    if by_runbook:
        from diagnose.cli import runbook

        click.echo(runbook.markdown(), nl=False)
        return
    if markdown:
        click.echo(descriptions.markdown(catalogue()), nl=False)
        return
    known = listed_checks(load(config))
    topics = list(dict.fromkeys(check.topic for check in known))
    if topic and topic not in topics:
        raise click.UsageError(f"there is no topic {topic!r}; there are {', '.join(topics)}")
    for check in known:
        if topic in {"", check.topic} and (occasion is None or occasion in check.occasions):
            occasions = ", ".join(each.value for each in check.occasions)
            click.echo(f"{check.id:32} {check.title} [{occasions}]")
            for code in check.codes:
                click.echo(f"    {code.id}")


@command(epilog="Example: diagnose explain vault.role-not-found")
@click.argument("code", default="", metavar="[CODE|TOPIC]", shell_complete=completion_values.codes)
@options.CONFIG
def explain(code: str, config: Path | None) -> None:
    """Explain a finding or a check, its meaning and its fix, or list the findings of a topic."""
    click.echo(explanation(code, load(config)))


def explanation(code: str, settings: Settings) -> str:
    """Returns the text about a finding, a check or a topic; without one, about all.

    Raises:
        click.UsageError: there is none of that name.
    """
    known = catalogue(settings)
    text = descriptions.explain(known, code) if code else descriptions.explain_all(known)
    if text is None:
        names = descriptions.all_names(known)
        raise click.UsageError(
            f"there is no finding, check or topic {code!r}{suggestions(code, names) or '; see: diagnose list'}"
        )
    return text
