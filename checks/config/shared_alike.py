"""Checks that the worker and other workloads of the application agree on shared variables.

An example are the settings of password hashing. Only literal values of templates are compared; others get a remark.
`config.secrets-shared` compares the sources of secrets.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from diagnose.check import stages
from diagnose.check.api import BY_TEMPLATE, Check, Code, Context, NotApplicableError, Occasion
from diagnose.check.rights import Scope, lists
from diagnose.commands.owner import Owner
from diagnose.domain.network.findings import set_variable
from diagnose.model.report import Finding, Step
from diagnose.resources import Container, Deployment

DIFFERS = Code(
    id="config.differs-from-server",
    meaning="The worker and another workload of the application have different values of a shared setting. "
    "One rejects what the other hashes or signs, and no log has the cause: users whom the worker "
    "registers cannot log in.",
    fix="Set the same value in both; the server's is right if users could log in before.",
)


def run(ctx: Context) -> Iterator[Finding]:
    """Yields shared variables of the profile that another Deployment sets to another value."""
    shared, own = ctx.target.profile.shared_variables, ctx.target.container
    if not shared:
        raise NotApplicableError(f"profile {ctx.target.profile.name} has no shared variables")
    for other in ctx.list(Deployment, ctx.target.namespace):
        if other.name == ctx.names["workload"] or other.spec.replicas == 0:
            continue
        for container in other.spec.template.spec.containers:
            if names := [name for name in shared if differs(name, own, container)]:
                yield _finding(ctx, names, own, other, container)
            elif unknown := [name for name in shared if is_unknown(name, shared, own, container)]:
                ctx.note(f"not compared with {other.name}, as one template has no value: {', '.join(unknown)}")


def is_unknown(name: str, shared: tuple[str, ...], own: Container, other: Container) -> bool:
    """Whether one of the two, although the other workload has some of the variables, has no value in its template."""
    concerned = any(other.variable(each) for each in shared)
    both = (own.variable(name), other.variable(name))
    return concerned and any(each is None or not each.value for each in both) and any(each is not None for each in both)


def differs(name: str, own: Container, other: Container) -> bool:
    """Whether both have a value in their templates, and these differ."""
    here, there = own.variable(name), other.variable(name)
    if here is None or there is None or here.value_from or there.value_from:
        return False
    return bool(here.value and there.value) and here.value != there.value


def _finding(ctx: Context, names: list[str], own: Container, other: Deployment, container: Container) -> Finding:
    values = {name: (own.variable(name), container.variable(name)) for name in names}
    reported = [
        f"{name} is {here.value} here and {there.value} there"
        for name, (here, there) in values.items()
        if here and there
    ]
    first, (_, meant) = next(iter(values.items()))
    listing = Owner("Deployment", other.name, ctx.target.namespace).list_env()
    inspect = Step("List all of them.", listing)
    return DIFFERS.finding(
        f"The worker and Deployment {other.name} must agree, but {reported[0]}, so logins fail.",
        replace(
            set_variable(ctx, first, meant.value if meant else "NEW_VALUE"),
            text=f"Set {first} to that of Deployment {other.name}, by which what exists was hashed or signed.",
        ),
        inspect,
        pods=ctx.target.pods_with_same(*names),
        subjects=(f"deployment/{other.name}", *(f"variable/{name}" for name in names)),
        evidence=(ctx.record_evidence(f"template of deployment {other.name}", "; ".join(reported), command=listing),),
    )


SHARED_ALIKE = Check(
    id="config.shared-alike",
    title="The worker and other workloads agree on shared variables",
    stage=stages.INDEPENDENT_SETTINGS,
    run=run,
    codes=(DIFFERS,),
    occasions=(*BY_TEMPLATE, Occasion.AUDIT),
    reads=lists(Scope.OWN, Deployment),
)
