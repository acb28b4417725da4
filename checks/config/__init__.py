"""config."""

from diagnose.check import Check

CHECKS: tuple[Check, ...] = ()
