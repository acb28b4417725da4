"""Does the agent render every file that the container's command reads? Told from the template alone."""

from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Finding, Step

NOT_PRODUCED = Code(
    id="secrets.file-not-produced",
    meaning="The container's command reads a file below the agent's "
    "folder that no annotation asks the agent to render.",
    fix="Make the suffix of the annotations agent-inject-secret- and agent-inject-template- equal to the file's name.",
)


def ask(ctx: Context) -> Iterator[Finding]:
    """Files that are read and that nothing renders."""
    vault = ctx.target.vault
    if not vault.wanted or not vault.sourced:
        raise NotApplicableError("the command reads no file of the Vault agent")
    rendered = {file.destination for file in vault.files}
    missing = [path for path in vault.sourced if path not in rendered]
    for path in missing:
        others = ", ".join(sorted(rendered)) or "no file"
        yield NOT_PRODUCED.finding(
            f"The command of {ctx.target.container.name} reads {path}, but the annotations render {others}.",
            subjects=(f"file/{path}",),
            pods=tuple(pod.name for pod in ctx.target.current_pods),
            steps=(
                Step(
                    text="See the annotations.",
                    command=(
                        f"kubectl -n {ctx.target.namespace} get deployment {ctx.names['workload']} "
                        "-o jsonpath='{.spec.template.metadata.annotations}'"
                    ),
                ),
            ),
        )


FILES_MATCH = Check(
    id="secrets.files-match",
    title="The Vault agent renders every file that the command reads",
    ask=ask,
    codes=(NOT_PRODUCED,),
)
