"""What can be wrong with a file that the Vault agent rendered, told by its shape, in words and steps."""

import re
from collections.abc import Iterator

from diagnose.check import Code, Context
from diagnose.model import Severity, Step
from diagnose.probes.survey import FileShape, FileState, Shape
from diagnose.target import VaultFile

VALUE_MISSING = Code(
    id="secrets.value-missing",
    meaning="The Vault secret lacks a key that the template names, "
    'so the file holds the text "<no value>" in its place.',
    fix="Add the key to the secret in Vault, then restart the worker.",
)
ABSENT = Code(
    id="secrets.file-absent",
    meaning="A file that the command reads is not in the container, although the agent is there.",
    fix="See in the agent's log why it did not render the file.",
)
UNREADABLE = Code(
    id="secrets.file-unreadable",
    meaning="The worker's user may not read a file that the agent rendered.",
    fix='Set vault.hashicorp.com/agent-run-as-same-user: "true", or wider agent-inject-perms.',
)
EMPTY = Code(
    id="secrets.file-empty",
    meaning="The agent rendered an empty file: the template's condition found no data.",
    fix="Correct the template, or add the data in Vault.",
)
NOT_EXPORTED = Code(
    id="secrets.not-exported",
    meaning="A file that the shell reads assigns without export, or "
    "holds a bare value, so the process does not get it.",
    fix="Begin the template's line with export.",
    severity=Severity.WARNING,
)
CODES = (VALUE_MISSING, ABSENT, UNREADABLE, EMPTY, NOT_EXPORTED)
_KEY = re.compile(r"\.Data(?:\.data)?\.(\w+)")


def faults_of(shape: FileShape, sourced: bool) -> Iterator[tuple[Code, str]]:
    """Each fault of a file, with the variable that it is about, "" where it is the whole file."""
    if shape.state is FileState.ABSENT:
        yield ABSENT, ""
    elif shape.state is FileState.UNREADABLE:
        yield UNREADABLE, ""
    elif not shape.size:
        yield EMPTY, ""
    else:
        yield from ((VALUE_MISSING, each.label) for each in shape.assigns if each.shape is Shape.NO_VALUE)
        if sourced and not shape.exports:
            yield NOT_EXPORTED, ""


def sentence(code: Code, path: str, variable: str, file: VaultFile | None) -> str:
    """What is wrong with the file, as a finding says it."""
    where = file.path if file else "its secret"
    if code is VALUE_MISSING:
        key = _key(file, variable)
        return f'{variable} in {path} is "<no value>": the Vault secret {where} has no key {key}.'
    words = {
        ABSENT.id: "is not there, although the pod has the Vault agent",
        UNREADABLE.id: "cannot be read by the worker's user",
        EMPTY.id: f"is empty, so nothing of {where} reaches the worker",
        NOT_EXPORTED.id: "has a line without export, so the worker does not get its value",
    }
    return f"The file {path} {words[code.id]}."


def _key(file: VaultFile | None, variable: str) -> str:
    """The key that the template names for a variable."""
    lines = [line for line in (file.template.splitlines() if file else ()) if variable in line]
    found = _KEY.search(lines[0]) if lines else None
    return found[1] if found else variable.lower()


def steps(ctx: Context, code: Code, path: str, variable: str, file: VaultFile | None) -> tuple[Step, ...]:
    """What mends it."""
    namespace, workload = ctx.target.namespace, ctx.names["workload"]
    if code is VALUE_MISSING and file:
        plain = file.path.replace("/data/", "/", 1)
        return (
            Step(
                text="Add the key.",
                command=f"vault kv patch {plain} {_key(file, variable)}=RIGHT_VALUE",
                changes="Vault",
            ),
            Step(
                text="Restart the worker: it reads the files only at its start.",
                command=f"kubectl -n {namespace} rollout restart deployment/{workload}",
                changes=f"deployment {namespace}/{workload}",
            ),
        )
    look = f"kubectl -n {namespace} get deployment {workload} -o jsonpath='{{.spec.template.metadata.annotations}}'"
    return (Step(text=f"See how {path} is asked for.", command=look),)
