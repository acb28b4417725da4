"""What the user asked for, and the errors of one who asked for what is not there."""

from dataclasses import dataclass, field

from diagnose.target.target import Allowance, Expected
from diagnose.target.thresholds import DEFAULTS, Thresholds


class NoSuchTargetError(Exception):
    """What was named on the command line does not exist; the message names what is like it."""


class NoWorkloadError(Exception):
    """The namespace exists and has no such workload; the message says what was looked for."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the user asked for; empty fields are found out.

    Attributes:
        allowed: what the user has allowed on purpose.
        thresholds: the limits to judge by.
        ahead: whether it is about a version that is to be deployed.
        manifest: the file that has it, "" for none.
        expected: what a deploy is to bring.
        workflows: the namespace of the workflows that build and deploy; "" for the profile's own.
        profile: the profile that was asked for by name; "" leaves it to the pod.
    """

    context: str
    namespace: str
    workload: str = ""
    pod: str = ""
    label: str = ""
    container: str = ""
    allowed: frozenset[Allowance] = frozenset()
    thresholds: Thresholds = DEFAULTS
    ahead: bool = False
    manifest: str = ""
    expected: Expected = field(default_factory=Expected)
    workflows: str = ""
    profile: str = ""
