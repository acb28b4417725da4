"""Which profile a workload gets, and what the user can state of it."""

import pytest
from msgspec import structs

from checks.config.quiet_services import QUIET_SERVICES
from checks.config.variables_set import VARIABLES_SET
from checks.temporal.queues_allowed import QUEUES_ALLOWED
from checks.temporal.schedules_kept import SCHEDULES_KEPT
from diagnose.check.api import Check, NotApplicableError
from diagnose.cli import settings
from diagnose.cli.catalogue import catalogue
from diagnose.domain.database.logins import database_of
from diagnose.domain.temporal.queries import namespace_of, temporal_of
from diagnose.queries.query import NoAnswerError
from diagnose.resources import Container, EnvVar, Meta, PodSpec, PodTemplate
from diagnose.target.profile import DatabaseStatement, TemporalStatement
from diagnose.target.profiles import Profiles
from diagnose.target.recognition import Role
from tests.support.kit import ANY_WORKER, context, log, outcome
from tests.support.objects import variables

PROFILES = catalogue().profiles
COMPONENT = {"app.kubernetes.io/component": "temporal-worker"}
ENV = {"TEMPORAL_ADDRESS": "temporal:7233"}


def template(image: str, **env: str) -> PodTemplate:
    own = tuple(EnvVar(name, value) for name, value in env.items())
    worker = Container(name="worker", image=image, env=own)
    return PodTemplate(Meta(labels=COMPONENT), PodSpec(containers=(worker,)))


@pytest.mark.parametrize(
    ("image", "env", "profile"),
    [
        ("registry.test/nineminds/temporal-worker:1", {}, "alga-psa"),
        ("registry.test/mirror/temporal-worker:1", {"ALGA_AUTH_KEY": ""}, "alga-psa"),
        ("registry.test/crm/temporal-worker:1", ENV, "temporal-worker"),
        (
            "registry.test/crm/temporal-worker:1",
            {**ENV, "DB_USER_SERVER": "x"},
            "temporal-worker",
        ),
    ],
)
def test_only_its_own_image_or_variables_prove_a_program(image: str, env: dict[str, str], profile: str) -> None:
    choice = PROFILES.choose(template(image, **env), Meta(name="worker"))
    assert (choice.profile.name, choice.is_worker, bool(choice.reason)) == (profile, True, True)


def test_a_requested_profile_is_not_doubted() -> None:
    known = Profiles(proven=(), worker=PROFILES.worker, generic=PROFILES.generic, requested=PROFILES.worker)
    choice = known.choose(template("registry.test/checkout:1", **ENV), Meta(name="checkout"))
    assert (choice.profile.name, choice.recognition.role) == ("temporal-worker", Role.WORKER)


def test_a_file_may_state_facts_of_whichever_profile_is_chosen() -> None:
    text = """
        [profile]
        temporal = {address = "temporal.example.net:7233", namespace = "orders", queues = ["a", "b"], tls = true}
        database = "none"
    """
    known = catalogue(settings.read(text)).profiles
    assert known.requested is None
    assert known.worker.temporal == TemporalStatement(
        address="temporal.example.net:7233", namespace="orders", queues=("a", "b"), tls=True
    )
    assert {each.database for each in known.candidates} == {"none"}


def test_a_profile_of_ones_own_differs_from_another() -> None:
    text = '[profile]\nname = "orders"\nextends = "temporal-worker"\nrequired_variables = ["ORDERS_KEY"]\n'
    known = catalogue(settings.read(text)).profiles
    assert known.requested is not None
    assert (known.requested.name, known.requested.required_variables) == ("orders", ("ORDERS_KEY",))
    assert known.worker.required_variables == ()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[profile]\ntemporal = {adress = "x:1"}\n', "address"),
        ('[profile]\ntemporal = {address = "temporal"}\n', "is not HOST:PORT"),
        ('[profile]\ndatabase = "no"\n', "database"),
        ('[profile]\nextends = "generic"\n', "needs a name"),
    ],
)
def test_a_statement_that_cannot_be_meant_is_refused(text: str, problem: str) -> None:
    with pytest.raises(settings.SettingsError, match=problem):
        settings.read(text)


def test_what_is_stated_takes_precedence_over_what_is_read() -> None:
    stated = structs.replace(
        ANY_WORKER,
        temporal=TemporalStatement(namespace="orders", queues=("orders",)),
        database=DatabaseStatement(host="db.example.net", port=5432, name="orders"),
    )
    ctx = context(profile=stated, container={"env": variables(TEMPORAL_ADDRESS="temporal:7233")})
    temporal = temporal_of(ctx)
    assert (temporal.address, namespace_of(ctx), temporal.queues) == (
        "temporal:7233",
        "orders",
        ("orders",),
    )
    assert (database_of(ctx).address, database_of(ctx).user) == ("db.example.net:5432", "")
    assert ctx.target.known["temporal.namespace"].source == "diagnose.toml"


def test_what_is_not_known_is_unknown_and_what_there_is_not_is_not_applicable() -> None:
    by_secret = {"envFrom": [{"secretRef": {"name": "orders"}}]}
    with pytest.raises(NoAnswerError, match="Secret orders, by envFrom may, and is not read"):
        temporal_of(context(profile=ANY_WORKER, container=by_secret))
    with pytest.raises(NoAnswerError, match="Secret orders"):
        database_of(context(profile=ANY_WORKER, container=by_secret))
    none = structs.replace(ANY_WORKER, temporal="none", database="none")
    with pytest.raises(NotApplicableError, match="stated by diagnose"):
        temporal_of(context(profile=none, container=by_secret))
    with pytest.raises(NotApplicableError, match="stated by diagnose"):
        database_of(context(profile=none, container=by_secret))


def test_a_database_of_another_kind_is_known_and_not_queried() -> None:
    env = variables(DATABASE_URL="mysql://orders@orders-mysql/orders")
    with pytest.raises(NotApplicableError, match="orders-mysql is MySQL"):
        database_of(context(profile=ANY_WORKER, container={"env": env}))


@pytest.mark.parametrize(
    ("check", "env"),
    [
        (VARIABLES_SET, {}),
        (QUIET_SERVICES, {"REDIS_URL": "redis://store:6379"}),
        (SCHEDULES_KEPT, {}),
        (QUEUES_ALLOWED, {"TEMPORAL_TASK_QUEUE": "alga-jobs"}),
    ],
    ids=lambda value: value.id if isinstance(value, Check) else "",
)
def test_what_is_known_of_one_program_is_demanded_of_no_other(check: Check, env: dict[str, str]) -> None:
    settings_of = variables(**ENV, TEMPORAL_NAMESPACE="orders", **env)
    log_of_another = [log("ERROR cannot reach Temporal at temporal:7233: connection refused", ready=False)]
    ctx = context(profile=ANY_WORKER, container={"env": settings_of}, logs=log_of_another)
    assert not outcome(check, ctx).findings
