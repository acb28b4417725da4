"""Chooses the profile of a workload by its facts."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from diagnose.resources import ConfigMap, Container, Meta, PodTemplate, image_reference
from diagnose.resources.selectors import parse, selects
from diagnose.target import pod_template
from diagnose.target.ownership import of_image
from diagnose.target.profile import Profile
from diagnose.target.recognition import Recognition, Role, recognize


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """The profile of a workload, why it was chosen, and what the workload is to Temporal."""

    profile: Profile
    reason: str
    recognition: Recognition
    is_proven: bool = False

    @property
    def is_worker(self) -> bool:
        """Whether it is certainly a worker."""
        return self.is_proven or self.recognition.role is Role.WORKER


class Profiles(msgspec.Struct, frozen=True, kw_only=True):
    """The profiles of an installation.

    Attributes:
        proven: those of one program each, which only their own proof chooses.
        worker: that of any Temporal worker.
        generic: that of any workload.
        requested: the one that the user requested, None where it is chosen by facts.
    """

    proven: tuple[Profile, ...]
    worker: Profile
    generic: Profile
    requested: Profile | None = None

    @classmethod
    def only(cls, profile: Profile) -> "Profiles":
        """Returns profiles of which one is requested."""
        return cls(proven=(), worker=profile, generic=profile, requested=profile)

    @property
    def candidates(self) -> tuple[Profile, ...]:
        """The profiles that a run may choose."""
        return (self.requested,) if self.requested else (*self.proven, self.worker, self.generic)

    @property
    def searched(self) -> Profile:
        """The profile that a run without a workload names."""
        return self.requested or self.worker

    def choose(self, template: PodTemplate, meta: Meta, config_maps: Mapping[str, ConfigMap] | None = None) -> Choice:
        """Returns the profile of a workload.

        Args:
            template: its pod.
            meta: its own name and labels.
            config_maps: the ConfigMaps of the namespace by name, None where they were not read.
        """
        recognition = recognize(template, meta, config_maps)
        if self.requested:
            reason = f"requested as {self.requested.name}"
            if not self.requested.is_generic:
                recognition = replace(recognition, role=Role.WORKER)
            return Choice(profile=self.requested, reason=reason, recognition=recognition)
        if found := self.proven_of(template, meta):
            profile, proof = found
            return Choice(profile=profile, reason=f"by {proof}", recognition=recognition, is_proven=True)
        is_generic = recognition.role in {Role.NEITHER, Role.CLIENT}
        profile = self.generic if is_generic else self.worker
        return Choice(profile=profile, reason=recognition.reason, recognition=recognition)

    def proven_of(self, template: PodTemplate, meta: Meta) -> tuple[Profile, str] | None:
        """Returns the profile that a workload proves to be of, and the proof; None without any."""
        found = ((each, proof_of(each, template)) for each in self.proven if fits(each, template, meta))
        return next(((profile, proof) for profile, proof in found if proof), None)


def fits(profile: Profile, template: PodTemplate, meta: Meta) -> bool:
    """Whether a workload has the label or the image's name of a profile."""
    by_label = bool(profile.label) and selects(parse(profile.label), template.metadata.labels or meta.labels)
    return by_label or any(of_image(each, profile) for each in template.spec.containers)


def proof_of(profile: Profile, template: PodTemplate) -> str:
    """Returns what proves that a workload is of a profile, "" where nothing does."""
    return next(filter(None, (_proof(profile, template, each) for each in template.spec.containers)), "")


def _proof(profile: Profile, template: PodTemplate, container: Container) -> str:
    repository = image_reference.parse(container.image).repository
    if any(f"/{repository}".endswith(f"/{end}") for end in profile.proof.images):
        return f"image {repository}"
    files = pod_template.vault(template, container, ()).files
    delivered = {
        *(each.name for each in container.env),
        *(e.name for file in files for e in pod_template.exports(file)),
    }
    name = next((each for each in profile.proof.variables if each in delivered), "")
    return f"variable {name} of container {container.name}" if name else ""
