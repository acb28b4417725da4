"""Commands of Helm."""

from diagnose.commands.command import Command, arguments, option


def helm(verb: str, release: str, *words: str, namespace: str = "") -> Command:
    """A command about a release; verb and words are literals."""
    return Command("helm", *verb.split(), *arguments(release, *words, options=option("-n", namespace)))


def template(release: str, chart: str, *, namespace: str) -> Command:
    """Prints what a chart deploys; names are for a person to fill in."""
    return Command("helm", *option("-n", namespace), "template", release, chart, "--values", "VALUES")
