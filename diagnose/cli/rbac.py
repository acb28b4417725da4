"""`diagnose rbac`."""

import json
import shutil
import sys
from typing import Any

import click

from diagnose.check.api import Check, Occasion
from diagnose.check.rights import Scope
from diagnose.cli import assembly, options, target_options
from diagnose.cli.catalogue import catalogue
from diagnose.cli.command import command
from diagnose.cli.settings import Settings, load
from diagnose.engine.diagnosis import DISCOVERY
from diagnose.engine.plan import PlanError, select
from diagnose.queries.query import ForbiddenError
from diagnose.queries.rights import to_list
from diagnose.rbac import manifests, review
from diagnose.rbac.namespaces import Namespaces, assumed, of_targets, webhooks, without_absent
from diagnose.rbac.roles import Grant, Loss, Use, grants
from diagnose.sources.gateway import Gateway
from diagnose.target.inventory import WORKLOADS
from diagnose.target.request import Allowance, Request

COMMANDS = {
    "all": (Occasion.INCIDENT,),
    "pod": (Occasion.INCIDENT,),
    "watch": (Occasion.INCIDENT,),
    "gate": (Occasion.BEFORE_DEPLOY, Occasion.AFTER_DEPLOY),
    "audit": (Occasion.AUDIT,),
}
NAMESPACES = "namespaces"
"""A command that runs no checks, but lists the workloads of all namespaces."""
TO_LIST_NAMESPACES = tuple(
    Grant(right=to_list(kind), namespace="", scopes=(Scope.CLUSTER,), loss=Loss(all=True)) for kind in WORKLOADS
)
ACCOUNT = "diagnose"
SCOPES = [place.value for place in Scope if place not in {Scope.OWN, Scope.CLUSTER}]
FOUND_NOTE = "The other namespaces are those that the objects of the examined workloads refer to."
ASSUMED_NOTE = (
    "The other namespaces are assumed by convention: without --offline they are read from the worker's objects; "
    "--in SCOPE=NAMESPACE sets one."
)


@command(
    epilog="""\b
Example: diagnose rbac -n msp --for gate --phase pre | kubectl apply -f -
         diagnose rbac -n msp --for all --check
         diagnose rbac --offline -n msp --in vault=security --no-exec -o table

Exit codes: 0 printed, or (--check) all required rights are granted; 2 wrong usage; 3 (--check) a required right is
missing or unknown."""
)
@click.option(
    "--for",
    "made_for",
    type=click.Choice([*COMMANDS, NAMESPACES]),
    default="all",
    help="The command to run (default: all).",
)
@click.option(
    "--phase",
    type=click.Choice([Occasion.BEFORE_DEPLOY.value, Occasion.AFTER_DEPLOY.value]),
    default=None,
    help="Only this phase of the gate (default: both).",
)
@click.option("--manifest", is_flag=True, help="The gate has a --manifest.")
@target_options.with_options
@click.option(
    "--service-account", default="", metavar="NAME", help=f"Account that gets the role (default: a new one, {ACCOUNT})."
)
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["yaml", "table", "json"]),
    default=None,
    help="Default: yaml; table with --check.",
)
@click.option("--check", "checks", is_flag=True, help="Query the API which of these rights you have; changes nothing.")
@click.option("--required-only", is_flag=True, help="Without rights that only add detail to a finding.")
@click.option("--offline", is_flag=True, help="Without a cluster: namespaces come from flags and by convention.")
@click.option(
    "--in",
    "given",
    multiple=True,
    metavar="SCOPE=NAMESPACE",
    help=f"Namespace of a scope; an empty NAMESPACE is outside the cluster; repeatable. Scopes: {', '.join(SCOPES)}.",
)
@options.checks_option("--only", help="Same as --only of the run; repeatable.")
@options.checks_option("--skip", help="Same as --skip of the run; repeatable.")
@click.option("--no-exec", is_flag=True, help="Same as --no-exec of the run: without pods/exec.")
@click.option(
    "--secret-names",
    is_flag=True,
    help="Same as --secret-names of the run: adds `list secrets` in the worker's namespace.",
)
@click.option(
    "--helm-history",
    is_flag=True,
    help="Same as --helm-history of the run: adds `list secrets` where Helm's records are.",
)
@click.option("--vault-token", is_flag=True, help="The run has a VAULT_TOKEN.")
@click.option("--db-dsn", "database_login", is_flag=True, help="The run has a DIAGNOSE_DB_DSN.")
@click.option(
    "--registry",
    is_flag=True,
    help="Same as --registry of the gate; the registry is queried with your docker login, so it adds no right.",
)
def rbac(made_for: str, phase: str | None, form: str | None, **flags: Any) -> None:
    """Print the smallest role that a run needs, with what is lost without each right, or check that you have it.

    It is computed from what the checks declare to read. The cluster and each namespace other than the worker's have
    separate roles, which are optional; their comments state what is lost. Secrets are never included without
    --secret-names or --helm-history.
    """
    if phase and made_for != "gate":
        raise click.UsageError("--phase requires --for gate")
    if flags["checks"] and form == "yaml":
        raise click.UsageError("--check prints the state of your rights; -o must be table or json")
    if flags["offline"] and (flags["replay"] or flags["checks"]):
        raise click.UsageError("--offline uses no cluster; it excludes --replay and --check")
    settings = load(flags["config"])
    gateway, found, scopes, note = _rights(flags, settings, made_for, phase)
    if flags["required_only"]:
        found = tuple(each for each in found if each.loss.closes)
    if flags["checks"]:
        if gateway is None:
            raise click.UsageError("there is no cluster to query")
        answers = review.review(gateway, found)
        click.echo(review.as_json(answers) if form == "json" else review.as_table(answers, _width()), nl=False)
        sys.exit(int(review.exit_code(answers)))
    click.echo(_printed(found, _role(flags, made_for, phase, scopes, note), form or "yaml"), nl=False)


