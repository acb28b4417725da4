"""A ServiceAccount with the printed role, and a kubeconfig that logs in as it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab, LabError, wait_until

DIAGNOSE = (sys.executable, "-m", "diagnose")
LIMIT_S = 60.0
LASTS = "12h"
# Flags of a run that its role depends on; those with a value, and those without.
VALUED = ("--phase", "--only", "--skip", "--profile", "--selector", "--workload")
# With these a run finds its worker.
FINDING = ("--selector", "--workload")
SWITCHES = ("--no-exec", "--secret-names", "--helm-history", "--registry")

TOKENS = {"VAULT_TOKEN": "--vault-token", "DIAGNOSE_DB_DSN": "--db-dsn"}


@dataclass(frozen=True, kw_only=True)
class Account:
    """A ServiceAccount that has a role.

    Attributes:
        objects: what was printed, in its order.
        kubeconfig: the file that logs in as it; gone with the account.
    """

    lab: Lab
    name: str
    objects: tuple[JsonObject, ...]
    kubeconfig: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command that runs as it."""
        return {**os.environ, "KUBECONFIG": str(self.kubeconfig)}

    def apply(self, *objects: JsonObject) -> None:
        """Give it these objects; a Role of the same name loses what they do not have."""
        text = "\n---\n".join(json.dumps(each) for each in objects)
        self.lab.kubectl("apply", "-f", "-", stdin=text)

    def logs_in(self) -> bool:
        """Whether the API server still knows it and its role."""
        namespace = self.name.split(":")[2]
        query = (f"--kubeconfig={self.kubeconfig}", "auth", "can-i", "list", "pods", "-n", namespace)
        return self.lab.try_kubectl(*query).strip() == "yes"

    def may(self, namespace: str, verb: str, resource: str, group: str) -> bool:
        """Whether the API server lets it do this now: a change of a Role counts after a moment."""
        kind, _, sub = resource.partition("/")
        arguments = (
            "auth",
            "can-i",
            verb,
            f"{kind}.{group}" if group else kind,
            *((f"--subresource={sub}",) if sub else ()),
        )
        where = ("-n", namespace) if namespace else ()
        return self.lab.try_kubectl(*where, *arguments, f"--as={self.name}").strip() == "yes"


@dataclass
class Accounts:
    """One account at a time, reused while the same role is requested: two roles of one account would add up."""

    lab: Lab
    _stack: ExitStack = field(default_factory=ExitStack)
    _granted: tuple[tuple[str, ...], Account] | None = None

    def of(
        self, command: tuple[str, ...], variables: Mapping[str, str] | None = None, namespace: str = worker.NAMESPACE
    ) -> Account:
        """The account with the role that is printed for a command, by what the healthy objects of a namespace name.

        Raises:
            LabError: it cannot be made.
        """
        key = (namespace, *role_arguments(command, variables))
        # A repair of everything, or a new cluster, may have taken it away.
        if self._granted and self._granted[0] == key and self._granted[1].logs_in():
            return self._granted[1]
        self.close()
        account = self._stack.enter_context(with_role(self.lab, command, variables, namespace))
        self._granted = (key, account)
        return account

    def close(self) -> None:
        """Take the account away."""
        self._granted = None
        self._stack.close()


def role_arguments(command: tuple[str, ...], variables: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Returns the arguments of `diagnose rbac` for a command with these variables."""
    found = ["--for", command[0], *(flag for name, flag in TOKENS.items() if name in (variables or {}))]
    for index, word in enumerate(command):
        if word in VALUED:
            found += [word, command[index + 1]]
        elif word in SWITCHES or word == "--manifest":
            found.append(word)
    return tuple(found)


def printed(
    command: tuple[str, ...], variables: Mapping[str, str] | None = None, namespace: str = worker.NAMESPACE
) -> tuple[JsonObject, ...]:
    """The objects that `diagnose rbac` prints for a command, by what the objects of a namespace name.

    Raises:
        LabError: it prints none.
    """
    arguments = role_arguments(command, variables)
    done = _print(namespace, arguments)
    if done.returncode and any(flag in arguments for flag in FINDING):
        # A fault may be to look for a worker that is not there; the role is of the one that is.
        done = _print(namespace, _without(arguments, FINDING))
    if done.returncode:
        raise LabError(f"diagnose rbac: {done.stderr.strip()}")
    return tuple(each for each in yaml.safe_load_all(done.stdout) if each)


def _print(namespace: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    query = [*DIAGNOSE, "rbac", "-n", namespace, *arguments]
    return subprocess.run(query, capture_output=True, text=True, timeout=LIMIT_S, check=False)


def _without(arguments: tuple[str, ...], flags: tuple[str, ...]) -> tuple[str, ...]:
    """The arguments but for these flags and their values."""
    pairs = zip(("", *arguments), arguments, strict=False)
    return tuple(word for before, word in pairs if word not in flags and before not in flags)


@contextmanager
def with_role(
    lab: Lab,
    command: tuple[str, ...],
    variables: Mapping[str, str] | None = None,
    namespace: str = worker.NAMESPACE,
) -> Iterator[Account]:
    """A ServiceAccount with exactly the role that is printed for a command; taken away in the end.

    Args:
        lab: the cluster.
        command: of `diagnose`.
        variables: what the command finds in its environment besides.
        namespace: the namespace that the command is about.

    Raises:
        LabError: the API server does not accept what is printed, or gives no token.
    """
    objects = printed(command, variables, namespace)
    account = next(each["metadata"] for each in objects if each["kind"] == "ServiceAccount")
    text = "\n---\n".join(json.dumps(each) for each in objects)
    with TemporaryDirectory() as folder:
        try:
            lab.kubectl("apply", "-f", "-", stdin=text)
            where = ("-n", account["namespace"])
            token = lab.kubectl(*where, "create", "token", account["name"], f"--duration={LASTS}").strip()
            path = Path(folder) / "kubeconfig"
            path.touch(mode=0o600)
            path.write_text(json.dumps(_login(lab, token)), encoding="utf-8")
            name = f"system:serviceaccount:{account['namespace']}:{account['name']}"
            made = Account(lab=lab, name=name, objects=objects, kubeconfig=path)
            wait_until("the role counts", lambda: made.may(account["namespace"], "list", "pods", ""), seconds=20)
            yield made
        finally:
            lab.try_kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", stdin=text)


def _login(lab: Lab, token: str) -> Mapping[str, Any]:
    """The kubeconfig's own cluster and context with another user."""
    shown: dict[str, Any] = json.loads(lab.kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    user = shown["contexts"][0]["context"]["user"]
    return {**shown, "users": [{"name": user, "user": {"token": token}}]}
