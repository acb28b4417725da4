"""Secrets for the process: references, mounts, files and their shape; never their values."""

from checks.secrets.files_filled import FILES_FILLED
from checks.secrets.files_match import FILES_MATCH
from checks.secrets.files_readable import FILES_READABLE
from checks.secrets.init_order import INIT_ORDER
from checks.secrets.key_pairs_match import KEY_PAIRS_MATCH
from checks.secrets.placeholders_replaced import PLACEHOLDERS_REPLACED
from checks.secrets.references_exist import REFERENCES_EXIST
from checks.secrets.references_resolve import REFERENCES_RESOLVE
from checks.secrets.volume_mounted import VOLUME_MOUNTED
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (
    REFERENCES_EXIST,
    PLACEHOLDERS_REPLACED,
    REFERENCES_RESOLVE,
    VOLUME_MOUNTED,
    FILES_READABLE,
    KEY_PAIRS_MATCH,
    FILES_MATCH,
    INIT_ORDER,
    FILES_FILLED,
)
