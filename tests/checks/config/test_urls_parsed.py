"""URLs with a credential of another variable."""

from typing import Any

import pytest

from checks.config.urls_parsed import URLS_PARSED
from diagnose.model.report import Confidence, Finding, Status
from tests.support.kit import context, findings, log, outcome
from tests.support.objects import pod, variables

PYTHON = "ValueError: Port could not be cast to integer value as 'x'"


def env(url: str) -> dict[str, Any]:
    return {"env": [*variables(DB_USER="app", DATABASE_URL=url), secret("DB_PASSWORD")]}


def secret(name: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}


def failing(url: str, line: str = PYTHON) -> list[Finding]:
    container = env(url)
    ctx = context(pod("worker-1", {"name": "worker", **container}), container=container, logs=[log(line)])
    return findings(URLS_PARSED, ctx)


@pytest.mark.parametrize(
    "line",
    [
        PYTHON,
        'parse "postgres://app:x": invalid port ":x" after host',
        'could not translate host name "x@db" to address: Name or service not known',
        "Error: getaddrinfo ENOTFOUND x@db",
        "java.net.URISyntaxException: Illegal character in authority at index 13",
        "Error: P1013: The provided database string is invalid. invalid port number in database URL.",
    ],
)
def test_the_credential_is_named_that_breaks_the_url(line: str) -> None:
    (finding,) = failing("postgresql://$(DB_USER):$(DB_PASSWORD)@db:5432/sales", line)
    assert finding.code == "config.url-unescaped"
    assert (finding.confidence is Confidence.CERTAIN) == ("Illegal" not in line)
    assert "DATABASE_URL: DB_PASSWORD in it (Secret db, key password)" in finding.summary


def test_a_port_that_is_written_by_another_variable_may_be_wrong_itself() -> None:
    (finding,) = failing("postgresql://app:$(DB_PASSWORD)@db:$(DB_PORT)/sales")
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "more", [{"env": [secret("REDIS_URL")]}, {"env": [], "envFrom": [{"secretRef": {"name": "all"}}]}]
)
def test_a_url_that_is_not_read_may_be_the_one(more: dict[str, Any]) -> None:
    made = env("postgresql://app:$(DB_PASSWORD)@db:5432/sales")
    container = {**more, "env": [*made["env"], *more["env"]]}
    ctx = context(pod("worker-1", {"name": "worker", **container}), container=container, logs=[log(PYTHON)])
    (finding,) = findings(URLS_PARSED, ctx)
    assert finding.confidence is Confidence.LIKELY


def test_a_program_that_parses_its_urls_is_left_alone() -> None:
    assert failing("postgresql://app:$(DB_PASSWORD)@db/sales", "listening") == []


def test_a_url_without_a_credential_of_another_variable_is_not_judged() -> None:
    container = env("postgresql://db/sales")
    ctx = context(pod("worker-1", {"name": "worker", **container}), container=container, logs=[log(PYTHON)])
    assert outcome(URLS_PARSED, ctx).status is Status.SKIP
