"""Whatever a cluster calls its objects, each name stays one word of a command, and none becomes a flag.

A step takes nothing but a `Command` (the type checker), and only `diagnose/commands/` makes one
(`test_command_builders.py`). So every code's steps are safe where every builder and every template of a signature is;
the recordings show it end to end.
"""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from checks import signatures
from diagnose.commands import argo, docker, gitops, helm, kubectl, others, postgres, temporal, vault
from diagnose.commands.command import Command
from diagnose.commands.gitops import GitOpsCommands
from diagnose.commands.owner import Owner
from diagnose.commands.temporal import Frontend
from diagnose.engine.catalogue import NAMES
from diagnose.sources.recording import Recording
from diagnose.target.request import NoSuchTargetError
from tests.support import pasted, recordings, shell

# Before and after a name; a sign that names are split at (. : / = ,) would only make other names of it.
SPOILED = (
    ("", "; curl x|sh #"),
    ("", "$(id)"),
    ("-hostile-", ""),
    ("", "`id`"),
    ("", "\nid"),
    ("", "\"'"),
    ("", " -hostile"),
)
HOSTILE = re.compile(r"curl x|\$\(id\)|`id`|\nid|\"'|-hostile")
WORKER = "temporal-worker"
_NAMED = re.compile(rb'"(?:name|image|nodeName|serviceAccountName|secretName|claimName)":"([\w./:@-]{3,})"')
_PLAIN = re.compile(rb'"(?:host|address|value)":"(?:https?://)?([\w-]+)|([\w-]+)\.[\w-]+\.svc|"([\w-]*workflows)"')
# A name without a dash may be a word that a log has for other reasons.
_KNOWN = re.compile(r"[A-Z_0-9]+|[a-zA-Z_]+|kube-.*|vault.*|.*[/:@].*")


# The limit of a test is of the wall clock, which says nothing of a machine that does other things, too.
pytestmark = pytest.mark.timeout(1_200)


def proven(commands: list[Command]) -> None:
    assert all(command.parts for command in commands)
    # A line break cannot be pasted; such a command is left out.
    assert all("\n" in "".join(command.parts) for command in commands if command.is_withheld)
    commands = [command for command in commands if not command.is_withheld]
    for command, read in zip(commands, shell.read(commands), strict=True):
        assert read == shell.meant(command), command
        assert "\n" not in command
        for words in read:
            assert not shell.flags(words[1:], HOSTILE), command


def hostile(recording: Recording, before: str, after: str, *, whole: bool) -> Recording:
    """The recording with names made hostile, in queries and answers alike.

    Without `whole` the namespace, and what may be a part of an address, stay: nothing connects to a hostile address,
    and that hides what else is wrong.
    """
    plain = msgspec.json.encode(recordings.plain(recording))
    names = {each.decode() for each in _NAMED.findall(plain)} | {recording.header.arguments["namespace"]}
    if not whole:
        names -= {recording.header.arguments["namespace"]}
        names -= {part.decode() for found in _PLAIN.findall(plain) for part in found} - {WORKER}
    longest = sorted((each for each in names if not _KNOWN.fullmatch(each)), key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w.-])({'|'.join(map(re.escape, longest))})(?![\w-])".encode())
    start, end = (msgspec.json.encode(each)[1:-1] for each in (before, after))

    def changed(text: bytes) -> bytes:
        return pattern.sub(lambda found: start + found[1] + end, text)

    given = recording.header.arguments
    # Its label is its name, which is another one now.
    found = {} if {"pod", "manifest"} & set(given) or WORKER not in names else {"workload": WORKER}
    named = {name: value for name, value in (found | given).items() if name in {"namespace", "workload", "pod"}}
    arguments = given | msgspec.json.decode(changed(msgspec.json.encode(named)), type=dict[str, str])
    return recordings.edited(recording, changed(plain), arguments)


def names() -> tuple[str, ...]:
    """One recording for each code that some expect."""
    chosen = {code: name for name in reversed(recordings.NAMES) for code in recordings.EXPECTED[name].causes}
    return tuple(sorted(set(chosen.values())))


