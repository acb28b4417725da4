"""The process's configuration: what it must have, what it takes as it is, what others must know alike."""

from checks.config.environment_fits import ENVIRONMENT_FITS
from checks.config.log_level import LOG_LEVEL
from checks.config.no_duplicates import NO_DUPLICATES
from checks.config.proxy_bypassed import PROXY_BYPASSED
from checks.config.quiet_services import QUIET_SERVICES
from checks.config.secrets_shared import SECRETS_SHARED
from checks.config.settings_read import SETTINGS_READ
from checks.config.shared_alike import SHARED_ALIKE
from checks.config.urls_parsed import URLS_PARSED
from checks.config.urls_public import URLS_PUBLIC
from checks.config.values_current import VALUES_CURRENT
from checks.config.values_delivered import VALUES_DELIVERED
from checks.config.values_sound import VALUES_SOUND
from checks.config.variables_passed import VARIABLES_PASSED
from checks.config.variables_set import VARIABLES_SET
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    VARIABLES_SET,
    VARIABLES_PASSED,
    ENVIRONMENT_FITS,
    VALUES_SOUND,
    URLS_PARSED,
    PROXY_BYPASSED,
    VALUES_CURRENT,
    VALUES_DELIVERED,
    SHARED_ALIKE,
    SECRETS_SHARED,
    QUIET_SERVICES,
    NO_DUPLICATES,
    SETTINGS_READ,
    URLS_PUBLIC,
    LOG_LEVEL,
)
