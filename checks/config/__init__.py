"""The process's configuration: what it must have, what it takes as it is, what others must know alike."""

from checks.config.shared_alike import SHARED_ALIKE
from checks.config.values_sound import VALUES_SOUND
from checks.config.variables_set import VARIABLES_SET
from diagnose.check import Check

CHECKS: tuple[Check, ...] = (VARIABLES_SET, VALUES_SOUND, SHARED_ALIKE)
