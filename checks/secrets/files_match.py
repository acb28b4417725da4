"""Checks that the annotations create the files that the command reads, in a format for a shell."""

import difflib
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError
from diagnose.model.report import Finding, Step
from diagnose.target.pod_template import exports, is_open
from diagnose.target.target import VAULT, VaultFile
from diagnose.text.sentences import listed

NOT_MADE = Code(
    id="secrets.file-not-produced",
    meaning="The container's command reads a file that no annotation creates: the suffixes of the annotations "
    "are the names of the files.",
    fix="Use the name of the file that the command reads in the annotation.",
)
NO_TEMPLATE = Code(
    id="secrets.template-missing",
    meaning="A file that the command sources has no template with its name, so the agent writes its default "
    "format, which is not a shell script.",
    fix="Use the same suffix for agent-inject-secret and agent-inject-template.",
)
CONFIG = f"{VAULT}agent-configmap"
TOKEN = f"{VAULT}agent-inject-token"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields the files that are read and not written, or not in a shell's format."""
    vault, notes = ctx.target.vault, ctx.target.template.metadata.annotations
    if not vault.requested:
        raise NotApplicableError("the pod template requests no Vault agent")
    if not vault.sourced:
        raise NotApplicableError("the container's command reads no file of the agent")
    if CONFIG in notes:
        raise NotApplicableError(f"the agent's files are named in ConfigMap {notes[CONFIG]}")
    written = {file.destination: file for file in vault.files}
    pods = tuple(pod.name for pod in ctx.target.current_pods)
    missing = [
        path for path in vault.sourced if path not in written and not (path.endswith("/token") and TOKEN in notes)
    ]
    if missing:
        near = difflib.get_close_matches(missing[0], written, n=1, cutoff=0.4)
        instead = f"they write {near[0]} instead" if near else f"they write {len(written)} other files"
        yield NOT_MADE.finding(
            f"The command reads {listed(missing, 1)}, but the annotations do not write that; {instead}.",
            *_renamed(ctx, missing[0], written[near[0]] if near and len(missing) == 1 else None),
            *_steps(ctx),
            pods=pods,
            subjects=(f"deployment/{ctx.names['workload']}",),
        )
    for file in (written[path] for path in vault.sourced if path in written):
        if not file.template:
            others = [each.name for each in vault.files if each.template and not each.path]
            found = f"; there is a template {others[0]}" if others else ""
            yield NO_TEMPLATE.finding(
                f"The file {file.destination} has no annotation agent-inject-template-{file.name}, so the agent "
                f"writes no shell lines{found}.",
                *_steps(ctx),
                pods=pods,
                subjects=(f"deployment/{ctx.names['workload']}",),
            )
        elif not is_open(file):
            ctx.record_evidence(f"template {file.name}", f"assigns {', '.join(each.name for each in exports(file))}")


def _renamed(ctx: Context, path: str, near: VaultFile | None) -> tuple[Step, ...]:
    """Returns the step that lets the agent write a file under the name that the command reads, in the same folder."""
    folder, _, name = path.rpartition("/")
    if near is None or near.destination.rpartition("/")[0] != folder:
        return ()
    annotation = {f"{VAULT}agent-inject-file-{near.name}": name}
    text = f"Let the agent write {near.destination} as {path}, also in the release's values."
    return (Step(text, ctx.owner.annotate_template(annotation), changes=ctx.deployment),)


def _steps(ctx: Context) -> tuple[Step, ...]:
    annotations = ctx.owner.jsonpath("{.spec.template.metadata.annotations}")
    read = ctx.owner.jsonpath("{.spec.template.spec.containers[*].args}")
    return (Step("Compare the names of the annotations …", annotations), Step("… with what the command reads.", read))


FILES_MATCH = Check(
    id="secrets.files-match",
    title="The annotations create the files that the command reads",
    stage=stages.SECRET_MOUNTS,
    run=run,
    codes=(NOT_MADE, NO_TEMPLATE),
    occasions=BY_TEMPLATE,
)