def _rights(
    flags: dict[str, Any], settings: Settings, made_for: str, phase: str | None
) -> tuple[Gateway | None, tuple[Grant, ...], Namespaces, str]:
    """Returns the gateway, the rights, the namespaces of the scopes, and a note on their origin."""
    if made_for == NAMESPACES:
        gateway, namespace = (None, _namespace(flags, settings)) if flags["offline"] else _cluster(flags, settings)
        return gateway, TO_LIST_NAMESPACES, {Scope.OWN: (namespace,)}, ""
    gateway, scopes, note = _places(flags, settings)
    return gateway, _grants(flags, settings, (Occasion(phase),) if phase else COMMANDS[made_for], scopes), scopes, note


def _printed(found: tuple[Grant, ...], role: manifests.RoleOptions, form: str) -> str:
    match form:
        case "json":
            return json.dumps({"rights": [manifests.plain(each) for each in found]}, indent=2) + "\n"
        case "table":
            head = ("NAMESPACE", "RIGHT", "WITHOUT IT")
            return manifests.table([manifests.row_of(each) for each in found], head, _width())
        case _:
            return manifests.yaml(found, role)


def _width() -> int:
    return shutil.get_terminal_size((120, 24)).columns


def _role(
    flags: dict[str, Any], made_for: str, phase: str | None, scopes: Namespaces, note: str
) -> manifests.RoleOptions:
    given = ("manifest", "no_exec", "secret_names", "helm_history")
    switches = [f"--{name.replace('_', '-')}" for name in given if flags[name]]
    tokens = {"vault_token": "VAULT_TOKEN", "database_login": "DIAGNOSE_DB_DSN"}
    variables = [f"{variable}=…" for name, variable in tokens.items() if flags[name]]
    chosen = [f"--{name} {each}" for name in ("only", "skip") for each in flags[name]]
    command = " ".join([*variables, "diagnose", made_for, *(["--phase", phase] if phase else []), *switches, *chosen])
    return manifests.RoleOptions(
        name=f"diagnose-{made_for}{f'-{phase}' if phase else ''}",
        command=command,
        account=flags["service_account"] or ACCOUNT,
        account_namespace=scopes[Scope.OWN][0],
        makes_account=not flags["service_account"],
        note=note,
    )


