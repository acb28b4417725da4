"""The process's configuration: what it refuses to start without."""

from checks.config.variables_set import VARIABLES_SET
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (VARIABLES_SET,)
