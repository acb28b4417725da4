"""The cluster's network, on which all names and connections depend."""

from checks.network.callers_allowed import CALLERS_ALLOWED
from checks.network.dns_answers import DNS_ANSWERS
from checks.network.governing_service import GOVERNING_SERVICE
from checks.network.hosts_reachable import HOSTS_REACHABLE
from checks.network.paths_agree import PATHS_AGREE
from checks.network.policies_allow import POLICIES_ALLOW
from checks.network.ports_translated import PORTS_TRANSLATED
from checks.network.resolution_shared import RESOLUTION_SHARED
from checks.network.services_reach import SERVICES_REACH
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    POLICIES_ALLOW,
    RESOLUTION_SHARED,
    PATHS_AGREE,
    PORTS_TRANSLATED,
    DNS_ANSWERS,
    HOSTS_REACHABLE,
    SERVICES_REACH,
    CALLERS_ALLOWED,
    GOVERNING_SERVICE,
)
