"""Output of rights: manifests for `kubectl apply`, a table, or JSON."""

import json
import textwrap
from collections.abc import Iterator

import msgspec

from diagnose.check.rights import Scope
from diagnose.queries.rights import EXEC, FORWARD, Right, to_list
from diagnose.rbac.roles import Grant, Loss, by_namespace
from diagnose.resources import SecretName

WIDTH = 110
AUTHORIZATION = "rbac.authorization.k8s.io"
SCOPE_NAMES = {
    Scope.OWN: "the worker",
    Scope.VAULT: "Vault",
    Scope.INJECTOR: "the Vault agent injector",
    Scope.TEMPORAL: "Temporal",
    Scope.DATABASE: "the database",
    Scope.OTHER_SERVICES: "other services that the worker names",
    Scope.SYSTEM: "what the cluster itself runs",
    Scope.WORKFLOWS: "Argo Workflows",
    Scope.RECORDS: "Helm's records",
    Scope.CLUSTER: "the whole cluster",
}
WARNINGS: dict[Right, str] = {
    EXEC: "This right also allows reading the container's environment; diagnose reads names and shapes. Not needed "
    "with --no-exec. Kubernetes requires `create` since 1.35, `get` before.",
    FORWARD: "Kubernetes requires `create` since 1.35, `get` before.",
    to_list(
        SecretName
    ): "BEWARE: this right also allows reading the values, because Kubernetes has no separate right for names.",
}


class RoleOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The name and the account of the generated roles.

    Attributes:
        command: the command that needs the rights.
        account_namespace, account: the ServiceAccount that is bound to the roles.
        makes_account: whether the ServiceAccount is created, too.
        note: origin of the names of the other namespaces.
    """

    name: str
    command: str
    account: str
    account_namespace: str
    makes_account: bool
    note: str


def loss_text(loss: Loss, named: int | None = None) -> str:
    """Returns what is lost without a right, as text that follows "without it".

    Args:
        loss: what is lost.
        named: how many checks with less detail are listed by id; more are only counted. None lists all.
    """
    if loss.all:
        return "all checks are unknown"
    heads = ("unknown", "skipped", "unknown where the worker needs it")
    groups = zip(heads, (loss.unknown, loss.skipped, loss.perhaps), strict=True)
    parts = [f"{head}: {', '.join(ids)}" for head, ids in groups if ids]
    if named is not None and len(loss.shallower) > named:
        parts.append(f"{len(loss.shallower)} checks give less detail where they fail")
    elif loss.shallower:
        parts.append(f"less detail where these fail: {', '.join(loss.shallower)}")
    return "; ".join(parts) or "the worker may be identified less precisely"


def yaml(found: tuple[Grant, ...], role: RoleOptions) -> str:
    """Returns manifests for `kubectl apply`, with a comment at each rule about what is lost without it."""
    head = [
        f"Rights of `{role.command}` in the Kubernetes API. Printed by `diagnose rbac`; computed from what the "
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
        parts.append(_binding(namespace, role))
    return "\n---\n".join(parts) + "\n"


def _of_secrets(found: tuple[Grant, ...]) -> str:
    if any(each.right == to_list(SecretName) for each in found):
        return "It may list Secrets, as requested; diagnose stores none of their values."
    return "It may not read Secrets and changes nothing."


def _role(namespace: str, rights: tuple[Grant, ...], role: RoleOptions) -> Iterator[str]:
    yield from _comment(_about(rights))
    yield f"apiVersion: {AUTHORIZATION}/v1"
    yield f"kind: {'Role' if namespace else 'ClusterRole'}"
    yield f"{_metadata(namespace, role)}\nrules:"
    for each in rights:
        for text in filter(None, (f"Without it {loss_text(each.loss, named=4)}.", WARNINGS.get(each.right, ""))):
            yield from (f"  {line}" for line in _comment(text, WIDTH - 2))
        yield f"  - apiGroups: [{json.dumps(each.right.group)}]"
        yield f"    resources: [{json.dumps(each.right.resource)}]"
        yield f"    verbs: [{', '.join(json.dumps(verb) for verb in each.right.verbs)}]"


def _about(rights: tuple[Grant, ...]) -> str:
    """Returns the purpose of a Role, and whether it is optional."""
    names = [SCOPE_NAMES[scope] for scope in rights[0].scopes]
    where = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    purpose = f"In the namespace of {where}." if rights[0].namespace else f"For {where}."
    if Scope.OWN in rights[0].scopes or any(each.loss.all for each in rights):
        return purpose
    lost = tuple(dict.fromkeys(name for each in rights for name in (*each.loss.unknown, *each.loss.perhaps)))
    without = f"unknown are or may be {', '.join(lost)}" if lost else "no check is unknown, only detail is missing"
    return f"{purpose} Optional: without this and its binding {without}."


def _binding(namespace: str, role: RoleOptions) -> str:
    kind = "Role" if namespace else "ClusterRole"
    return f"""\
apiVersion: {AUTHORIZATION}/v1
kind: {kind}Binding
{_metadata(namespace, role)}
roleRef:
  apiGroup: {AUTHORIZATION}
  kind: {kind}
  name: {_quoted(name_of(namespace, role))}
subjects:
  - kind: ServiceAccount
    name: {_quoted(role.account)}
    namespace: {_quoted(role.account_namespace)}"""


def name_of(namespace: str, role: RoleOptions) -> str:
    """Returns the name of a role; two workers of a cluster share no ClusterRole and no Role in a third namespace."""
    return role.name if namespace == role.account_namespace else f"{role.name}-{role.account_namespace}"


def _metadata(namespace: str, role: RoleOptions) -> str:
    place = f"\n  namespace: {_quoted(namespace)}" if namespace else ""
    name = _quoted(name_of(namespace, role))
    return f"metadata:\n  name: {name}{place}\n  labels:\n    app.kubernetes.io/name: diagnose"


def _comment(text: str, width: int = WIDTH) -> Iterator[str]:
    yield from (f"# {line}" for line in textwrap.wrap(text, width - 2, break_on_hyphens=False))


def _quoted(text: str) -> str:
    """Returns a YAML scalar: quoted as JSON where YAML would read a number or a boolean."""
    plain = text.replace("-", "").isalpha() and text.lower() not in {"true", "false", "yes", "no", "on", "off", "null"}
    return text if plain else json.dumps(text)


def table(rows: list[tuple[str, ...]], head: tuple[str, ...], width: int) -> str:
    """Formats rows under their headings; the last column is wrapped to the width."""
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
    """Returns a right as a row of the table."""
    return (grant.namespace or "(cluster)", grant.right.text, loss_text(grant.loss, named=4))


def plain(grant: Grant) -> dict[str, object]:
    """Returns a right as plain data for JSON."""
    loss = grant.loss
    return {
        "namespace": grant.namespace,
        "places": [each.value for each in grant.scopes],
        "group": grant.right.group,
        "resource": grant.right.resource,
        "verbs": list(grant.right.verbs),
        "required": loss.closes,
        "lost": {
            "all": loss.all,
            "unknown": loss.unknown,
            "perhaps": loss.perhaps,
            "unasked": loss.skipped,
            "shallower": loss.shallower,
        },
    }
