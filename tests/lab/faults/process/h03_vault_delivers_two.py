"""With Vault on the chart delivers two secrets, and the third that the image requires comes from nowhere."""

from tests.lab import worker
from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.shape import crashes_saying


def inject(lab: Lab) -> None:
    worker.set_env(lab, "NEXTAUTH_SECRET-")


FAULT = Fault(
    id="H03",
    title="No Vault template delivers NEXTAUTH_SECRET",
    inject=inject,
    settled=lambda lab: crashes_saying(lab, "NEXTAUTH_SECRET: Secret used by NextAuth"),
    heal=nothing,
    causes=("config.variable-missing",),
    names=("NEXTAUTH_SECRET", "Vault"),
)
