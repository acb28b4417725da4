"""The release: whether what was deployed last has arrived."""

from checks.release.rollout_complete import ROLLOUT_COMPLETE
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (ROLLOUT_COMPLETE,)
