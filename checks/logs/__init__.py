"""The workers' logs: whether the program loads, the progress of its start, and its errors."""

from checks.logs.error_rate import ERROR_RATE
from checks.logs.interpreter_found import INTERPRETER_FOUND
from checks.logs.known_errors import KNOWN_ERRORS
from checks.logs.program_loads import PROGRAM_LOADS
from checks.logs.startup_complete import STARTUP_COMPLETE
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (PROGRAM_LOADS, INTERPRETER_FOUND, STARTUP_COMPLETE, KNOWN_ERRORS, ERROR_RATE)
