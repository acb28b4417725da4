"""Are the rendered files there, readable, and filled? A key that Vault lacks becomes the text "<no value>", silently.

Only shapes are looked at, from inside a container; where the worker does not run, from its agent's.
"""

from collections.abc import Iterator

from checks.file_shapes import CODES, faults_of, sentence, steps
from diagnose.check import Check, Context, NotApplicableError, Surveyed
from diagnose.injection import is_injected
from diagnose.model import Finding, Vantage


def ask(ctx: Context) -> Iterator[Finding]:
    """One finding for each file and fault, about all pods that show it."""
    if not ctx.target.vault.wanted:
        raise NotApplicableError("the pod template does not ask for the Vault agent")
    shown: dict[tuple[str, str, str], list[Surveyed]] = {}
    surveys = [each for each in ctx.surveys() if is_injected(each.pod)]
    if not surveys:
        raise NotApplicableError("no container with the agent's files runs yet")
    for surveyed in surveys:
        for shape in surveyed.answer.files:
            for code, variable in faults_of(shape, shape.path in ctx.target.vault.sourced):
                shown.setdefault((shape.path, code.id, variable), []).append(surveyed)
    for (path, code_id, variable), members in shown.items():
        yield _finding(ctx, path, code_id, variable, members)


def _finding(ctx: Context, path: str, code_id: str, variable: str, members: list[Surveyed]) -> Finding:
    code = next(each for each in CODES if each.id == code_id)
    file = next((each for each in ctx.target.vault.files if each.destination == path), None)
    first = members[0]
    seen = ctx.saw(
        f"pod {first.pod.name}, {first.container}", f"{path}: {variable or code_id.partition('.')[2]}", Vantage.POD
    )
    return code.finding(
        sentence(code, path, variable, file),
        subjects=(f"file/{path}",),
        pods=tuple(each.pod.name for each in members),
        evidence=(seen,),
        steps=steps(ctx, code, path, variable, file),
    )


FILES_FILLED = Check(
    id="secrets.files-filled",
    title="The Vault agent's files are readable and filled",
    ask=ask,
    codes=CODES,
    explained_by=("vault.templates-rendered", "secrets.volume-mounted", "secrets.files-match"),
)
