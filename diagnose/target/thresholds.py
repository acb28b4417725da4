"""The limits that checks compare with; `[thresholds]` of `diagnose.toml` changes them."""

from typing import Annotated

import msgspec
from msgspec import Meta

Share = Annotated[float, Meta(gt=0, le=1)]


class Thresholds(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The limits that checks compare with.

    Attributes:
        queue_backlog: tasks that may wait in a queue.
        queue_wait_s: how long the first of them may have waited, in seconds.
        failed_workflows: the share of the workflows of all queues, and of each type, that may fail lately, 0 to 1.
        memory: the share of a container's memory limit that may be in use, 0 to 1.
        cpu_throttled: the share of periods in which a container may be throttled, 0 to 1.
        log_errors_per_minute: errors that a worker which is ready may log.
        secret_age_days: how old a secret may be before it is due for rotation.
    """

    queue_backlog: int = 100
    queue_wait_s: float = 10.0
    failed_workflows: Share = 0.05
    memory: Share = 0.8
    cpu_throttled: Share = 0.25
    secret_age_days: int = 92
    log_errors_per_minute: float = 5.0


DEFAULTS = Thresholds()
