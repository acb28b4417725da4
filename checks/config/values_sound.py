"""Do the values written into the template make sense on their own? The worker takes them as they are.

Addresses of database and Temporal, and the health port, have checks of their own, which follow where they lead.

What a value written into a template cannot be meant to be, by its name and the profile's types.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.domain.kubernetes.environment import REFERENCE, unresolved
from diagnose.domain.kubernetes.pods import subjects
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity
from diagnose.text.sentences import truncate

NO_SCHEME = Code(
    id="config.url-without-scheme",
    meaning="A variable that must hold an absolute URL has no scheme. The worker starts, and "
    "whatever uses the URL fails.",
    fix="Write the URL with its scheme, as in https://host.",
)
LEVEL = Code(
    id="config.log-level-unknown",
    meaning="The worker's logger knows its levels in lower case only, and prints nothing at a level that it does not "
    "know. The worker works; its log says no more why, should it not.",
    fix="Write the level in lower case.",
    severity=Severity.WARNING,
)
WRAPPED = Code(
    id="config.value-wrapped",
    meaning="A value has quotes or blanks around it that belong to the file it was copied from. The worker takes them "
    "for a part of the value.",
    fix="Take them away.",
    severity=Severity.WARNING,
)
UNRENDERED = Code(
    id="config.value-unrendered",
    meaning="A value is the text of a template that nobody filled in, or a placeholder: what rendered the release did "
    "not know the value. The worker takes the text for its value.",
    fix="Give the release the value, and roll it out.",
    severity=Severity.WARNING,
)
NUMBER = Code(
    id="config.number-malformed",
    meaning="A variable that must hold a number holds something else.",
    fix="Give it a number.",
    severity=Severity.WARNING,
)
UNRESOLVED = Code(
    id="config.reference-unresolved",
    meaning="A value refers to another variable as $(NAME), and no entry before it has that name, so Kubernetes leaves "
    "the text as it is. The worker takes it for its value.",
    fix="Define the other variable before this one, or write the value itself.",
    severity=Severity.WARNING,
    stage=stages.DATABASE_SETTINGS,
)
BOOLEAN = Code(
    id="config.boolean-malformed",
    meaning="A variable that the worker compares with the word true holds something that only looks like it, which "
    "means false.",
    fix="Write true or false.",
    severity=Severity.WARNING,
)
CODES = (NO_SCHEME, LEVEL, WRAPPED, UNRENDERED, NUMBER, UNRESOLVED, BOOLEAN)
LEVELS = {"error", "warn", "info", "http", "verbose", "debug", "silly"}
_URL = re.compile(r"(?:^|_)UR[IL]$")
_NUMBER = re.compile(r"_PORT$")
_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{\w+\}|%!\w?\(")
_PLACEHOLDER = re.compile(r"<no value>|<nil>|\A(?:change-?me|replace-?me|todo\Z|your-)", re.IGNORECASE)
_LEVEL = "LOG_LEVEL"


def judge(name: str, value: str, types: Mapping[str, str] = MappingProxyType({})) -> tuple[Code, str, str] | None:
    """What is wrong with a value: code, words, and the value that was probably meant."""
    plain, wanted = value.strip(), types.get(name, "")
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'":
        plain = plain[1:-1]
    if plain and plain != value and "\n" not in plain:
        return WRAPPED, f"{name} has quotes or blanks around its value ({truncate(value, 40)!r})", plain
    if _TEMPLATE.search(value) or _PLACEHOLDER.search(value):
        return UNRENDERED, f'{name} is "{truncate(value, 50)}", which nobody has filled in', "VALUE"
    if (wanted == "url" or _URL.search(name)) and "://" not in value and not value.startswith("/"):
        return NO_SCHEME, f'{name} is "{truncate(value, 60)}", which is no URL: it has no scheme', f"https://{value}"
    if name == _LEVEL and value not in LEVELS:
        meant = value.lower() if value.lower() in LEVELS else "info"
        return LEVEL, f'{name} is "{value[:20]}", which its logger does not know, so the worker logs nothing', meant
    if (wanted == "number" or _NUMBER.search(name)) and not (value.isdigit() and int(value)):
        return NUMBER, f'{name} is "{truncate(value, 40)}", which is no number above 0', "NUMBER"
    if wanted == "boolean" and value not in {"true", "false"}:
        return BOOLEAN, f'{name} is "{value[:20]}", which the worker takes for false: only true is true', "true"
    return None


ELSEWHERE = ("DB_", "TEMPORAL_", "HEALTH_CHECK_", "ENABLE_HEALTH_CHECK", "VAULT_")


def run(ctx: Context) -> Iterator[Finding]:
    """Literal values that cannot be meant so."""
    container, profile = ctx.target.container, ctx.target.profile
    started = ctx.occasion in INCIDENTS
    for variable in container.env:
        if not variable.value or variable.value_from:
            continue
        if lost := unresolved(container, variable):
            words = f"{variable.name} refers to $({lost[0]}), which no entry before it defines, and stays that text"
            yield _finding(ctx, variable.name, UNRESOLVED, words, "VALUE")
            continue
        # Where a start has shown what comes of them, the checks of their dependencies tell.
        if REFERENCE in variable.value or (started and variable.name.startswith(ELSEWHERE)):
            continue
        judged = judge(variable.name, variable.value, profile.types)
        # Of a required variable the process itself is asked whether it is a placeholder.
        told = variable.name in profile.required_variables and _is_asked(ctx, variable.name)
        if judged and not (judged[0] is UNRENDERED and told):
            yield _finding(ctx, variable.name, *judged)


def _is_asked(ctx: Context, name: str) -> bool:
    """Whether a process that has it from this very template says what it looks like."""
    same = () if ctx.target.manifest else ctx.target.pods_with_same(name)
    return any(each.answer.variable(name) for each in ctx.run_data.surveys() if each.pod.name in same)


def _finding(ctx: Context, name: str, code: Code, words: str, meant: str) -> Finding:
    pods = ctx.target.pods_with_same(name)
    # Such a value may well be what the start fails for; the others show later, if at all.
    stops = code in {NUMBER, WRAPPED, UNRENDERED, UNRESOLVED} and any(
        not pod.ready for pod in ctx.target.pods if pod.name in pods
    )
    return code.finding(
        f"{words}.",
        set_variable(ctx, name, meant),
        severity=Severity.CRITICAL if stops else None,
        pods=pods,
        subjects=(f"variable/{name}", *subjects(pods)),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", words),),
    )


VALUES_SOUND = Check(
    id="config.values-sound",
    title="The values of the environment make sense",
    stage=stages.SETTINGS,
    run=run,
    codes=CODES,
    occasions=(*BY_TEMPLATE, Occasion.AUDIT),
    reads=EXEC_OPTIONAL,
)
