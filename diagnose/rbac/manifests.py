"""Rights as text: objects for `kubectl apply`, a table, or JSON."""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from diagnose.check.rights import EXEC, FORWARD, Right, Scope, to_list
from diagnose.rbac.roles import Grant, Loss, by_namespace
from diagnose.resources import SecretName

WIDTH = 110
AUTHORIZATION = "rbac.authorization.k8s.io"
IN_PLACE = {
    Scope.OWN: "the worker",
    Scope.VAULT: "Vault",
    Scope.INJECTOR: "the Vault agent injector",
    Scope.TEMPORAL: "Temporal",
    Scope.DATABASE: "the database",
    Scope.BESIDE: "other services that the worker names",
    Scope.SYSTEM: "what the cluster itself runs",
    Scope.WORKFLOWS: "Argo Workflows",
    Scope.RECORDS: "Helm's records",
    Scope.CLUSTER: "the whole cluster",
}
BEWARE: dict[Right, str] = {
    EXEC: "Who may do this may also read the container's environment; diagnose reads names and shapes. Left out by "
    "--no-exec. `create` is asked for since Kubernetes 1.35, `get` before.",
    FORWARD: "`create` is asked for since Kubernetes 1.35, `get` before.",
    to_list(
        SecretName
    ): "BEWARE: this right can also read the values, which Kubernetes does not tell apart from names.",
}


@dataclass(frozen=True, kw_only=True)
class Role:
    """For whom, and under which name, the rights are written down.

    Attributes:
        command: what runs with them.
        account_namespace, account: the ServiceAccount that gets them.
        makes_account: whether it is made, too.
        note: where the names of the other namespaces come from.
    """

    name: str
    command: str
    account: str
    account_namespace: str
    makes_account: bool
    note: str


def loss_words(loss: Loss, named: int | None = None) -> str:
    """What is lost without a right, in words that follow "without it".

    Args:
        loss: what is lost.
        named: of how many checks that only tell less the ids are written; of more only their number. None: of all.
    """
    if loss.all:
        return "nothing can be told"
    heads = ("unknown", "not asked", "unknown where the worker makes them ask")
    groups = zip(heads, (loss.unknown, loss.unasked, loss.perhaps), strict=True)
    told = [f"{head}: {', '.join(ids)}" for head, ids in groups if ids]
    if named is not None and len(loss.shallower) > named:
        told.append(f"{len(loss.shallower)} checks tell less where they fail")
    elif loss.shallower:
        told.append(f"less is told where these fail: {', '.join(loss.shallower)}")
    return "; ".join(told) or "the worker may be found less exactly"


def yaml(found: tuple[Grant, ...], role: Role) -> str:
    """Objects for `kubectl apply`, with a comment at each rule that says what is lost without it."""
    head = [
        f"What `{role.command}` may ask of the Kubernetes API. Printed by `diagnose rbac`; computed from what the "
        "checks read.",
        _of_secrets(found),
        role.note,
    ]
    parts = ["\n".join(line for text in filter(None, head) for line in _comment(text))]
    if role.makes_account:
        parts.append(
            f"apiVersion: v1\nkind: ServiceAccount\nmetadata:\n"
            f"  name: {_quoted(role.account)}\n  namespace: {_quoted(role.account_namespace)}"
        )
    for namespace, rights in by_namespace(found).items():
        parts.append("\n".join(_role(namespace, rights, role)))
        parts.append("\n".join(_binding(namespace, role)))
    return "\n---\n".join(parts) + "\n"


def _of_secrets(found: tuple[Grant, ...]) -> str:
    if any(each.right == to_list(SecretName) for each in found):
        return "It may list Secrets, as you have asked for; diagnose keeps none of their values."
    return "It may not read Secrets, and change nothing."


