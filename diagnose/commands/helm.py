"""Commands of Helm."""

from diagnose.commands.command import Command, arguments, option


def helm(verb: str, release: str, *words: str, namespace: str = "") -> Command:
    """A command about a release; the words are literals or numbers."""
    if release.startswith("-"):
        return Command("helm", verb, *option("-n", namespace), *arguments(release, *words))
    return Command("helm", verb, release, *words, *option("-n", namespace))
