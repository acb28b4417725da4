"""The lab's Kubernetes: start, stop, status, images."""

import argparse
import shlex
import sys
from pathlib import Path

from tests.lab.kubernetes import lab, requirements, verify
from tests.lab.kubernetes.images import ImageConfig
from tests.lab.kubernetes.shell import LabError, say

DOWN = 3


def main() -> int:
    """Run one command; 0 if it did what it says."""
    options = _options()
    try:
        return _run(options)
    except LabError as error:
        say(f"{options.command}: {error}")
        return 1


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "can-start":
            return _can_start()
        case "up":
            lab.up(options.nodes, metrics=options.metrics, fake_nodes=options.kwok)
            print(lab.exports())
        case "down":
            lab.stop(options.process) if options.process else lab.down()
        case "clean":
            lab.clean()
        case "status":
            return DOWN if lab.is_down() else int(not lab.status())
        case "env":
            print(lab.exports())
        case "load-image":
            words = (options.entrypoint, options.cmd, options.env, options.user, options.workdir)
            lab.load_image(options.name, options.root_filesystem, ImageConfig(*words))
        case "verify":
            return verify.run_checks(options.part)
        case _:
            raise AssertionError(options.command)
    return 0


def _can_start() -> int:
    reasons = requirements.missing()
    for reason in reasons:
        print(reason)
    if not reasons:
        print(
            "The lab can start here" + ("" if requirements.is_built() else "; it is built first, which takes minutes")
        )
    return int(bool(reasons))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.kubernetes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    commands.add_parser("can-start", help="say what this machine lacks for the lab; exit 1 if anything")

    up = commands.add_parser("up", help="start what does not run; the first start on a machine builds Kubernetes")
    up.add_argument("--nodes", type=int, default=1, metavar="N", help="how many nodes, at least (default 1)")
    up.add_argument("--metrics", action=argparse.BooleanOptionalAction, help="add or remove metrics-server")
    up.add_argument("--kwok", type=int, metavar="N", help="have N fake nodes, of label type=kwok; 0 removes them")

    down = commands.add_parser("down", help="stop everything and forget the cluster; programs and images stay")
    down.add_argument("process", nargs="*", help="stop only these, such as kubelet-lab-1; `up` starts them again")

    commands.add_parser("clean", help="`down`, and delete what was built and downloaded")
    commands.add_parser("status", help=f"show what runs; exit 1 if a part does not, {DOWN} if nothing does")
    commands.add_parser("env", help="print the two exports that lead a shell to the cluster")

    load = commands.add_parser("load-image", help="make an image of a root filesystem and load it into the nodes")
    load.add_argument("name", help="such as lab/thing:1 (a :latest tag makes pods try to pull it)")
    load.add_argument("root_filesystem", type=Path, help="a folder")
    load.add_argument("--entrypoint", type=shlex.split, default=[], metavar="WORDS")
    load.add_argument("--cmd", type=shlex.split, default=[], metavar="WORDS")
    load.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="may be repeated")
    load.add_argument("--user", default="", metavar="USER[:GROUP]")
    load.add_argument("--workdir", default="/", metavar="FOLDER")

    checks = commands.add_parser("verify", help="prove on the running lab the Kubernetes features that tests rely on")
    checks.add_argument("part", nargs="*", help="only checks whose names contain one of these")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
