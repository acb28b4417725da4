"""Commands of Temporal."""

from diagnose.commands.command import Command, option


def temporal(*words: str, address: str = "", namespace: str = "") -> Command:
    """A command of Temporal for a server and a namespace; the words are literals, or come from `option`."""
    return Command("temporal", *words, *option("--address", address), *option("--namespace", namespace))
