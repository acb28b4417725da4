"""Checks the literal values of the template by the names and types of variables.

Addresses of database and Temporal, and the health port, have checks of their own.
"""

import re
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, INCIDENTS, Check, Code, Context, Occasion
from diagnose.check.reads import EXEC_OPTIONAL
from diagnose.domain.kubernetes.environment import REFERENCE, unresolved
from diagnose.domain.kubernetes.pods import subjects
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity
from diagnose.target.profile import LogLevels, Profile
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

NO_SCHEME = Code(
    id="config.url-without-scheme",
    meaning="A variable with an absolute URL has no scheme. The worker starts, but everything that uses the URL fails.",
    fix="Write the URL with its scheme, as in https://host.",
)
LEVEL = Code(
    id="config.log-level-unknown",
    meaning="The worker's logger accepts levels in lower case only, and logs nothing at an unknown level. The "
    "worker works, but its log shows no errors.",
    fix="Write the level in lower case.",
    severity=Severity.WARNING,
)
WRAPPED = Code(
    id="config.value-wrapped",
    meaning="A value has surrounding quotes or blanks from the file that it was copied from. The worker uses "
    "them as a part of the value.",
    fix="Remove them.",
    severity=Severity.WARNING,
)
UNRENDERED = Code(
    id="config.value-unrendered",
    meaning="A value is the text of an unrendered template, or a placeholder: the value was missing when the "
    "release was rendered. The worker uses the text as its value.",
    fix="Set the value in the release, and roll it out.",
    severity=Severity.WARNING,
)
NUMBER = Code(
    id="config.number-malformed",
    meaning="The value of a numeric variable is not a number.",
    fix="Set it to a number.",
    severity=Severity.WARNING,
)
UNRESOLVED = Code(
    id="config.reference-unresolved",
    meaning="A value refers to another variable as $(NAME), but no earlier entry defines it, so Kubernetes "
    "leaves the text unexpanded. The worker uses it as its value.",
    fix="Define the other variable before this one, or write the value itself.",
    severity=Severity.WARNING,
    stage=stages.DATABASE_SETTINGS,
)
BOOLEAN = Code(
    id="config.boolean-malformed",
    meaning="A variable that the worker compares with the text true has a similar value, which means false.",
    fix="Write true or false.",
    severity=Severity.WARNING,
)
CODES = (NO_SCHEME, LEVEL, WRAPPED, UNRENDERED, NUMBER, UNRESOLVED, BOOLEAN)
_URL = lazy(r"(?:^|_)UR[IL]$")
_NUMBER = lazy(r"_PORT$")
_TEMPLATE = lazy(r"\{\{[^{}]{0,500}+\}\}|\$\{\w+\}|%!\w?\(")
# What no program takes for a format of its own.
_HELM = lazy(r"\{\{[^{}]{0,500}?\.(?:Values|Release|Chart)\b[^{}]{0,500}+\}\}|%!\w?\(|<no value>|<nil>")
_SPOILT_NUMBER = lazy(r"[0-9]+[A-Za-z;'\" ]+")
_PLACEHOLDER = lazy(r"<no value>|<nil>|\A(?:change-?me|replace-?me|todo\Z|your-)", re.IGNORECASE)


def judge(name: str, value: str, profile: Profile) -> tuple[Code, str, str] | None:
    """A problem of a value: code, text, and the probably intended value.

    Names imply types only of a program whose types the profile knows: TEMPORAL_HOST_PORT may be a host and a port.
    """
    plain, expected, is_known = value.strip(), profile.types.get(name, ""), bool(profile.types)
    if len(plain) > 1 and plain[0] == plain[-1] and plain[0] in "\"'" and plain.count(plain[0]) == 2:
        plain = plain[1:-1]
    if plain and plain != value and "\n" not in plain:
        return WRAPPED, f"{name} has quotes or blanks around its value ({truncate(value, 40)!r})", plain
    if _HELM.search(value) or (is_known and (_TEMPLATE.search(value) or _PLACEHOLDER.search(value))):
        return UNRENDERED, f'{name} is "{truncate(value, 50)}", an unrendered template or a placeholder', "NEW_VALUE"
    if not is_known:
        spoilt = _NUMBER.search(name) and _SPOILT_NUMBER.fullmatch(value)
        return (NUMBER, f'{name} is "{truncate(value, 40)}", which is not a number', "NUMBER") if spoilt else None
    return _mistyped(name, value, expected, profile.log_levels)


