"""Literal values that cannot be meant as they are written."""

import pytest
from msgspec import structs

from checks.config.values_sound import BOOLEAN, LEVEL, NO_SCHEME, NUMBER, UNRENDERED, VALUES_SOUND, WRAPPED, judge
from diagnose.check.api import Code
from tests.support.kit import ANY_WORKER, WORKER, codes, context
from tests.support.objects import variables


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("APPLICATION_URL", "algapsa.com", NO_SCHEME),
        ("APPLICATION_URL", "http://alga-psa.msp:3000", None),
        ("PUBLIC_URL", "/", None),
        ("LOG_LEVEL", "INFO", LEVEL),
        ("LOG_LEVEL", "debug", None),
        ("REDIS_PORT", "tcp://10.96.0.7:6379", NUMBER),
        ("ITERATIONS", "10000", None),
        ("ITERATIONS", "ten", NUMBER),
        ("ENABLE_HEALTH_CHECK", "True", BOOLEAN),
        ("ENABLE_HEALTH_CHECK", "false", None),
        ("STORE", "store.example", NO_SCHEME),
        ("ALGORITHM", '"sha512"', WRAPPED),
        ("ALGORITHM", "sha512 ", WRAPPED),
        ("GREETING", 'say "yes" or "no"', None),
        ("EMPTY", '""', None),
        ("RUNNER_BASE_URL", "{{ .Values.runner.url }}", UNRENDERED),
        ("EMAIL_DOMAIN", "${EMAIL_DOMAIN}", UNRENDERED),
        ("RESEND_DEFAULT_FROM_NAME", "<no value>", UNRENDERED),
        ("GREETING", "change nothing", None),
        ("CERTIFICATE", "-----BEGIN\nabc\n-----END\n", None),
    ],
)
def test_a_value_is_suspect_only_where_it_cannot_be_meant_so(name: str, value: str, code: Code | None) -> None:
    judged = judge(name, value, structs.replace(WORKER, types=WORKER.types | {"STORE": "url"}))
    assert (judged[0] if judged else None) is code


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("TEMPORAL_HOST_PORT", "temporal:7233", None),
        ("TEMPORAL__CLUSTER_URL", "temporal:7233", None),
        ("LOG_LEVEL", "INFO", None),
        ("HTTP_PORT", ":8080", None),
        ("DB_PORT", "tcp://10.96.0.7:5432", None),
        ("PORT", "0", None),
        ("MESSAGE", "{{ .Message }}", None),
        ("OPTIONS", "-Xmx${MEMORY}", None),
        ("DB_PORT", "5432;", NUMBER),
        ("SITE", "{{ .Values.site }}", UNRENDERED),
        ("SITE", "<no value>", UNRENDERED),
        ("NAME", '"orders"', WRAPPED),
    ],
)
def test_of_an_unknown_program_only_what_no_program_can_mean_is_suspect(
    name: str, value: str, code: Code | None
) -> None:
    judged = judge(name, value, ANY_WORKER)
    assert (judged[0] if judged else None) is code


@pytest.mark.parametrize(
    ("url", "expected"), [("algapsa.com", ["config.url-without-scheme"]), ("https://algapsa.com", [])]
)
def test_a_value_of_the_template_is_judged(url: str, expected: list[str]) -> None:
    ctx = context(profile=WORKER, container={"env": variables(APPLICATION_URL=url)})
    assert codes(VALUES_SOUND, ctx) == expected
