"""Literal values that cannot be meant as they are written."""

import pytest

from checks.config.values_sound import BOOLEAN, LEVEL, NO_SCHEME, NUMBER, UNRENDERED, VALUES_SOUND, WRAPPED, judge
from diagnose.check.api import Code
from tests.support.kit import WORKER, codes, context
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
    judged = judge(name, value, {"ITERATIONS": "number", "ENABLE_HEALTH_CHECK": "boolean", "STORE": "url"})
    assert (judged[0] if judged else None) is code


@pytest.mark.parametrize(
    ("url", "expected"), [("algapsa.com", ["config.url-without-scheme"]), ("https://algapsa.com", [])]
)
def test_a_value_of_the_template_is_judged(url: str, expected: list[str]) -> None:
    ctx = context(profile=WORKER, container={"env": variables(APPLICATION_URL=url)})
    assert codes(VALUES_SOUND, ctx) == expected
