"""Vault injection as a chain: wanted, admitted, reachable, unsealed, agent logged in, templates rendered."""

from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from checks.vault.injected import INJECTED
from checks.vault.injection_wanted import INJECTION_WANTED
from checks.vault.reachable import REACHABLE
from checks.vault.role_bound import ROLE_BOUND
from checks.vault.templates_rendered import TEMPLATES_RENDERED
from checks.vault.unsealed import UNSEALED
from checks.vault.webhook_serving import WEBHOOK_SERVING
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (
    INJECTION_WANTED,
    WEBHOOK_SERVING,
    INJECTED,
    REACHABLE,
    UNSEALED,
    ROLE_BOUND,
    AGENT_LOGGED_IN,
    TEMPLATES_RENDERED,
)
