"""Steps that replace a part of a setting where it is: in the pod template, or in a ConfigMap."""

import re

from diagnose.check.api import Context
from diagnose.commands import kubectl
from diagnose.model.report import Step
from diagnose.resources import ConfigMap
from diagnose.text.redaction import MASK

LONGEST = 600
"""Longer texts, such as whole files, make commands that are too long to be read before they are pasted."""


def replace_in_variable(ctx: Context, name: str, old: str, new: str) -> Step | None:
    """Returns the step that replaces a part of a variable's value; None where the template has no such value."""
    variable = ctx.target.container.variable(name)
    changed = _replaced(variable.value, old, new) if variable else None
    if changed is None:
        return None
    release = f" (and in the values of Helm release {ctx.names['release']})" if ctx.names["release"] else ""
    command = ctx.owner.set_env(f"{name}={changed}", container=ctx.names["container"])
    return Step(f"Correct {name}{release}.", command, changes=ctx.deployment)


def replace_in_map(ctx: Context, name: str, old: str, new: str) -> Step:
    """Returns the step that replaces a part of a ConfigMap's values and restarts the pods, which read it at startup."""
    namespace = ctx.target.namespace
    text = f"Correct it in ConfigMap {name}, and restart the pods."
    changes = f"configmap {namespace}/{name}"
    listed = ctx.detail(lambda: ctx.list(ConfigMap, namespace)) or ()
    found = next((each for each in listed if each.name == name), None)
    values = {key: _replaced(value, old, new) for key, value in found.data.items() if old in value} if found else {}
    if not values or not all(values.values()):
        return Step(text, kubectl.edit("configmap", name, namespace=namespace), changes=changes)
    command = kubectl.patch("configmap", name, {"data": values}, namespace=namespace)
    return Step(text, command.then(ctx.owner.rollout("restart")), changes=changes)


def _replaced(value: str, old: str, new: str) -> str | None:
    """Returns a value with one part replaced; None where the part is not in it, or not all of it is known."""
    if MASK in value or len(value) > LONGEST:
        return None
    changed, count = re.subn(rf"(?<![\w.-]){re.escape(old)}(?![\w-]|\.\w)", lambda _: new, value)
    return changed if count == 1 else None
