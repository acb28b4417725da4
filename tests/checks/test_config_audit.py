"""What an audit says of a configuration: given twice, read by nobody, left at localhost, or taken from elsewhere."""

from dataclasses import replace
from importlib.resources import files
from typing import Any

import msgspec
import pytest

from checks.config.log_level import LOG_LEVEL
from checks.config.no_duplicates import NO_DUPLICATES
from checks.config.quiet_services import QUIET_SERVICES
from checks.config.secrets_shared import SECRETS_SHARED
from checks.config.settings_read import SETTINGS_READ
from checks.config.urls_public import URLS_PUBLIC
from checks.config.values_delivered import judge
from diagnose.check.api import Check, Context, NotApplicableError
from diagnose.model.report import Finding
from diagnose.queries.exec_survey.survey import Kind, Shape, Trap, Value
from diagnose.resources import Container, PodTemplate
from diagnose.target import pod_template, profile
from diagnose.target.target import Release
from tests.support.kit import context

PROFILE = profile.load(files("checks.profiles") / "temporal_worker.toml")
RELEASE = Release(name="worker", namespace="msp", chart="", managed_by="Helm", revision="1")
NOTES = {
    "vault.hashicorp.com/agent-inject": "true",
    "vault.hashicorp.com/agent-inject-secret-auth-key": "secret/data/app/shared",
    "vault.hashicorp.com/agent-inject-template-auth-key": 'export ALGA_AUTH_KEY="{{ .Data.data.alga_auth_key }}"',
}

Json = dict[str, Any]


def secret(variable: str, name: str, key: str = "k") -> Json:
    return {"name": variable, "valueFrom": {"secretKeyRef": {"name": name, "key": key}}}


def literals(**values: str) -> list[Json]:
    return [{"name": name, "value": value} for name, value in values.items()]


def deployment(*env: Json, name: str = "server", notes: Json | None = None) -> Json:
    template = {"metadata": {"annotations": notes or {}}, "spec": {"containers": [{"name": name, "env": list(env)}]}}
    return {"metadata": {"name": name, "namespace": "msp"}, "spec": {"template": template}}


def seen_by(env: list[Json], notes: Json | None = None, command: str = "", **kinds: Any) -> Context:
    """What a check of a worker with this environment sees, by the profile of the real one."""
    ctx = context(**kinds)
    container = msgspec.convert({"name": "worker", "env": env, "args": [command]}, Container)
    template = msgspec.convert({"metadata": {"annotations": notes or {}}}, PodTemplate)
    vault = pod_template.vault(template, container, ())
    target = replace(ctx.target, profile=PROFILE, container=container, template=template, vault=vault, release=RELEASE)
    names = {"workload": "worker", "container": "worker", "release": "worker"}
    return replace(ctx, target=target, names=names)


def query(check: Check, ctx: Context) -> list[Finding]:
    return list(check.run(ctx))


def codes(check: Check, ctx: Context) -> list[str]:
    return [each.code.removeprefix("config.") for each in query(check, ctx)]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ([*literals(A="1"), *literals(A="1")], []),
        ([*literals(A="1"), *literals(A="2")], ["variable-twice"]),
        ([*literals(A="1"), secret("A", "s")], ["variable-twice"]),
        ([secret("A", "s"), secret("A", "s")], []),
        ([secret("ALGA_AUTH_KEY", "s")], ["variable-shadowed"]),
    ],
)
def test_a_variable_is_given_once_or_alike(env: list[Json], expected: list[str]) -> None:
    assert codes(NO_DUPLICATES, seen_by(env, NOTES, ". /vault/secrets/auth-key")) == expected


def test_a_file_that_the_command_does_not_read_overrides_nothing() -> None:
    assert codes(NO_DUPLICATES, seen_by([secret("ALGA_AUTH_KEY", "s")], NOTES)) == []


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (literals(NM_STORE_URL=""), []),
        (literals(NM_STORE_URL="https://s"), ["variable-unread"]),
        (literals(NM_STORE_URL="https://s", NM_STORE_BASE_URL="https://s"), []),
        (literals(INTERNAL_API_SHARED_SECRET="x"), []),
        (literals(TEMPORAL_TASK_QUEUE="a", TEMPORAL_TASK_QUEUES="a"), []),
        (literals(TEMPORAL_TASK_QUEUE="a", TEMPORAL_TASK_QUEUES="a,b"), ["variable-overridden"]),
    ],
)
def test_what_is_set_is_read(env: list[Json], expected: list[str]) -> None:
    assert codes(SETTINGS_READ, seen_by(env)) == expected


@pytest.mark.parametrize(
    ("text", "env", "expected"),
    [
        ('{"maxConcurrentActivityExecutions": 10}', [], []),
        ('{"maxConcurrentActivityExecutions": 20}', [], ["setting-unread"]),
        ("maxConcurrentActivityExecutions: 20", literals(MAX_CONCURRENT_ACTIVITIES="20"), []),
        ("maxConcurrentActivityExecutions: 10", literals(MAX_CONCURRENT_ACTIVITIES="20"), ["setting-unread"]),
    ],
)
def test_a_setting_that_nothing_passes_on_is_told_where_the_worker_has_another_value(
    text: str, env: list[Json], expected: list[str]
) -> None:
    found = {"metadata": {"name": "worker", "namespace": "msp"}, "data": {"config": text}}
    assert codes(SETTINGS_READ, seen_by(env, configmaps=[found])) == expected


