"""Runs the proof; see the package."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from diagnose.sources.kubernetes.access_review import CREATE_SINCE
from tests.lab import worker
from tests.lab.cluster import JsonObject, Lab, wait_until
from tests.lab.rights.account import Account, role_arguments, with_role
from tests.lab.rights.process import Look, diagnose_process

RESULTS = Path(__file__).parents[3] / "build/rights"
COMMANDS = {
    "gate-pre": ("gate", "--phase", "pre"),
    "gate-post": ("gate", "--phase", "post"),
    "all": ("all",),
    "audit": ("audit",),
    "pod": ("pod",),
}
# The same checks as `all`, so the same role.
WHOLE_ONLY = {"pod"}


@dataclass(frozen=True, kw_only=True)
class Right:
    """A right of the role as `diagnose rbac -o json` has it, or one verb of it.

    Attributes:
        needless: whether this API server does not ask for the verb, so that nothing is lost without it.
    """

    namespace: str
    group: str
    resource: str
    verbs: tuple[str, ...]
    lost: dict[str, Any]
    needless: bool = False

    @property
    def words(self) -> str:
        return f"{'/'.join(self.verbs)} {self.resource}{f'.{self.group}' if self.group else ''}"

    @property
    def closes(self) -> bool:
        return bool(self.lost["all"] or self.lost["unknown"])


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a run did without a right, and what is wrong with that ("" where it is as declared)."""

    command: str
    namespace: str
    right: str
    exit_code: int
    unknown: tuple[str, ...]
    wrong: str


def main() -> int:
    parser = argparse.ArgumentParser(description=sys.modules["tests.lab.rights"].__doc__)
    parser.add_argument("--only", choices=list(COMMANDS), action="append", help="this command; repeatable")
    parser.add_argument("--whole", action="store_true", help="take nothing away")
    options = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    lab, wrong = Lab(), 0
    for name in options.only or COMMANDS:
        for result in _prove(lab, name, whole=options.whole or name in WHOLE_ONLY):
            wrong += bool(result.wrong)
            with (RESULTS / "results.jsonl").open("a", encoding="utf-8") as out:
                out.write(json.dumps(asdict(result)) + "\n")
            print(_line(result), flush=True)
    print(f"\n{wrong} results are not as declared" if wrong else "\nall is as declared")
    return 1 if wrong else 0


def _line(result: Result) -> str:
    lost = f"{len(result.unknown)} unknown" if result.unknown else "nothing unknown"
    right = f"{result.namespace or '(cluster)'}: {result.right}"
    return f"{result.command:<10} {right:<64} exit {result.exit_code}  {lost:<16} {result.wrong or 'as declared'}"


def _prove(lab: Lab, name: str, *, whole: bool) -> Iterator[Result]:
    command = COMMANDS[name]
    if command == ("pod",):
        pods = [each["metadata"]["name"] for each in lab.items(worker.NAMESPACE, "pods", worker.SELECTOR)]
        command = ("pod", sorted(pods)[0])
    with (
        with_role(lab, command) as account,
        diagnose_process(None) as admin,
        diagnose_process(account.kubeconfig) as look,
    ):
        full = _report(look, command)
        yield _judge_whole(name, _report(admin, command), full)
        for right in () if whole else _rights(admin, command):
            result = _without(account, look, name, command, right, full)
            # On a busy machine a look inside a pod may come too late, which is no matter of rights.
            yield _without(account, look, name, command, right, full) if result.wrong else result


def _judge_whole(name: str, admin: JsonObject, full: JsonObject) -> Result:
    before, after = _statuses(admin), _statuses(full)
    changed = sorted(check for check, status in after.items() if status != before.get(check))
    unknown = tuple(check for check, status in after.items() if status == "unknown")
    wrong = f"not as the admin's: {', '.join(changed)}" if changed else ""
    if full["exit_code"] != admin["exit_code"] or full["exit_code"] != 0:
        wrong = wrong or f"exit code {full['exit_code']}, the admin's {admin['exit_code']}"
    return Result(
        command=name,
        namespace="the whole role",
        right=f"{len(after)} checks",
        exit_code=full["exit_code"],
        unknown=unknown,
        wrong=wrong or ("unknown" if unknown else ""),
    )


