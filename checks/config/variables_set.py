"""Are the variables set that the worker refuses to start without? Its log names them, on stderr only.

The template alone is no proof: a variable may come from a file. So it counts only where no pod of it is ready.
"""

import re
from collections.abc import Iterator

from diagnose.check import Check, Code, Context, NotApplicableError
from diagnose.model import Evidence, Finding, Step
from diagnose.probes.question import CannotLookError

MISSING = Code(
    id="config.variable-missing",
    meaning="The worker refuses to start, because a variable that it requires is not set or empty.",
    fix="Set the variable, from a Secret where it is secret.",
)
_BULLET = re.compile(r"• ([A-Z][A-Z0-9_]*):")


def ask(ctx: Context) -> Iterator[Finding]:
    """What the log names as missing; without a log that does, what the template lacks."""
    if not ctx.target.profile.required_variables:
        raise NotApplicableError("the profile requires no variable")
    missing: dict[tuple[str, ...], list[str]] = {}
    evidence: list[Evidence] = []
    try:
        for match in ctx.matches():
            names = tuple(dict.fromkeys(_BULLET.findall(match.groups.get("bullets", "")))) or (
                match.groups.get("name", ""),
            )
            missing.setdefault(tuple(name for name in names if name), []).append(match.log.pod)
            evidence.append(
                Evidence(source=match.evidence.source, text=f"missing: {', '.join(names)}", command=match.log.command)
            )
    except CannotLookError as error:
        ctx.could_not(str(error))
    lacking = _lacking(ctx)
    current = tuple(pod.name for pod in ctx.target.current_pods)
    if not missing and lacking and not any(pod.ready for pod in ctx.target.current_pods):
        missing[lacking] = list(current)
    for names, pods in missing.items():
        told = tuple(name for name in names if name in lacking)
        nowhere = (
            "; neither a variable nor a Vault file of the template gives it" if told and ctx.target.vault.wanted else ""
        )
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        yield MISSING.finding(
            f"The required variable {shown} is not set{nowhere}, so the worker does not start.",
            subjects=tuple(f"variable/{name}" for name in names),
            pods=tuple(dict.fromkeys(pods)),
            evidence=tuple(evidence[:2]),
            steps=_steps(ctx, names[0]),
        )


def _lacking(ctx: Context) -> tuple[str, ...]:
    """Required variables that the template gives in no way."""
    container, vault = ctx.target.container, ctx.target.vault
    if container.env_from:
        return ()
    rendered = "\n".join(file.template for file in vault.files)
    found = []
    for name in ctx.target.profile.required_variables:
        variable = container.variable(name)
        given = variable is not None and (variable.value_from is not None or variable.value.strip())
        if not given and f"{name}=" not in rendered:
            found.append(name)
    return tuple(found)


def _steps(ctx: Context, name: str) -> tuple[Step, ...]:
    namespace, workload, container = ctx.target.namespace, ctx.names["workload"], ctx.target.container.name
    entry = f'{{"name":"{name}","valueFrom":{{"secretKeyRef":{{"name":"RIGHT_SECRET","key":"{name}"}}}}}}'
    patch = f'{{"spec":{{"template":{{"spec":{{"containers":[{{"name":"{container}","env":[{entry}]}}]}}}}}}}}'
    return (
        Step(
            text=f"Give {name} from a Secret (and in the values of the release, as extraEnv).",
            command=f"kubectl -n {namespace} patch deployment {workload} -p '{patch}'",
            changes=f"deployment {namespace}/{workload}",
        ),
        Step(
            text="See what the container is given.",
            command=f"kubectl -n {namespace} set env deployment/{workload} --list -c {container}",
        ),
    )


VARIABLES_SET = Check(
    id="config.variables-set",
    title="The variables that the worker requires are set",
    ask=ask,
    codes=(MISSING,),
    explained_by=(
        "vault.injection-wanted",
        "vault.webhook-serving",
        "vault.injected",
        "secrets.files-match",
        "secrets.files-filled",
        "secrets.references-resolve",
    ),
)
