"""Variables that exist, and do not reach the container that misses them."""

from typing import Any

import pytest

from checks.config.variables_passed import VARIABLES_PASSED
from checks.config.variables_set import VARIABLES_SET
from diagnose.check.api import Context
from diagnose.model.report import Confidence
from tests.support.kit import Json, context, findings, log, outcome
from tests.support.objects import crashing, pod

LINE = "KeyError: 'PRODUCTS_URL'"
URL = "http://catalog/products"


def seen(*others: Json, line: str = LINE, data: Json | None = None, **container: Any) -> Context:
    main = {"name": "worker", **container}
    one = pod("worker-1", main, *others, status={"containerStatuses": [crashing(1)]})
    maps = [{"metadata": {"name": "settings"}, "data": data or {}}]
    return context(one, container=container, configmaps=maps, logs=[log("starting", line)])


def taking(prefix: str = "") -> list[Json]:
    return [{"prefix": prefix, "configMapRef": {"name": "settings"}}]


@pytest.mark.parametrize(
    ("ctx", "text", "entry"),
    [
        pytest.param(
            seen(data={"products_url": URL}, envFrom=taking()),
            "ConfigMap settings gives it as products_url",
            '"configMapKeyRef":{"name":"settings","key":"products_url"}',
            id="in small letters",
        ),
        pytest.param(
            seen(data={"products.url": URL}, envFrom=taking()),
            "gives it as products.url",
            '"key":"products.url"',
            id="with dots",
        ),
        pytest.param(
            seen(env=[{"name": "products-url", "value": URL}]),
            "the container has it as products-url",
            '"value":"$(products-url)"',
            id="in the environment under another spelling",
        ),
        pytest.param(
            seen({"name": "proxy", "env": [{"name": "PRODUCTS_URL", "value": URL}]}),
            "container proxy has it",
            f'"value":"{URL}"',
            id="in another container",
        ),
        pytest.param(
            seen({"name": "proxy", "envFrom": taking()}, data={"PRODUCTS_URL": URL}),
            "container proxy has it",
            '"key":"PRODUCTS_URL"',
            id="in another container, from a ConfigMap",
        ),
    ],
)
def test_a_value_that_does_not_reach_the_container_is_certain(ctx: Context, text: str, entry: str) -> None:
    (finding,) = findings(VARIABLES_PASSED, ctx)
    assert (finding.code, finding.confidence) == ("config.variable-not-passed", Confidence.CERTAIN)
    assert text in finding.summary
    assert entry in finding.remediation.steps[0].command


def test_a_key_that_nobody_refers_to_is_likely() -> None:
    (finding,) = findings(VARIABLES_PASSED, seen(data={"PRODUCTS_URL": URL}))
    assert finding.confidence is Confidence.LIKELY
    assert finding.alternative_codes == ("config.variable-missing",)


def test_what_a_secret_may_set_is_likely() -> None:
    given = [*taking(), {"secretRef": {"name": "more"}}]
    (finding,) = findings(VARIABLES_PASSED, seen(data={"products_url": URL}, envFrom=given))
    assert finding.confidence is Confidence.LIKELY


@pytest.mark.parametrize(
    "ctx",
    [
        pytest.param(seen(data={"PRODUCTS_URL": URL}, envFrom=taking()), id="the container has it"),
        pytest.param(seen(env=[{"name": "PRODUCTS_URL", "value": ""}]), id="it is set, and empty"),
        pytest.param(seen(data={"OTHER_URL": URL}), id="nothing has it"),
        pytest.param(seen(data={"PRODUCTS_URL": URL}, line="GET PRODUCTS_URL: refused"), id="the log misses nothing"),
    ],
)
def test_what_is_missing_altogether_is_left_to_others(ctx: Context) -> None:
    assert outcome(VARIABLES_PASSED, ctx).findings == ()


def test_it_explains_a_variable_that_is_not_set() -> None:
    earlier = VARIABLES_SET.stage_of("config.variable-missing").earlier
    assert VARIABLES_PASSED.stage_of("config.variable-not-passed") in earlier
