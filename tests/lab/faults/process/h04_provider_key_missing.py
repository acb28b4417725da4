"""A provider of mail is chosen whose key nothing delivers."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "EMAIL_PROVIDER=resend")


FAULT = Fault(
    id="H04",
    title="A key that a setting makes necessary is missing",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "RESEND_API_KEY is required"),
    heal=nothing,
    causes=("config.provider-key-missing",),
    names=("RESEND_API_KEY", "EMAIL_PROVIDER"),
)