def _mistyped(name: str, value: str, expected: str, levels: LogLevels) -> tuple[Code, str, str] | None:
    """A value that the program does not parse, by the types that its profile knows."""
    if (expected == "url" or _URL.search(name)) and "://" not in value and not value.startswith("/"):
        return (
            NO_SCHEME,
            f'{name} is "{truncate(value, 60)}", which lacks the scheme of a URL, so calls and links with it fail',
            f"https://{value}",
        )
    if levels.variable == name and value not in levels.known:
        meant = value.lower() if value.lower() in levels.known else "info"
        return LEVEL, f'{name} is "{value[:20]}", which its logger does not accept, so the worker logs nothing', meant
    if (expected == "number" or _NUMBER.search(name)) and not (value.isdigit() and int(value)):
        return NUMBER, f'{name} is "{truncate(value, 40)}", which is not a number above 0', "NUMBER"
    if expected == "boolean" and value not in {"true", "false"}:
        return BOOLEAN, f'{name} is "{value[:20]}", which the worker reads as false: only true is true', "true"
    return None


ELSEWHERE = ("DB_", "TEMPORAL_", "HEALTH_CHECK_", "ENABLE_HEALTH_CHECK", "VAULT_")


def run(ctx: Context) -> Iterator[Finding]:
    """Yields likely mistakes in literal values."""
    container, profile = ctx.target.container, ctx.target.profile
    started = ctx.occasion in INCIDENTS
    for variable in container.env:
        if not variable.value or variable.value_from:
            continue
        if lost := unresolved(container, variable):
            lacks = f"{variable.name} refers to $({lost[0]}), which no earlier entry defines"
            problem = f"{lacks}, so the program gets that text as the value"
            yield _finding(ctx, variable.name, UNRESOLVED, problem, "NEW_VALUE")
            continue
        # The checks of dependencies report the consequences of a start.
        if REFERENCE in variable.value or (started and variable.name.startswith(ELSEWHERE)):
            continue
        judged = judge(variable.name, variable.value, profile)
        # Whether a required variable is a placeholder is known from the process.
        required = variable.name in profile.required_variables
        if judged and not (judged[0] is UNRENDERED and required and _is_inspected(ctx, variable.name)):
            yield _finding(ctx, variable.name, *judged)


def _is_inspected(ctx: Context, name: str) -> bool:
    """Whether a process of this template reports the shape of the value."""
    same = () if ctx.target.manifest else ctx.target.pods_with_same(name)
    return any(each.answer.variable(name) for each in ctx.detail(ctx.surveys) or () if each.pod.name in same)


def _finding(ctx: Context, name: str, code: Code, problem: str, meant: str) -> Finding:
    pods = ctx.target.pods_with_same(name)
    # Such a value may be the cause of a failed start; others show later, if at all.
    stops = code in {NUMBER, WRAPPED, UNRENDERED, UNRESOLVED} and any(
        not pod.ready for pod in ctx.target.pods if pod.name in pods
    )
    return code.finding(
        f"{problem}.",
        set_variable(ctx, name, meant),
        severity=Severity.CRITICAL if stops else None,
        pods=pods,
        subjects=(f"variable/{name}", *subjects(pods)),
        evidence=(ctx.record_evidence(f"template of {ctx.target.name}", problem),),
    )


VALUES_SOUND = Check(
    id="config.values-sound",
    title="The values of the environment are plausible",
    stage=stages.SETTINGS,
    run=run,
    codes=CODES,
    occasions=(*BY_TEMPLATE, Occasion.AUDIT),
    reads=EXEC_OPTIONAL,
)
