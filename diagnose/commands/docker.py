"""Commands of Docker's client."""

from diagnose.commands.command import Command, arguments


def inspect_manifest(image: str) -> Command:
    """Shows what a registry has under an image's name."""
    return Command("docker", "manifest", "inspect", *arguments(image))
