"""The health endpoint and its probes: port, path, protocol, timing, answer."""

from checks.health.endpoint import ENDPOINT
from checks.health.port_agrees import PORT_AGREES
from checks.health.probe_path import PROBE_PATH
from checks.health.probe_suits import PROBE_SUITS
from checks.health.probes_patient import PROBES_PATIENT
from checks.health.scrape_answered import SCRAPE_ANSWERED
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (PORT_AGREES, PROBE_PATH, PROBE_SUITS, PROBES_PATIENT, ENDPOINT, SCRAPE_ANSWERED)
