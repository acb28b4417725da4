"""Vault injection as a chain: wanted, admitted, agent logged in, templates rendered."""

from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (AGENT_LOGGED_IN,)
