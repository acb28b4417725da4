"""The services and the worker: deploy them, take them away, export their images."""

import argparse
import sys
from pathlib import Path

from tests.lab.kubernetes.shell import LabError, say
from tests.lab.services import deployment, images, workers


def main() -> int:
    """Run one command; 0 if it did what it says."""
    options = _options()
    try:
        _run(options)
    except LabError as error:
        say(f"{options.command}: {error}")
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.command == "deploy":
        deployment.deploy(options.secrets, wait=options.wait, registry=options.registry)
        if options.argo:
            deployment.deploy_argo(options.registry)
        if options.workers:
            workers.deploy(options.registry)
        print(deployment.summary())
    elif options.command == "teardown":
        deployment.teardown()
    else:
        selected = [*images.IMAGES, images.BUSYBOX]
        selected += [images.ARGO] if options.argo else []
        selected += images.WORKERS if options.workers else []
        for archive in images.export(selected, options.folder, options.registry):
            print(archive)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.services",
        description=f"{__doc__} Without KUBECONFIG it is the lab's own cluster.",
    )
    commands = parser.add_subparsers(dest="command", required=True)

    deploy = commands.add_parser("deploy", help="deploy and wait until all is healthy; repairs what a fault left")
    origins = ("vault", "kubernetes")
    deploy.add_argument("--secrets", choices=origins, default="vault", help="where the worker's secrets come from")
    deploy.add_argument("--no-wait", dest="wait", action="store_false", help="do not wait for the worker's pods")

    commands.add_parser("teardown", help="remove all of it; images and downloads stay")

    export = commands.add_parser("export", help="build the images and write them as archives, for other clusters")
    export.add_argument("folder", type=Path)

    for command in (deploy, export):
        command.add_argument("--argo", action="store_true", help="with the Argo Workflows controller")
        command.add_argument(
            "--workers", action="store_true", help="with workers in Go and Python, and plain workloads"
        )
        command.add_argument(
            "--registry",
            default=images.REGISTRY,
            metavar="PREFIX",
            help=f"what the images' names begin with (default {images.REGISTRY})",
        )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
