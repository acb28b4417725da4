"""Does the pods' account have the rights that the program needs? Its log has those that the API server refused.

The roles that are bound to the account show whether a right is still missing, and what comes near to it: a role
without the verb, a role that is bound to another account, a binding of a role that does not exist.
"""

import difflib
from collections.abc import Iterator
from datetime import timedelta

import msgspec

from diagnose.check import stages
from diagnose.check.api import Check, Code, Context, Missing, NotApplicableError
from diagnose.check.reads import BINDINGS, ROLE_RULES, WORKER_LOGS
from diagnose.check.rights import Scope, lists, optional
from diagnose.commands import kubectl
from diagnose.domain.kubernetes.rbac import BoundRole, account_of, all_grants, permits
from diagnose.model.report import Evidence, Finding, Step
from diagnose.resources import Role, RoleBinding, RoleRule
from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

MISSING = Code(
    id="policy.right-missing",
    meaning="The API server refuses a request of the program, because no role that is bound to the pods' account "
    "grants it.",
    fix="Grant the right to the pods' account, in the smallest scope that suffices.",
)
RECENT = timedelta(minutes=10)
_LAST_LINES = 200
# Without the quotes, which a log in JSON escapes.
_REFUSED = lazy(
    r"system:serviceaccount:(?P<space>[a-z0-9-]{1,63}):(?P<account>[a-z0-9.-]{1,253}) cannot (?P<verb>[a-z]{1,20}) "
    r"resource (?P<resource>[\w./-]{1,100})(?: in API group (?P<group>[\w.-]{0,253}))?"
    r"(?: in the namespace (?P<namespace>[a-z0-9-]{1,63}))?"
)
_QUOTES = str.maketrans("", "", '"\\')


class _Right(msgspec.Struct, frozen=True):
    """A right: `namespace` is "" for the whole cluster."""

    verb: str
    resource: str
    group: str
    namespace: str

    @property
    def text(self) -> str:
        """The right as text after "may not"."""
        group = f".{self.group}" if self.group else ""
        where = f"in namespace {self.namespace}" if self.namespace else "in the whole cluster"
        return f"{self.verb} {self.resource}{group} {where}"

    @property
    def is_clusters(self) -> bool:
        """Whether only a ClusterRoleBinding can grant it."""
        return not self.namespace


def run(ctx: Context) -> Iterator[Finding]:
    """Reports the rights that logs show as refused and that no role grants."""
    refused = _refused(ctx)
    if not refused and not ctx.problems:
        raise NotApplicableError("no log has a request that the API server refused")
    for right, evidence in refused.items():
        granted = ctx.attempt(lambda right=right: tuple(all_grants(ctx, right.namespace)))  # type: ignore[misc]
        if isinstance(granted, Missing):
            yield _finding(ctx, right, evidence, "the roles are not accessible", _steps(ctx, right), is_proven=False)
        elif not any(_permits(each.rules or (), right) for each in granted):
            limited = _of_names(right, granted)
            why, steps = (limited, _verify(ctx, right)) if limited else _nearest(ctx, right, granted)
            yield _finding(ctx, right, evidence, why, steps, is_proven=not limited)


def _refused(ctx: Context) -> dict[_Right, Evidence]:
    """Returns the rights that the API server refused to the pods' account recently, each with its last line."""
    found: dict[_Right, Evidence] = {}
    for log in ctx.logs():
        lines = log.text.lines
        for at in range(len(lines) - 1, -1, -1):
            line = lines[at]
            if (line.at is None and at < len(lines) - _LAST_LINES) or (line.at and ctx.age(line.at) > RECENT):
                break
            hit = _REFUSED.search(line.text.translate(_QUOTES))
            if hit is None or (hit["space"], hit["account"]) != (ctx.target.namespace, account_of(ctx)):
                continue
            right = _Right(hit["verb"], hit["resource"], hit["group"] or "", hit["namespace"] or "")
            if right not in found:
                text = truncate(line.text.strip(), 300)
                found[right] = ctx.record_evidence(f"pod {log.pod}, {log.container}", text, command=log.command)
    return found


def _permits(rules: tuple[RoleRule, ...], right: _Right) -> bool:
    return permits(rules, right.verb, right.resource, right.group)


def _of_names(right: _Right, granted: tuple[BoundRole, ...]) -> str:
    """Returns that a role grants the right for objects of some names, of which the refused one may be; "" for none."""
    for each in granted:
        for rule in each.rules or ():
            if rule.resource_names and _permits((RoleRule(rule.api_groups, rule.resources, rule.verbs),), right):
                return f"{each.role.kind} {each.role.name} allows it for {', '.join(rule.resource_names[:3])} only"
    return ""


def _nearest(ctx: Context, right: _Right, granted: tuple[BoundRole, ...]) -> tuple[str, tuple[Step, ...]]:
    """Returns what comes nearest to the missing right, and the steps that grant it from there."""
    for each in granted:
        if each.rules is None:
            return _without_role(ctx, right, each)
    for each in granted:
        at = _rule_at(each.rules or (), right)
        if at is not None:
            rule = (each.rules or ())[at]
            has = f"{each.role.kind} {each.role.name}, which the account has, allows {', '.join(rule.verbs)}"
            return f"{has} only", (_add_verb(right, each, at), *_verify(ctx, right))
    return _unbound(ctx, right) or ("no role of the account names them", _steps(ctx, right))


