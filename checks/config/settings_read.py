"""Checks that the worker reads the variables that are set.

Some names are in documentation and charts, but the worker does not read them; the profile lists them. Of a ConfigMap
of the release only the numbers are read.
"""

import re
from collections.abc import Iterator

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Occasion
from diagnose.check.reads import CONFIG_MAPS
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.environment import exported, is_delivered, variable_finding
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Severity, Step
from diagnose.resources import ConfigMap
from diagnose.target.profile import OverriddenVariable, UnreadSetting, UnreadVariable

UNREAD = Code(
    id="config.variable-unread",
    meaning="A variable is set that the worker does not read; the one that it reads instead is not set.",
    fix="Set the variable that the worker reads.",
    severity=Severity.WARNING,
)
OVERRIDDEN = Code(
    id="config.variable-overridden",
    meaning="Two variables for the same setting have different values, and the worker reads the second only "
    "where the first is not set.",
    fix="Keep one of them.",
    severity=Severity.WARNING,
)
SETTING = Code(
    id="config.setting-unread",
    meaning="A ConfigMap of the release has a setting that the worker does not get, so it uses another value, "
    "and changes of the ConfigMap have no effect.",
    fix="Set the variable that the worker reads.",
    severity=Severity.WARNING,
)
INSTANCE = "app.kubernetes.io/instance"


def run(ctx: Context) -> Iterator[Finding]:
    """Yields variables that are not read or overridden, and settings without effect."""
    container, profile = ctx.target.container, ctx.target.profile
    read = {name for name, _ in exported(ctx.target.vault)}
    for unread in profile.unread:
        if not is_delivered(container, unread.variable) and unread.variable not in read:
            continue
        if unread.harmless or (unread.instead and is_delivered(container, unread.instead)):
            ctx.note(f"{unread.variable} is set, but the worker does not read it")
        else:
            yield _unread(ctx, unread)
    for pair in profile.overriding:
        here, there = container.variable(pair.variable), container.variable(pair.by)
        if here and there and there.value and here.value and here.value != there.value:
            yield _overridden(ctx, pair, here.value, there.value)
    yield from _settings(ctx)


def _unread(ctx: Context, unread: UnreadVariable) -> Finding:
    name, instead = unread.variable, unread.instead
    own = ctx.target.container.variable(name)
    value = (own.value if own else "") or "NEW_VALUE"
    effect = f"the worker reads {instead}, which is not set" if instead else "the worker does not read it"
    step = set_variable(ctx, instead or name, value if instead else "")
    return variable_finding(ctx, UNREAD, (name,), f"{name} has no effect: {effect}.", f"{name} is set; {effect}", step)


def _overridden(ctx: Context, pair: OverriddenVariable, here: str, there: str) -> Finding:
    effect = f'{pair.variable} is "{here}", and {pair.by} is "{there}"'
    summary = f"{pair.variable} has no effect, because {pair.by} is set, and differently."
    step = set_variable(ctx, pair.variable, there)
    return variable_finding(ctx, OVERRIDDEN, (pair.variable, pair.by), summary, effect, step)


def _settings(ctx: Context) -> Iterator[Finding]:
    release = ctx.target.release
    if release is None or not ctx.target.profile.unread_settings:
        return
    for each in ctx.list(ConfigMap, ctx.target.namespace, f"{INSTANCE}={release.name}"):
        text = "\n".join(each.data.values())
        for setting in ctx.target.profile.unread_settings:
            found = re.search(rf"\b{re.escape(setting.setting)}[\"']?\s*[:=]\s*[\"']?(?P<value>[\w.-]+)", text)
            variable = ctx.target.container.variable(setting.variable)
            used = variable.value if variable and variable.value else setting.default
            if found and found["value"] != used and not (variable and variable.value_from):
                yield _setting(ctx, each.name, setting, found["value"], used)


def _setting(ctx: Context, name: str, setting: UnreadSetting, expected: str, used: str) -> Finding:
    effect = f"{setting.setting} is {expected} there, and {setting.variable} is {used}"
    command = kubectl.get("configmap", name, namespace=ctx.target.namespace, output="yaml")
    return SETTING.finding(
        f"ConfigMap {name} sets {setting.setting} to {expected}, which is not read: the worker uses {used} "
        f"({setting.variable}).",
        set_variable(ctx, setting.variable, expected),
        Step("Show the ConfigMap.", command),
        subjects=(f"configmap/{name}", f"variable/{setting.variable}"),
        evidence=(ctx.record_evidence(f"configmap {name}", effect, command=command),),
    )


SETTINGS_READ = Check(
    id="config.settings-read",
    title="The worker reads the variables that are set",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(UNREAD, OVERRIDDEN, SETTING),
    occasions=(Occasion.AUDIT,),
    reads=CONFIG_MAPS,
)
