"""The release: whether what was deployed last has arrived, everywhere alike, and nothing else."""

from checks.release.no_strays import NO_STRAYS
from checks.release.one_build import ONE_BUILD
from checks.release.rollout_complete import ROLLOUT_COMPLETE
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (ROLLOUT_COMPLETE, ONE_BUILD, NO_STRAYS)
