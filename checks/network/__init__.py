"""The cluster's own network: what every name and connection stands on."""

from checks.network.dns_answers import DNS_ANSWERS
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (DNS_ANSWERS,)
