"""Commands of Argo CD and Flux."""

import msgspec

from diagnose.commands.command import Command, arguments, option


class GitOpsCommands(msgspec.Struct, frozen=True):
    """Shows what was applied, applies what Git has, suspends that, and resumes it."""

    history: Command
    sync: Command
    suspend: Command
    resume: Command


def argocd(name: str, namespace: str = "") -> GitOpsCommands:
    """The commands for an application."""
    app = f"{namespace}/{name}" if namespace else name

    def command(verb: str, *flags: str) -> Command:
        return Command("argocd", "app", verb, *arguments(app, options=flags))

    return GitOpsCommands(
        command("history"),
        command("sync"),
        command("set", "--sync-policy", "none"),
        command("set", "--sync-policy", "automated"),
    )


def flux(kind: str, name: str, namespace: str = "") -> GitOpsCommands:
    """The commands for an object of Flux."""

    def command(verb: str, what: str, *flags: str) -> Command:
        return Command("flux", verb, what, *arguments(name, options=(*option("-n", namespace), *flags)))

    return GitOpsCommands(
        command("get", f"{kind}s"),
        command("reconcile", kind, "--with-source"),
        command("suspend", kind),
        command("resume", kind),
    )