def _role(namespace: str, rights: tuple[Grant, ...], role: Role) -> Iterator[str]:
    yield from _comment(_about(rights))
    yield f"apiVersion: {AUTHORIZATION}/v1"
    yield f"kind: {'Role' if namespace else 'ClusterRole'}"
    yield from _metadata(namespace, role)
    yield "rules:"
    for each in rights:
        for text in filter(None, (f"Without it {loss_words(each.loss, named=4)}.", BEWARE.get(each.right, ""))):
            yield from (f"  {line}" for line in _comment(text, WIDTH - 2))
        yield f"  - apiGroups: [{json.dumps(each.right.group)}]"
        yield f"    resources: [{json.dumps(each.right.resource)}]"
        yield f"    verbs: [{', '.join(json.dumps(verb) for verb in each.right.verbs)}]"


def _about(rights: tuple[Grant, ...]) -> str:
    """What a Role is for, and that it may be left out where it may."""
    there = [IN_PLACE[place] for place in rights[0].places]
    where = " and ".join(filter(None, (", ".join(there[:-1]), there[-1])))
    place = f"In the namespace of {where}." if rights[0].namespace else f"For {where}."
    if rights[0].own or any(each.loss.all for each in rights):
        return place
    lost = tuple(dict.fromkeys(name for each in rights for name in (*each.loss.unknown, *each.loss.perhaps)))
    without = f"unknown are or may be {', '.join(lost)}" if lost else "no check is unknown, only less is told of faults"
    return f"{place} Optional: without this and its binding {without}."


def _binding(namespace: str, role: Role) -> Iterator[str]:
    kind = "Role" if namespace else "ClusterRole"
    yield f"apiVersion: {AUTHORIZATION}/v1"
    yield f"kind: {kind}Binding"
    yield from _metadata(namespace, role)
    yield "roleRef:"
    yield f"  apiGroup: {AUTHORIZATION}"
    yield f"  kind: {kind}"
    yield f"  name: {_quoted(name_of(namespace, role))}"
    yield "subjects:"
    yield "  - kind: ServiceAccount"
    yield f"    name: {_quoted(role.account)}"
    yield f"    namespace: {_quoted(role.account_namespace)}"


def name_of(namespace: str, role: Role) -> str:
    """A role's name; two workers of a cluster share no ClusterRole, and no Role in a third namespace."""
    return role.name if namespace == role.account_namespace else f"{role.name}-{role.account_namespace}"


def _metadata(namespace: str, role: Role) -> Iterator[str]:
    yield "metadata:"
    yield f"  name: {_quoted(name_of(namespace, role))}"
    if namespace:
        yield f"  namespace: {_quoted(namespace)}"
    yield "  labels:"
    yield "    app.kubernetes.io/name: diagnose"


def _comment(text: str, width: int = WIDTH) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text, width - 2, break_on_hyphens=False))


def _quoted(text: str) -> str:
    """A YAML scalar: JSON's text is one, also where the name would be taken for a number or a truth."""
    plain = text.replace("-", "").isalpha() and text.lower() not in {"true", "false", "yes", "no", "on", "off", "null"}
    return text if plain else json.dumps(text)


def table(rows: list[tuple[str, ...]], head: tuple[str, ...], width: int) -> str:
    """Rows under their heads; the last column is wrapped within the width."""
    columns = list(zip(head, *rows, strict=True))
    sizes = [max(len(cell) for cell in column) for column in columns[:-1]]
    last = max(30, width - sum(sizes) - 2 * len(sizes))
    lines = []
    for row in (head, *rows):
        wrapped = textwrap.wrap(row[-1], last, break_on_hyphens=False) or [""]
        start = "  ".join(cell.ljust(size) for cell, size in zip(row, sizes, strict=False))
        lines.append(f"{start}  {wrapped[0]}".rstrip())
        lines += [f"{' ' * (len(start) + 2)}{line}" for line in wrapped[1:]]
    return "\n".join(lines) + "\n"


def row_of(grant: Grant) -> tuple[str, ...]:
    """A right as a row."""
    return (grant.namespace or "(cluster)", grant.right.words, loss_words(grant.loss, named=4))


def plain(grant: Grant) -> dict[str, object]:
    """A right as plain data."""
    return {
        "namespace": grant.namespace,
        "places": [place.value for place in grant.places],
        "group": grant.right.group,
        "resource": grant.right.resource,
        "verbs": list(grant.right.verbs),
        "required": grant.loss.closes,
        "lost": asdict(grant.loss),
    }