def _grants(
    flags: dict[str, Any], settings: Settings, occasions: tuple[Occasion, ...], scopes: Namespaces
) -> tuple[Grant, ...]:
    """Returns the rights of the checks that the flags select."""
    known = catalogue(settings, flags["profile"])
    all_occasions = occasions + ((Occasion.BEFORE_BY_MANIFEST,) if flags["manifest"] else ())
    only, skip = flags["only"] or settings.run.only, flags["skip"] or settings.run.skip
    try:
        selected = select(known.checks, only, skip, *all_occasions)
    except PlanError as error:
        raise click.UsageError(str(error)) from error
    begin: Check = next(check for check in known.checks if check.id == DISCOVERY)
    tokens = {"vault_token": Allowance.VAULT_TOKEN, "database_login": Allowance.DATABASE_LOGIN}
    allowances = [each for name, each in (options.ALLOWANCES | tokens).items() if flags.get(name)]
    use = Use(
        incident=Occasion.INCIDENT in occasions,
        ahead=Occasion.BEFORE_DEPLOY in occasions,
        may_exec=not flags["no_exec"],
        allowed=frozenset(allowances),
    )
    fitting = tuple(check for check in selected if any(not each.lacks(check.id) for each in known.profiles.candidates))
    return grants(fitting, begin, scopes, use)


def _places(flags: dict[str, Any], settings: Settings) -> tuple[Gateway | None, Namespaces, str]:
    """Returns the gateway, the namespaces of the scopes, and a note on their origin."""
    gateway: Gateway | None = None
    if flags["offline"]:
        scopes, note = assumed(_namespace(flags, settings), _workflows(flags, settings)), ASSUMED_NOTE
    else:
        try:
            examination, targets = target_options.found(flags, settings)
            gateway = examination.gateway
            scopes, note = without_absent(of_targets(targets, webhooks(gateway)), gateway), FOUND_NOTE
        except click.ClickException as error:
            is_usage = isinstance(error, click.UsageError) and not isinstance(error, assembly.NoClusterError)
            if not is_usage and not (flags["checks"] and isinstance(error.__cause__, ForbiddenError)):
                raise
            if not flags["checks"]:
                raise click.UsageError(f"{error.message}\nWithout the worker, try: diagnose rbac --offline") from error
            gateway, namespace = _cluster(flags, settings)
            click.echo(
                f"The worker is not accessible ({error.message.splitlines()[0]}); namespaces are assumed.", err=True
            )
            scopes, note = assumed(namespace, _workflows(flags, settings)), ASSUMED_NOTE
    return gateway, scopes | _given_scopes(flags["given"]), note


def _namespace(flags: dict[str, Any], settings: Settings) -> str:
    namespace: str = flags["namespace"] or settings.target.namespace
    if not namespace:
        raise click.UsageError("without a cluster -n NAMESPACE is required")
    return namespace


def _cluster(flags: dict[str, Any], settings: Settings) -> tuple[Gateway, str]:
    """Returns the gateway to the cluster and the namespace, without a workload."""
    request = Request(
        context=flags["context"] or "",
        access=options.access(flags),
        namespace=flags["namespace"],
        no_exec=True,
        replay=flags["replay"],
    )
    examination = assembly.prepare(request, settings)
    return examination.gateway, examination.request.namespace


def _workflows(flags: dict[str, Any], settings: Settings) -> str:
    known = catalogue(settings, flags["profile"]).profiles.candidates
    named = (each.workflows.namespace for each in known)
    return settings.target.workflows or next(filter(None, named), "")


def _given_scopes(given: tuple[str, ...]) -> Namespaces:
    """Returns the scopes that flags set.

    Raises:
        click.UsageError: there is no such scope.
    """
    found: Namespaces = {}
    for each in given:
        name, sign, namespace = each.partition("=")
        if not sign or name not in SCOPES:
            raise click.UsageError(f"--in takes SCOPE=NAMESPACE, not {each!r}; scopes are {', '.join(SCOPES)}")
        found[Scope(name)] = (*found.get(Scope(name), ()), *((namespace,) if namespace else ()))
    return found
