"""Vault injection as a chain: requested, admitted, reachable, unsealed, agent logged in, templates rendered."""

from checks.vault.active_node import ACTIVE_NODE
from checks.vault.agent_logged_in import AGENT_LOGGED_IN
from checks.vault.auth_enabled import AUTH_ENABLED
from checks.vault.injected import INJECTED
from checks.vault.injection_wanted import INJECTION_WANTED
from checks.vault.policy_allows import POLICY_ALLOWS
from checks.vault.protocol_agreed import PROTOCOL_AGREED
from checks.vault.reachable import REACHABLE
from checks.vault.role_bound import ROLE_BOUND
from checks.vault.secrets_exist import SECRETS_EXIST
from checks.vault.secrets_fresh import SECRETS_FRESH
from checks.vault.templates_rendered import TEMPLATES_RENDERED
from checks.vault.token_mounted import TOKEN_MOUNTED
from checks.vault.tokens_reviewed import TOKENS_REVIEWED
from checks.vault.unsealed import UNSEALED
from checks.vault.webhook_reached import WEBHOOK_REACHED
from checks.vault.webhook_serving import WEBHOOK_SERVING
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    INJECTION_WANTED,
    TOKEN_MOUNTED,
    WEBHOOK_SERVING,
    WEBHOOK_REACHED,
    INJECTED,
    REACHABLE,
    PROTOCOL_AGREED,
    UNSEALED,
    ACTIVE_NODE,
    AUTH_ENABLED,
    TOKENS_REVIEWED,
    ROLE_BOUND,
    POLICY_ALLOWS,
    SECRETS_EXIST,
    SECRETS_FRESH,
    AGENT_LOGGED_IN,
    TEMPLATES_RENDERED,
)
