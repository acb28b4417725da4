"""`diagnose gate`."""

import sys
from typing import Any

import click

from diagnose.check import Occasion
from diagnose.cli import options
from diagnose.cli.examine import run
from diagnose.target import Expected


@click.command(epilog="Example: diagnose gate --phase pre -n msp --report json=gate.json")
@click.option(
    "--phase",
    type=click.Choice([Occasion.BEFORE_DEPLOY.value, Occasion.AFTER_DEPLOY.value]),
    required=True,
    help="Before a deploy: what the new version needs; after it: what came of it.",
)
@options.WORKLOAD
@click.option(
    "--manifest",
    default="",
    metavar="FILE|-",
    help="What is to be deployed, as `helm template` prints it (only with --phase pre; - is stdin).",
)
@click.option("--image", default="", metavar="REF", help="The image, or its tag, that the deploy is to bring.")
@click.option(
    "--revision", default="", metavar="COMMIT", help="The commit that it is built from (only with --phase post)."
)
@click.option("--registry", is_flag=True, help="Ask the registry for the image, with your own docker login.")
@options.with_options
def gate(phase: str, workload: str, manifest: str, image: str, revision: str, **flags: Any) -> None:
    """Open or close a deploy: 0 is go; anything that could not be looked at is never 0."""
    occasion = Occasion(phase)
    if manifest and occasion is not Occasion.BEFORE_DEPLOY:
        raise click.UsageError("--manifest is of what is to be deployed; it goes with --phase pre")
    if manifest and flags["replay"]:
        raise click.UsageError("a recording has its own manifest; --manifest does not go with --replay")
    expected = Expected(image=image, revision=revision)
    asked = options.request(flags, workload=workload, occasion=occasion, manifest=manifest, expected=expected)
    sys.exit(run(asked, options.destinations(flags), options.look(flags), flags["record"]))
