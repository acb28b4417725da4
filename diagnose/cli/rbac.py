"""`diagnose rbac`."""

import json
import shutil
import sys
from typing import Any

import click

from diagnose.check.api import Check, Occasion
from diagnose.check.rights import Scope
from diagnose.cli import assembly, completion_values, options, target_options
from diagnose.cli.settings import Settings, SettingsError, configured
from diagnose.engine.diagnosis import DISCOVERY
from diagnose.engine.plan import PlanError, select
from diagnose.queries.rights import to_list
from diagnose.rbac import manifests, review
from diagnose.rbac.namespaces import Namespaces, assumed, of_target, webhooks, without_absent
from diagnose.rbac.roles import Grant, Loss, Use, grants
from diagnose.resources import Deployment
from diagnose.sources.gateway import Gateway
from diagnose.target.request import Allowance, Request

COMMANDS = {
    "all": (Occasion.INCIDENT,),
    "pod": (Occasion.INCIDENT,),
    "watch": (Occasion.INCIDENT,),
    "gate": (Occasion.BEFORE_DEPLOY, Occasion.AFTER_DEPLOY),
    "audit": (Occasion.AUDIT,),
}
NAMESPACES = "namespaces"
"""A command that asks no checks, but one list."""
TO_LIST_NAMESPACES = Grant(right=to_list(Deployment), namespace="", scopes=(Scope.CLUSTER,), loss=Loss(all=True))
ACCOUNT = "diagnose"
PLACES = [place.value for place in Scope if place not in {Scope.OWN, Scope.CLUSTER}]
FOUND = "The other namespaces are those that the worker's own objects name."
GUESSED = (
    "The other namespaces are assumed by convention: without --offline they are read from the worker's own objects; "
    "--in PLACE=NAMESPACE says one."
)


@click.command(
    epilog="""\b
Example: diagnose rbac -n msp --for gate --phase pre | kubectl apply -f -
         diagnose rbac -n msp --for all --check
         diagnose rbac --offline -n msp --in vault=security --no-exec --format table

Exit codes: 0 printed, or (--check) everything is there without which a check would be unknown; 2 wrong usage;
3 (--check) such a right is lacking, or could not be asked about."""
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
    help="Of the gate only this phase (default: both).",
)
@click.option("--manifest", is_flag=True, help="The gate is given a --manifest.")
@target_options.with_options
@click.option("--service-account", default="", metavar="NAME", help=f"Who gets it (default: a new one, {ACCOUNT}).")
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "table", "json"]),
    default=None,
    help="Default: yaml; table to check.",
)
@click.option("--check", "checks", is_flag=True, help="Ask the API which of these rights you have; changes nothing.")
@click.option("--required-only", is_flag=True, help="Without what only tells more of a fault.")
@click.option("--offline", is_flag=True, help="Ask no cluster: namespaces come from flags and by convention.")
@click.option(
    "--in",
    "told",
    multiple=True,
    metavar="PLACE=NAMESPACE",
    help=f"Where a place is; an empty NAMESPACE is outside the cluster; repeatable. Places: {', '.join(PLACES)}.",
)
@click.option(
    "--only",
    multiple=True,
    metavar="ID|TOPIC",
    shell_complete=completion_values.checks,
    help="As the run's own --only; repeatable.",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="ID|TOPIC",
    shell_complete=completion_values.checks,
    help="As the run's own --skip; repeatable.",
)
@click.option("--no-exec", is_flag=True, help="As the run's own: without pods/exec.")
@click.option("--secret-names", is_flag=True, help="As the run's own: adds `list secrets` in the worker's namespace.")
@click.option("--helm-history", is_flag=True, help="As the run's own: adds `list secrets` where Helm's records are.")
@click.option("--vault-token", is_flag=True, help="The run has a VAULT_TOKEN.")
@click.option("--db-dsn", "database_login", is_flag=True, help="The run has a DIAGNOSE_DB_DSN.")
@click.option(
    "--registry",
    is_flag=True,
    help="As the gate's own; the registry is asked with your docker login, so it adds no right.",
)
def rbac(made_for: str, phase: str | None, form: str | None, **flags: Any) -> None:
    """Print the smallest role that a run needs, with what is lost without each right, or check that you have it.

    It is computed from what the checks declare to read. Each namespace beside the worker's, and the cluster, is a role
    of its own, which may be left out at the price that its comment names. Secrets are never among it unless
    --secret-names or --helm-history asks for them.
    """
    if phase and made_for != "gate":
        raise click.UsageError("--phase is of the gate; it goes with --for gate")
    if flags["checks"] and form == "yaml":
        raise click.UsageError("--check says what you have; --format is table or json")
    if flags["offline"] and (flags["replay"] or flags["checks"]):
        raise click.UsageError("--offline asks no cluster; --replay and --check do")
    told = configured(flags["config"])
    gateway, found, scopes, note = _asked(flags, told, made_for, phase)
    if flags["required_only"]:
        found = tuple(each for each in found if each.loss.closes)
    if flags["checks"]:
        if gateway is None:
            raise click.UsageError("there is no cluster to ask")
        answers = review.review(gateway, found)
        click.echo(review.as_json(answers) if form == "json" else review.as_table(answers, _width()), nl=False)
        sys.exit(int(review.exit_code(answers)))
    click.echo(_printed(found, _role(flags, made_for, phase, scopes, note), form or "yaml"), nl=False)


