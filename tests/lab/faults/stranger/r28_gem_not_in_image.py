"""A program in Ruby lacks a gem of its lock file, which the image was built without (OpenC3/cosmos#2149)."""

from tests.lab.cluster import Lab
from tests.lab.fault import Fault, nothing
from tests.lab.faults.stranger import _shop
from tests.lab.scene import SHOP

NAME = "report-mailer"
LOG = """\
bundler: failed to load command: sidekiq (/usr/local/bundle/bin/sidekiq)
/usr/local/lib/ruby/3.2.0/bundler/definition.rb:524:in `materialize': Could not find nokogiri-1.15.4, pg-1.5.4 \
in locally installed gems (Bundler::GemNotFound)
        from /usr/local/lib/ruby/3.2.0/bundler/definition.rb:197:in `specs'
        from /usr/local/lib/ruby/3.2.0/bundler/runtime.rb:18:in `setup'
        from /usr/local/bundle/bin/sidekiq:25:in `<main>'"""


def inject(lab: Lab) -> None:
    command = ("sh", "-c", 'printf "%s\\n" "$LOG" >&2; exit 1')
    run = _shop.container(_shop.BUSYBOX, *command, env=[{"name": "LOG", "value": LOG}])
    SHOP.apply(lab, _shop.deployment(NAME, run))


FAULT = Fault(
    id="R28",
    title="A gem of a program in Ruby is not in its image",
    stranger=True,
    scene=SHOP,
    inject=inject,
    settled=lambda lab: SHOP.crashes(lab, NAME, "GemNotFound"),
    heal=nothing,
    causes=("process.module-not-found",),
    names=("nokogiri",),
)
