"""The workflows that build and deploy: whether they exist, and the results of the last ones."""

from checks.argo.builds import BUILDS
from checks.argo.deploys import DEPLOYS
from checks.argo.templates import TEMPLATES
from diagnose.check.api import Check

CHECKS: tuple[Check, ...] = (BUILDS, DEPLOYS, TEMPLATES)
