"""The log level hides the lines of the start; the worker works, and an incident must not be made of it."""

from dataclasses import replace

from tests.lab.faults.config import e06_log_level_hides_start
from tests.lab.shape import is_new_pod_ready

FAULT = replace(
    e06_log_level_hides_start.FAULT,
    id="E06b",
    title="Healthy, with a log level that hides the start",
    settled=is_new_pod_ready,
    causes=(),
    names=(),
    command=("all",),
    warns=False,
)