def _asked(
    flags: dict[str, Any], told: Settings, made_for: str, phase: str | None
) -> tuple[Gateway | None, tuple[Grant, ...], Namespaces, str]:
    """The rights, where everything is, whom to ask for more, and how that is known."""
    if made_for == NAMESPACES:
        gateway, own = (None, _own(flags, told)) if flags["offline"] else _connected(flags, told)
        return gateway, (TO_LIST_NAMESPACES,), {Scope.OWN: (own,)}, ""
    gateway, scopes, note = _places(flags, told)
    return gateway, _grants(flags, told, (Occasion(phase),) if phase else COMMANDS[made_for], scopes), scopes, note


def _printed(found: tuple[Grant, ...], role: manifests.Role, form: str) -> str:
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


def _role(flags: dict[str, Any], made_for: str, phase: str | None, scopes: Namespaces, note: str) -> manifests.Role:
    given = ("manifest", "no_exec", "secret_names", "helm_history")
    switches = [f"--{name.replace('_', '-')}" for name in given if flags[name]]
    tokens = {"vault_token": "VAULT_TOKEN", "database_login": "DIAGNOSE_DB_DSN"}
    variables = [f"{variable}=…" for name, variable in tokens.items() if flags[name]]
    chosen = [f"--{name} {each}" for name in ("only", "skip") for each in flags[name]]
    command = " ".join([*variables, "diagnose", made_for, *(["--phase", phase] if phase else []), *switches, *chosen])
    return manifests.Role(
        name=f"diagnose-{made_for}{f'-{phase}' if phase else ''}",
        command=command,
        account=flags["service_account"] or ACCOUNT,
        account_namespace=scopes[Scope.OWN][0],
        makes_account=not flags["service_account"],
        note=note,
    )


def _grants(
    flags: dict[str, Any], told: Settings, occasions: tuple[Occasion, ...], scopes: Namespaces
) -> tuple[Grant, ...]:
    """The rights of the checks that the flags select."""
    try:
        known = assembly.catalogue(told, flags["profile"])
        asked = occasions + ((Occasion.BEFORE_BY_MANIFEST,) if flags["manifest"] else ())
        selected = select(known.checks, flags["only"] or told.run.only, flags["skip"] or told.run.skip, *asked)
    except (SettingsError, PlanError) as error:
        raise click.UsageError(str(error)) from error
    begin: Check = next(check for check in known.checks if check.id == DISCOVERY)
    known_flags = options.ALLOWANCES | {
        "vault_token": Allowance.VAULT_TOKEN,
        "database_login": Allowance.DATABASE_LOGIN,
    }
    allowances = {name: each for name, each in known_flags.items() if flags.get(name)}
    use = Use(
        incident=Occasion.INCIDENT in occasions,
        ahead=Occasion.BEFORE_DEPLOY in occasions,
        may_exec=not flags["no_exec"],
        allowed=frozenset[Allowance](allowances.values()),
    )
    fitting = tuple(check for check in selected if not known.profile.lacks(check.id))
    return grants(fitting, begin, scopes, use)


def _places(flags: dict[str, Any], told: Settings) -> tuple[Gateway | None, Namespaces, str]:
    """Where everything is, whom to ask for more, and how that is known."""
    gateway: Gateway | None = None
    if flags["offline"]:
        scopes, note = assumed(_own(flags, told), _workflows(flags, told)), GUESSED
    else:
        try:
            examination, target = target_options.found(flags, told)
            gateway = examination.gateway
            scopes, note = without_absent(of_target(target, webhooks(gateway)), gateway), FOUND
        except click.UsageError as error:
            if not flags["checks"]:
                raise click.UsageError(f"{error.message}\nWithout the worker, try: diagnose rbac --offline") from error
            gateway, own = _connected(flags, told)
            click.echo(f"The worker cannot be looked at ({error.message}); namespaces are assumed.", err=True)
            scopes, note = assumed(own, _workflows(flags, told)), GUESSED
    return gateway, scopes | _told(flags["told"]), note


def _own(flags: dict[str, Any], told: Settings) -> str:
    own: str = flags["namespace"] or told.target.namespace
    if not own:
        raise click.UsageError("without a cluster this must be said: -n NAMESPACE")
    return own


def _connected(flags: dict[str, Any], told: Settings) -> tuple[Gateway, str]:
    """The way to the cluster alone."""
    request = Request(
        context=flags["context"] or "", namespace=flags["namespace"], no_exec=True, replay=flags["replay"]
    )
    examination = assembly.prepare(request, told)
    return examination.gateway, examination.request.namespace


def _workflows(flags: dict[str, Any], told: Settings) -> str:
    try:
        return told.target.workflows or assembly.catalogue(told, flags["profile"]).profile.workflows.namespace
    except SettingsError as error:
        raise click.UsageError(str(error)) from error


def _told(given: tuple[str, ...]) -> Namespaces:
    """The places that flags name.

    Raises:
        click.UsageError: there is no such place.
    """
    found: Namespaces = {}
    for each in given:
        name, sign, namespace = each.partition("=")
        if not sign or name not in PLACES:
            raise click.UsageError(f"--in takes PLACE=NAMESPACE, not {each!r}; places are {', '.join(PLACES)}")
        found[Scope(name)] = (*found.get(Scope(name), ()), *((namespace,) if namespace else ()))
    return found