def _rule_at(rules: tuple[RoleRule, ...], right: _Right) -> int | None:
    """Returns the place of the rule about the same objects that lacks only the verb."""
    matching = (at for at, rule in enumerate(rules) if _permits((_with_any_verb(rule),), right))
    return next(matching, None)


def _with_any_verb(rule: RoleRule) -> RoleRule:
    return RoleRule(rule.api_groups, rule.resources, ("*",), rule.resource_names)


def _add_verb(right: _Right, grant: BoundRole, at: int) -> Step:
    namespace = "" if grant.role.kind == "ClusterRole" else grant.binding.metadata.namespace
    change = [{"op": "add", "path": f"/rules/{at}/verbs/-", "value": right.verb}]
    command = kubectl.patch(grant.role.kind.lower(), grant.role.name, change, namespace=namespace, how="json")
    return Step(f"Add {right.verb} to the role.", command, changes=f"{grant.role.kind} {grant.role.name}")


def _without_role(ctx: Context, right: _Right, grant: BoundRole) -> tuple[str, tuple[Step, ...]]:
    """Returns that a binding names a role that does not exist."""
    role, binding = grant.role, grant.binding
    similar = difflib.get_close_matches(role.name, [each.name for each in _roles(ctx, right)], n=1)
    kind = "rolebinding" if binding.metadata.namespace else "clusterrolebinding"
    command = kubectl.get(kind, binding.name, namespace=binding.metadata.namespace, output="yaml")
    read = Step("Read the binding; another role needs a new one.", command)
    steps = (_bind(ctx, right, similar[0]),) if similar else _steps(ctx, right)
    hint = f"; {similar[0]} does" if similar else ""
    return f"{role.kind} {role.name} of {kind} {binding.name} does not exist{hint}", (read, *steps)


def _roles(ctx: Context, right: _Right) -> tuple[Role, ...]:
    return () if right.is_clusters else ctx.detail(lambda: ctx.list(Role, right.namespace)) or ()


def _unbound(ctx: Context, right: _Right) -> tuple[str, tuple[Step, ...]] | None:
    """Returns which role of the namespace would grant it, and to whom it is bound instead; None without one."""
    name = next((each.name for each in _roles(ctx, right) if _permits(each.rules or (), right)), "")
    if not name:
        return None
    steps = (_bind(ctx, right, name), *_verify(ctx, right))
    for each in ctx.detail(lambda: ctx.list(RoleBinding, right.namespace)) or ():
        if (each.role_ref.kind, each.role_ref.name) == ("Role", name) and each.subjects:
            other = each.subjects[0]
            whom = f"{other.kind} {other.namespace}{'/' if other.namespace else ''}{other.name}"
            return f"Role {name} would grant it, and rolebinding {each.name} binds it to {whom}", steps
    return f"Role {name} would grant it, and nothing binds it to the account", steps


def _bind(ctx: Context, right: _Right, role: str) -> Step:
    kind = "clusterrole" if right.is_clusters else "role"
    subject = f"--serviceaccount={ctx.target.namespace}:{account_of(ctx)}"
    name = f"{account_of(ctx)}-{role}"
    command = kubectl.create(f"{kind}binding", name, f"--{kind}={role}", subject, namespace=right.namespace)
    return Step("Bind the role to the account.", command, changes=f"{kind}binding {name}")


def _steps(ctx: Context, right: _Right) -> tuple[Step, ...]:
    """Returns the steps that make a role with the right alone, and bind it."""
    kind = "clusterrole" if right.is_clusters else "role"
    name = f"{ctx.target.workload}-{right.verb}-{right.resource.replace('/', '-')}"
    group = f".{right.group}" if right.group else ""
    resource, _, subresource = right.resource.partition("/")
    what = f"--resource={resource}{group}{'/' if subresource else ''}{subresource}"
    command = kubectl.create(kind, name, f"--verb={right.verb}", what, namespace=right.namespace)
    return (
        Step("Make a role with this right, if the program should have it.", command, changes=f"{kind} {name}"),
        _bind(ctx, right, name),
        *_verify(ctx, right),
    )


def _verify(ctx: Context, right: _Right) -> tuple[Step, ...]:
    account = f"system:serviceaccount:{ctx.target.namespace}:{account_of(ctx)}"
    group = f".{right.group}" if right.group else ""
    query = kubectl.can_i(right.verb, f"{right.resource}{group}", account=account, namespace=right.namespace)
    return (Step("Find out whether the account has the right.", query),)


def _finding(
    ctx: Context, right: _Right, evidence: Evidence, why: str, steps: tuple[Step, ...], *, is_proven: bool
) -> Finding:
    account = account_of(ctx)
    return MISSING.finding(
        f"Service account {account} may not {right.text}: {why}.",
        *steps,
        subjects=(f"serviceaccount/{account}",),
        evidence=(evidence,),
        alternatives=() if is_proven else ("The right may have been granted since the last refusal.",),
    )


RIGHTS_SUFFICE = Check(
    id="policy.rights-suffice",
    title="The pods' account has the rights that the program uses",
    stage=stages.PERMISSIONS,
    run=run,
    codes=(MISSING,),
    reads=(*WORKER_LOGS, *optional(BINDINGS, ROLE_RULES, lists(Scope.OWN, Role, RoleBinding))),
)
