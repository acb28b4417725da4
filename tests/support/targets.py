"""The target of a request, for tests that are about one."""

from diagnose.sources.gateway import Gateway
from diagnose.target.discovery import discover_all
from diagnose.target.profiles import Profiles
from diagnose.target.request import Request
from diagnose.target.target import Target


def discover(gateway: Gateway, request: Request, profiles: Profiles) -> Target:
    """Returns the one target of a request."""
    (target,) = discover_all(gateway, request, profiles).targets
    return target
