"""Security: the worker's account, rights, containers and network access, and the age of its secrets."""

from checks.policy.account_own import ACCOUNT_OWN
from checks.policy.container_restricted import CONTAINER_RESTRICTED
from checks.policy.container_unprivileged import CONTAINER_UNPRIVILEGED
from checks.policy.egress_limited import EGRESS_LIMITED
from checks.policy.rights_minimal import RIGHTS_MINIMAL
from checks.policy.rights_suffice import RIGHTS_SUFFICE
from checks.policy.secrets_fresh import SECRETS_FRESH
from checks.policy.token_needed import TOKEN_NEEDED
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    ACCOUNT_OWN,
    RIGHTS_SUFFICE,
    RIGHTS_MINIMAL,
    TOKEN_NEEDED,
    CONTAINER_UNPRIVILEGED,
    CONTAINER_RESTRICTED,
    EGRESS_LIMITED,
    SECRETS_FRESH,
)
