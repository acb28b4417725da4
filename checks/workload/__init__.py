"""The workload and its pods: from the wish for a pod to a pod that is ready and stays so."""

from checks.workload.found import FOUND
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (FOUND,)
