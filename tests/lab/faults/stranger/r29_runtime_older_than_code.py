"""A program in Java was compiled for a later runtime than its image has (equinor/neqsim#2398)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME = "tax-service"
LOG = """\
Error: LinkageError occurred while loading main class com.example.tax.TaxApplication
	java.lang.UnsupportedClassVersionError: com/example/tax/TaxApplication has been compiled by a more recent version \
of the Java Runtime (class file version 65.0), this version of the Java Runtime only recognizes class file versions \
up to 61.0"""


def inject(lab: Lab) -> None:
    command = ("sh", "-c", 'printf "%s\\n" "$LOG" >&2; exit 1')
    run = _shop.container(_shop.BUSYBOX, *command, env=[{"name": "LOG", "value": LOG}])
    SHOP.apply(lab, _shop.deployment(NAME, run))


FAULT = Fault(
    id="R29",
    title="A program in Java is newer than its image's runtime",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, NAME, "UnsupportedClassVersionError"),
    heal=nothing,
    causes=("process.not-loadable",),
    names=(NAME,),
)