@pytest.mark.parametrize(
    ("env", "kinds", "expected"),
    [
        ([], {}, []),
        (literals(REDIS_PORT="6379"), {}, ["service-not-named"]),
        (literals(REDIS_HOST="127.0.0.1"), {}, ["service-not-named"]),
        (literals(REDIS_HOST="redis.example.com"), {}, []),
        (literals(REDIS_HOST="redis"), {}, ["service-unknown"]),
        ([secret("REDIS_HOST", "s")], {}, []),
        ([], {"deployments": [deployment(*literals(REDIS_HOST="r"))]}, ["service-not-named"]),
        ([], {"services": [{"metadata": {"name": "x"}, "spec": {"ports": [{"port": 6379}]}}]}, ["service-not-named"]),
        (literals(REDIS_HOST="x"), {"services": [{"metadata": {"name": "x"}}]}, []),
    ],
)
def test_a_service_that_is_missed_in_silence_is_named_where_something_speaks_for_it(
    env: list[Json], kinds: dict[str, Any], expected: list[str]
) -> None:
    assert codes(QUIET_SERVICES, seen_by(env, **kinds)) == expected


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        (literals(NEXT_PUBLIC_BASE_URL="https://psa.example.com", APPLICATION_URL="http://psa.msp.svc:3000"), []),
        (literals(NEXT_PUBLIC_BASE_URL=""), []),
        (literals(NEXT_PUBLIC_BASE_URL="http://psa.msp.svc.cluster.local:3000"), ["url-internal"]),
        (literals(NEXT_PUBLIC_BASE_URL="http://10.0.0.7"), ["url-internal"]),
        (literals(NEXT_PUBLIC_BASE_URL="http://psa"), ["url-internal"]),
        (literals(APPLICATION_URL="http://localhost:3000"), ["url-of-the-pod"]),
        ([secret("APPLICATION_URL", "s")], []),
    ],
)
def test_urls_that_people_open_lead_out_of_the_cluster(env: list[Json], expected: list[str]) -> None:
    assert codes(URLS_PUBLIC, seen_by(env)) == expected


@pytest.mark.parametrize(
    ("level", "expected"),
    [("info", []), ("http", []), ("warn", ["log-level-hides-start"]), ("debug", ["log-level-verbose"]), ("INFO", [])],
)
def test_the_log_level_shows_a_start_and_no_more(level: str, expected: list[str]) -> None:
    assert codes(LOG_LEVEL, seen_by(literals(LOG_LEVEL=level))) == expected


@pytest.mark.parametrize(
    ("there", "expected", "remark"),
    [
        (secret("NEXTAUTH_SECRET", "a"), [], ""),
        (secret("NEXTAUTH_SECRET", "b"), ["secret-differs-from-server"], ""),
        (secret("NEXTAUTH_SECRET", "a", "other"), ["secret-differs-from-server"], ""),
        (literals(NEXTAUTH_SECRET="x")[0], [], "not compared"),
    ],
)
def test_secrets_of_one_kind_of_place_are_compared(there: Json, expected: list[str], remark: str) -> None:
    ctx = seen_by([secret("NEXTAUTH_SECRET", "a")], deployments=[deployment(there)])
    assert codes(SECRETS_SHARED, ctx) == expected
    assert remark in ctx.remark


def test_a_path_in_vault_is_compared_also_where_the_other_reads_it_bare() -> None:
    bare = {
        "vault.hashicorp.com/agent-inject": "true",
        "vault.hashicorp.com/agent-inject-secret-alga_auth_key": "secret/data/old/shared",
        "vault.hashicorp.com/agent-inject-template-alga_auth_key": "{{ .Data.data.alga_auth_key }}",
    }
    command = ". /vault/secrets/auth-key"
    (finding,) = query(SECRETS_SHARED, seen_by([], NOTES, command, deployments=[deployment(notes=bare)]))
    assert "secret/data/old/shared" in finding.summary
    same = bare | {"vault.hashicorp.com/agent-inject-secret-alga_auth_key": "secret/data/app/shared"}
    assert query(SECRETS_SHARED, seen_by([], NOTES, command, deployments=[deployment(notes=same)])) == []


def test_without_a_sibling_that_shares_a_secret_there_is_nothing_to_compare() -> None:
    with pytest.raises(NotApplicableError):
        query(SECRETS_SHARED, seen_by([secret("NEXTAUTH_SECRET", "a")], deployments=[deployment()]))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Value("NEXTAUTH_SECRET", Shape.SET), ""),
        (Value("NEXTAUTH_SECRET", Shape.SET, Kind.TEXT, (Trap.PADDED,)), "wrapped"),
        (Value("NEXTAUTH_SECRET", Shape.SET, Kind.TEXT, (Trap.TEMPLATE,)), "unrendered"),
        (Value("DB_PORT", Shape.SET, Kind.TEXT), "mistyped"),
        (Value("DB_PORT", Shape.SET, Kind.NUMBER), ""),
        (Value("REDIS_PASSWORD", Shape.EMPTY), "empty"),
        (Value("NEXTAUTH_SECRET", Shape.EMPTY), ""),
        (Value("REDIS_PASSWORD", Shape.ABSENT), ""),
    ],
)
def test_what_is_delivered_is_judged_by_its_shape(value: Value, code: str) -> None:
    judged = judge(seen_by([]), value)
    assert (judged[0].id if judged else "") == (f"config.delivered-{code}" if code else "")
