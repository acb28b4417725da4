"""Proves the templates of deploy/argo: each end of a gate, and the way from gate to rollback.

Needs a KUBECONFIG of a cluster with the lab's services and Argo (`make lab lab-argo`); it breaks the worker on purpose.
"""

import argparse
import functools
import sys
from pathlib import Path

from tests.lab.argo import proofs, workflows
from tests.lab.services import images
from tests.lab.services.cluster import is_lab, kubectl


def main() -> int:
    """Runs the requested proofs; returns 0 where all hold."""
    parser = argparse.ArgumentParser(prog="python3 -m tests.lab.argo", description=__doc__)
    parser.add_argument("names", nargs="*", help="which proofs (default: all)")
    parser.add_argument("--registry", default=images.REGISTRY, help="where the images are (default: the lab's own)")
    parser.add_argument("--artifacts", action="store_true", help="the cluster has a store for artifacts")
    parser.add_argument("--no-load", action="store_true", help="the nodes have the images")
    options = parser.parse_args()
    if is_lab() and not options.no_load:
        images.load([images.DIAGNOSE, images.DEPLOYER])
    workflows.install(artifacts=options.artifacts)
    kubectl("-n", workflows.NAMESPACE, "apply", "-f", str(Path(__file__).parent / "gated.yaml"))
    image, deployer = (each.reference(options.registry) for each in (images.DIAGNOSE, images.DEPLOYER))
    selected = {proof.__name__: functools.partial(proof, image) for proof in proofs.GATES}
    selected |= {proof.__name__: functools.partial(proof, image, deployer) for proof in proofs.FLOWS}
    unknown = set(options.names) - set(selected)
    if unknown:
        parser.error(f"no such proof: {', '.join(sorted(unknown))}; there are {', '.join(selected)}")
    all_hold = True
    for name, proof in selected.items():
        if not options.names or name in options.names:
            holds, output = proofs.attempt(proof)
            all_hold &= holds
            print(f"{'holds' if holds else 'FAILS'}  {name:20}  {output}", flush=True)
    return 0 if all_hold else 1


sys.exit(main())
