"""The objects of a finding for code scanners: names, paths and stable fingerprints."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import msgspec

from diagnose.model.comparison import stable_name, subjects_of
from diagnose.model.report import Finding, Report
from diagnose.text.characters import one_line
from diagnose.text.patterns import lazy

MAX_OBJECTS = 100
_OF_CLUSTER = {"node", "namespace", "persistentvolume", "storageclass", "priorityclass"}
_OF_CLUSTER |= {"mutatingwebhookconfiguration", "validatingwebhookconfiguration"}
# Subjects of these kinds may have a namespace.
_OTHER_NAMESPACE = lazy(r"(service|networkpolicy)/([^/]+)/([^/]+)")


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A subject of a finding.

    Attributes:
        kind: kind in lower case, "pod" or "variable".
        whole: name with its namespace: "msp/pod/worker-1".
        path: path of a file that does not exist, because scanners require one; a pod has the path of its owner, so that
            it is the same after a rollout.
    """

    kind: str
    name: str
    whole: str
    path: str


def objects(finding: Finding, report: Report) -> tuple[Location, ...]:
    """Returns the subjects of a finding, the workload where it has none; at most 100."""
    pods = tuple(f"pod/{name}" for name in finding.pods)
    target_pods = {*pods, *(f"pod/{name}" for name in report.target.pods)}
    named = finding.subjects or pods or (_workload(report),)
    return tuple(
        _object(subject, _workload(report) if subject in target_pods else stable_name(subject), report)
        for subject in dict.fromkeys(named[:MAX_OBJECTS])
    )


def workload(report: Report) -> Location:
    """Returns the diagnosed workload."""
    return _object(_workload(report), _workload(report), report)


def fingerprints(findings: Iterable[Finding], report: Report) -> Iterator[str]:
    """Yields a unique fingerprint for each finding, which does not depend on the names of pods."""
    times: Counter[str] = Counter()
    for finding in findings:
        made = fingerprint(report, finding.code, *sorted(subjects_of(finding, report)))
        times[made] += 1
        yield made if times[made] == 1 else fingerprint(report, made, str(times[made]))


def fingerprint(report: Report, *parts: str) -> str:
    """Returns the fingerprint of these parts for this target."""
    text = "\0".join((report.target.namespace, report.target.workload_name, *parts))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _workload(report: Report) -> str:
    target = report.target
    if target.workload_name:
        return f"{target.workload_kind.lower() or 'workload'}/{target.workload_name}"
    return f"namespace/{target.namespace or 'not-known'}"


def _object(subject: str, stable: str, report: Report) -> Location:
    kind, _, name = one_line(subject).partition("/")
    return Location(
        kind=kind,
        name=name or kind,
        whole=_whole(one_line(subject), report),
        path=f"kubernetes/{quote(_whole(one_line(stable), report))}",
    )


def _whole(subject: str, report: Report) -> str:
    if subject.partition("/")[0] in _OF_CLUSTER or not report.target.namespace:
        return subject
    if found := _OTHER_NAMESPACE.fullmatch(subject):
        return f"{found[2]}/{found[1]}/{found[3]}"
    return f"{one_line(report.target.namespace)}/{subject}"
