"""Commands of Helm."""

from diagnose.commands.command import Command, arguments, option


def helm(verb: str, release: str, *words: str, namespace: str = "") -> Command:
    """A command about a release; verb and words are literals."""
    return Command("helm", *verb.split(), *arguments(release, *words, options=option("-n", namespace)))


def template(*, namespace: str) -> Command:
    """Prints what a chart deploys; release, chart and values are for a person to fill in."""
    return Command("helm", *option("-n", namespace), "template", "RELEASE", "CHART", "--values", "VALUES")