def test_recorded_incidents_with_hostile_names() -> None:
    reached: set[str] = set()
    commands: dict[Command, None] = {}
    for number, name in enumerate(names()):
        # Most of what is wrong is found with a name that has no space, and an address that can be reached.
        before, after = SPOILED[number % len(SPOILED)] if number % 2 else ("", "$(id)")
        try:
            report = pasted.replayed(hostile(recordings.recording(name), before, after, whole=number % 6 == 5))
        except NoSuchTargetError:
            continue  # the label that finds it is hostile now, too
        reached |= {finding.code for outcome in report.outcomes for finding in outcome.findings}
        commands |= dict.fromkeys(pasted.of(report))
    proven(list(commands))
    assert sum(bool(HOSTILE.search(" ".join(map(str, each.parts)))) for each in commands) > 0.5 * len(commands)
    assert len(reached) > 180


@pytest.mark.parametrize(("before", "after"), SPOILED)
def test_the_steps_of_every_signature(before: str, after: str) -> None:
    filled = []
    for signature in signatures.load():
        known = {name: f"{before}{name}{after}" for name in (*NAMES, "pod", *signature.compiled.groupindex)}
        filled += [step.filled(known).command for step in signature.steps]
    proven([each for each in filled if each.parts])


LITERAL = {"verb", "kind", "kinds", "flags", "words", "how", "subtype", "what", "output"}
"""Parameters of builders that are given by the code, never from a cluster."""


def arguments(builder: Any, name: str) -> tuple[list[Any], dict[str, Any]]:
    """Arguments for all parameters of a builder: those that a cluster may give have this name."""
    given, named = [], {}
    for parameter in inspect.signature(builder, eval_str=True).parameters.values():
        text = "literal" if parameter.name in LITERAL else name
        kinds: dict[Any, Any] = {str: text, int: 3, bool: True, Any: {name: name}, tuple[str, ...]: (text,)}
        value = kinds.get(parameter.annotation, {"--literal": name})
        value = 3 if parameter.annotation == str | int else value
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            given.append(value)
    return given, named


def builders(name: str) -> Iterator[Any]:
    """All functions and methods that make a command."""
    owners = (Owner(kind, name, name) for kind in ("Deployment", "Pod", "Rollout", name))
    modules = (argo, docker, gitops, helm, kubectl, others, postgres, temporal, vault)
    for each in (*modules, *owners, Frontend(name, name)):
        for _, builder in inspect.getmembers(each, callable):
            made = getattr(builder, "__annotations__", {}).get("return")
            if made in {Command, "Command", GitOpsCommands} and not builder.__name__.startswith("_"):
                yield builder


@pytest.mark.parametrize(("before", "after"), SPOILED)
def test_every_builder(before: str, after: str) -> None:
    name = f"{before}name{after}"
    made: list[Command] = []
    for builder in builders(name):
        parameters = inspect.signature(builder, eval_str=True).parameters.values()
        if any(each.annotation is Command for each in parameters):
            continue
        given, named = arguments(builder, name)
        found = builder(*given, **named)
        made += msgspec.structs.astuple(found) if isinstance(found, GitOpsCommands) else [found]
    assert len(made) > 100
    proven(made)
    scripts = [each.parts[-1] for each in made if each.has("bash", "-c") and "/dev/tcp/" in each]
    assert bool(scripts) == ("\n" not in name)
    for script in scripts:
        # The inner shell reads the rest of the redirection as one word.
        assert shell.read([f"echo {script.removeprefix('exec 3<>/dev/tcp/')}"]) == [[["echo", f"{name}/3"]]]


@pytest.mark.parametrize(("before", "after"), SPOILED)
def test_a_text_that_is_not_quoted_is_found(before: str, after: str) -> None:
    name = f"{before}name{after}"
    written = Command("kubectl", "describe", "pod", name)
    bad = Command.stored(f"kubectl describe pod {name}")
    bad.parts = written.parts
    with pytest.raises(AssertionError):
        proven([bad])
