"""What a finding is about, as formats for code scanners want it: a name, a path, and a print that stays the same."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from diagnose.model.comparison import stable_name, subjects_of
from diagnose.model.report import Finding, Report
from reports.text.phrases import one_line

MOST = 100
_OF_CLUSTER = {"node", "namespace", "persistentvolume", "storageclass", "priorityclass"}
_OF_CLUSTER |= {"mutatingwebhookconfiguration", "validatingwebhookconfiguration"}
# Subjects of these kinds may bring a namespace of their own.
_ELSEWHERE = re.compile(r"(service|networkpolicy)/([^/]+)/([^/]+)")


@dataclass(frozen=True, kw_only=True)
class Object:
    """What a finding is about.

    Attributes:
        kind: in small letters, "pod" or "variable".
        whole: with its namespace: "msp/pod/worker-1".
        path: of a file that does not exist, because scanners want one; a pod's is that of the object which made it, so
            that the next rollout has the same.
    """

    kind: str
    name: str
    whole: str
    path: str


def objects(finding: Finding, report: Report) -> tuple[Object, ...]:
    """The objects that a finding is about, the workload where it names none; at most 100."""
    pods = tuple(f"pod/{name}" for name in finding.pods)
    own = {*pods, *(f"pod/{name}" for name in report.target.pods)}
    named = finding.subjects or pods or (_workload(report),)
    return tuple(
        _object(subject, _workload(report) if subject in own else stable_name(subject), report)
        for subject in dict.fromkeys(named[:MOST])
    )


def workload(report: Report) -> Object:
    """What was examined."""
    return _object(_workload(report), _workload(report), report)


def fingerprints(findings: Iterable[Finding], report: Report) -> Iterator[str]:
    """A print for each finding, the same in the next run whatever its pods are then called, and no two alike."""
    times: Counter[str] = Counter()
    for finding in findings:
        made = fingerprint(report, finding.code, *sorted(subjects_of(finding, report)))
        times[made] += 1
        yield made if times[made] == 1 else fingerprint(report, made, str(times[made]))


def fingerprint(report: Report, *parts: str) -> str:
    """A print of these words, of this target."""
    words = "\0".join((report.target.namespace, report.target.workload_name, *parts))
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()


def _workload(report: Report) -> str:
    target = report.target
    if target.workload_name:
        return f"{target.workload_kind.lower() or 'workload'}/{target.workload_name}"
    return f"namespace/{target.namespace or 'not-known'}"


def _object(subject: str, outliving: str, report: Report) -> Object:
    kind, _, name = one_line(subject).partition("/")
    return Object(
        kind=kind,
        name=name or kind,
        whole=_whole(one_line(subject), report),
        path=f"kubernetes/{quote(_whole(one_line(outliving), report))}",
    )


def _whole(subject: str, report: Report) -> str:
    if subject.partition("/")[0] in _OF_CLUSTER or not report.target.namespace:
        return subject
    if found := _ELSEWHERE.fullmatch(subject):
        return f"{found[2]}/{found[1]}/{found[3]}"
    return f"{one_line(report.target.namespace)}/{subject}"