def _without(
    account: Account, look: Look, name: str, command: tuple[str, ...], right: Right, full: JsonObject
) -> Result:
    """Take a right away, look, and give it back."""
    role = next(each for each in account.objects if _has(each, right))
    try:
        account.apply({**role, "rules": list(_rules_without(role, right))})
        _wait(account, right, there=False)
        report = _report(look, command)
    finally:
        account.apply(role)
    _wait(account, right, there=True)
    before, after = _statuses(full), _statuses(report)
    unknown = tuple(check for check, status in after.items() if status == "unknown" and before.get(check) != "unknown")
    return Result(
        command=name,
        namespace=right.namespace,
        right=right.words,
        exit_code=report["exit_code"],
        unknown=unknown,
        wrong=_wrong(right, full, report, unknown),
    )


def _wrong(right: Right, full: JsonObject, report: JsonObject, unknown: tuple[str, ...]) -> str:
    """How a run differs from what is printed as lost."""
    code = report["exit_code"]
    known = {each["code"] for each in full["causes"]}
    if new := [each["code"] for each in report["causes"] if each["code"] not in known]:
        return f"a cause is named: {', '.join(new)}"
    if right.needless:
        return "" if code == 0 else "this API server does not ask for it"
    if right.lost["all"]:
        return "" if code == 3 else "it should end with 3"
    if beyond := set(unknown) - {*right.lost["unknown"], *right.lost["perhaps"]}:
        return f"not declared as unknown: {', '.join(sorted(beyond))}"
    if code != (3 if unknown else 0):
        return "the exit code is another"
    if right.closes and not unknown:
        return f"declared as needed, nothing is lost: {', '.join(right.lost['unknown'])}"
    resource = right.resource if "/" in right.resource else f"list {right.resource}"
    silent = [
        each["check"] for each in report["outcomes"] if each["check"] in unknown and resource not in _outputs(each)
    ]
    return f"the right is not named: {', '.join(silent)}" if silent else ""


def _outputs(outcome: JsonObject) -> str:
    return str(outcome["reason"])


def _rights(look: Look, command: tuple[str, ...]) -> Iterator[Right]:
    version = json.loads(Lab().kubectl("version", "-o", "json"))["serverVersion"]
    creates = (int(version["major"]), int(version["minor"].rstrip("+"))) >= CREATE_SINCE
    output = look("rbac", "-n", worker.NAMESPACE, *role_arguments(command), "-o", "json")
    for each in output["rights"]:
        right = Right(
            namespace=each["namespace"],
            group=each["group"],
            resource=each["resource"],
            verbs=tuple(each["verbs"]),
            lost=each["lost"],
        )
        yield right
        for verb in right.verbs if len(right.verbs) > 1 else ():
            yield replace(right, verbs=(verb,), needless=verb == "create" and not creates)


def _has(role: JsonObject, right: Right) -> bool:
    return role["metadata"].get("namespace", "") == right.namespace and any(
        _is(rule, right) for rule in role.get("rules", ())
    )


def _is(rule: JsonObject, right: Right) -> bool:
    return bool(rule["apiGroups"] == [right.group] and rule["resources"] == [right.resource])


def _rules_without(role: JsonObject, right: Right) -> Iterator[JsonObject]:
    for rule in role["rules"]:
        verbs = [verb for verb in rule["verbs"] if verb not in right.verbs or not _is(rule, right)]
        if verbs:
            yield {**rule, "verbs": verbs}


def _wait(account: Account, right: Right, *, there: bool) -> None:
    """A change of a role counts once the API server's own copy has it."""
    verb = right.verbs[0]
    wait_until(
        f"{right.words} is {'there' if there else 'gone'}",
        lambda: account.may(right.namespace, verb, right.resource, right.group) is there,
        seconds=30,
        every=0.2,
    )


def _report(look: Look, command: tuple[str, ...]) -> JsonObject:
    return look(*command, "-n", worker.NAMESPACE, "--timeout", "180", "--report", "json")


def _statuses(report: JsonObject) -> dict[str, str]:
    return {each["check"]: each["status"] for each in report["outcomes"]}


if __name__ == "__main__":
    sys.exit(main())
