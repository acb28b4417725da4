"""The commands that show or change what a pod was made by: a workload of any kind, or the pod itself."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import msgspec

from diagnose.commands import kubectl
from diagnose.commands.command import Command, arguments, option

_ROLLOUT = frozenset({"rollout status", "rollout history", "rollout undo", "rollout restart"})
_CHANGES = frozenset({"set", "patch", "scale", *(f"rollout {each}" for each in ("undo", "restart", "pause", "resume"))})
_READ = frozenset({"get", "describe", "edit", "delete"})
_VERBS = {
    "StatefulSet": _READ | _ROLLOUT | {"logs", "exec", "set", "patch", "scale"},
    "DaemonSet": _READ | _ROLLOUT | {"logs", "exec", "set", "patch"},
    "ReplicaSet": _READ | {"logs", "exec", "set", "patch", "scale"},
    "Job": _READ | {"logs", "exec"},
    "CronJob": _READ | {"set", "patch"},
}
"""The verbs of kubectl that take a kind as it is; of a kind that is not known here, those that take any."""


class Owner(msgspec.Struct, frozen=True):
    """What pods are made by, or a pod that was made by hand; `kind` is the one of Kubernetes, such as "StatefulSet"."""

    kind: str
    name: str
    namespace: str

    @property
    def resource(self) -> str:
        """The kind as kubectl takes it."""
        return self.kind.lower().lstrip("-")

    @property
    def reference(self) -> str:
        """KIND/NAME, as kubectl takes it."""
        return f"{self.resource}/{self.name}"

    @property
    def label(self) -> str:
        """As a sentence names it."""
        return "the pod" if self.kind == "Pod" else f"the {self.kind}"

    def get(self, output: str = "", flags: tuple[str, ...] = ()) -> Command:
        """Shows it."""
        return kubectl.get(self.resource, self.name, namespace=self.namespace, output=output, flags=flags)

    def jsonpath(self, path: str) -> Command:
        """Shows a part of it, such as {.spec.replicas}."""
        return self.get(output=f"jsonpath={path}")

    def describe(self) -> Command:
        """Describes it, with its events."""
        return kubectl.describe(self.resource, self.name, namespace=self.namespace)

    def log(self, container: str = "", *, tail: int = 0, flags: tuple[str, ...] = ()) -> Command:
        """Prints the log of one of its pods."""
        return kubectl.log(self.reference, container, namespace=self.namespace, tail=tail, flags=flags)

    def run_in(self, *words: str, container: str = "") -> Command:
        """Runs a program in one of its pods."""
        return kubectl.run_in(self.reference, *words, namespace=self.namespace, container=container)

    def edit(self) -> Command:
        """Opens it in an editor."""
        return kubectl.edit(self.resource, self.name, namespace=self.namespace)

    def patch(self, change: Any, how: str = "") -> Command:
        """Patches it with plain data; `how` is "merge" or "json", by default a strategic merge."""
        return kubectl.patch(self.resource, self.name, change, namespace=self.namespace, how=how)

    def annotate_template(self, annotations: Mapping[str, str | None]) -> Command:
        """Sets annotations of its pod template, or takes them away."""
        return self.patch({"spec": {"template": {"metadata": {"annotations": dict(annotations)}}}}, "merge")

    def scale(self, replicas: int) -> Command:
        """Sets how many pods it has."""
        return kubectl.scale(self.resource, self.name, replicas, namespace=self.namespace)

    def _set(self, what: str, *words: str) -> Command:
        return kubectl.kubectl("set", what, self.reference, *words, namespace=self.namespace)

    def set_env(self, *changes: str, container: str = "") -> Command:
        """Sets variables, each NAME=value, or NAME- to take it away."""
        return self._set("env", *option("-c", container), *arguments(*changes))

    def take_env(self, name: str, container: str) -> Command:
        """Takes a variable from a Secret, whose name is for a person to fill in."""
        return self._set("env", *option("-c", container), "--from=secret/SECRET_NAME", f"--keys={name}")

    def list_env(self, container: str = "") -> Command:
        """Shows where its variables come from."""
        return self._set("env", "--list", *option("-c", container))

    def set_image(self, *images: str) -> Command:
        """Sets images, each CONTAINER=IMAGE."""
        return self._set("image", *arguments(*images))

    def set_resources(self, container: str, *flags: str) -> Command:
        """Sets requests or limits, such as --limits=memory=1Gi."""
        return self._set("resources", *option("-c", container), *flags)

    def set_account(self, name: str) -> Command:
        """Sets the service account of its pods."""
        return self._set("serviceaccount", *arguments(name))

    def rollout(self, verb: str, *flags: str) -> Command:
        """Restarts, undoes, resumes or shows its rollout: verb and flags are literals."""
        return kubectl.kubectl("rollout", verb, self.reference, *flags, namespace=self.namespace)

    def changed_by(self, command: Command) -> bool:
        """Whether a command acts on it."""
        return command.names(self.resource, self.name)

    def accepts(self, command: Command) -> bool:
        """Whether it can be changed in place by the command: of a pod the image alone, of a Job nothing."""
        return self.kind != "Job" and (self.kind != "Pod" or command.has("set", "image"))

    def fit(self, command: Command) -> Command:
        """The command in the form that the kind takes."""
        if self.kind in {"Deployment", "Pod"} or not self.changed_by(command):
            return command
        if self.kind == "Rollout":
            return self._of_rollout(command)
        if self.kind == "CronJob" and command.has("rollout", "restart"):
            return kubectl.create("job", f"{self.name}-again", f"--from={self.reference}", namespace=self.namespace)
        if self.kind == "CronJob" and any('"template"' in part for part in command.parts):
            # Its pod template is that of its Jobs, and so elsewhere.
            return self.edit()
        if _verb(command) in _VERBS.get(self.kind, _READ):
            return command
        return self.edit() if _verb(command) in _CHANGES else self.describe()

    def _of_rollout(self, command: Command) -> Command:
        """The command for the kubectl plugin of Argo Rollouts."""
        if command.has("set", "image"):
            images = command.parts[command.parts.index(self.reference) + 1 :]
            return self._argo("set", "image", *arguments(self.name, *(each for each in images if each != "--")))
        if command.has("set") or command.has("patch"):
            return self.edit()
        if command.has("rollout", "history"):
            return self._argo("get", "rollout", *arguments(self.name))
        if command.has("rollout"):
            return self._argo(command.parts[command.parts.index("rollout") + 1], *arguments(self.name))
        return command

    def _argo(self, *words: str) -> Command:
        return Command("kubectl", "argo", "rollouts", *option("-n", self.namespace), *words)


def _verb(command: Command) -> str:
    """Returns the verb of a kubectl command, of "rollout" with its own."""
    words = [*map(str, command.parts), ""]
    found = (f"{word} {after}" if word == "rollout" else word for word, after in pairwise(words))
    return next((each for each in found if each in _READ | _CHANGES | _ROLLOUT | {"logs", "exec"}), "")
