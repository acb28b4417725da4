"""Derives the facts of a target from its pod template, its container's settings, and what the user states."""

from collections.abc import Mapping

import msgspec

from diagnose.resources import ConfigMap, Container, PodTemplate
from diagnose.target import database_facts, environment, probe_facts, temporal_facts
from diagnose.target.environment import Environment
from diagnose.target.facts import TEMPORAL, DatabaseFacts, Fact, Facts, TemporalFacts, none
from diagnose.target.pod_template import exports, is_open
from diagnose.target.profile import Profile
from diagnose.target.target import VaultFacts


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a target, and what of them is known well enough for queries."""

    facts: Facts
    environment: Environment
    temporal: TemporalFacts | None
    database: DatabaseFacts | None

    @property
    def needs_config_maps(self) -> bool:
        """Whether ConfigMaps that were not read may have what is not known."""
        return self.environment.maps and any(
            fact.state in {"unknown", "reference"}
            for name, fact in self.facts
            if name.startswith(("temporal", "database"))
        )


def environment_of(
    template: PodTemplate, container: Container, vault: VaultFacts, config_maps: Mapping[str, ConfigMap] | None = None
) -> Environment:
    """Returns the settings of a container, with those of files of the Vault agent that its command reads."""
    files = [file for file in vault.files if file.destination in vault.sourced]
    exported = [(each.name, f"key {each.key} of Vault's {each.path}") for file in files for each in exports(file)]
    open_files = tuple(f"file {file.destination} of Vault" for file in files if vault.requested and is_open(file))
    return environment.read(template, container, exported, config_maps, open_files)


def derive(
    template: PodTemplate,
    container: Container,
    profile: Profile,
    vault: VaultFacts,
    config_maps: Mapping[str, ConfigMap] | None = None,
    flags: Mapping[str, str] | None = None,
) -> Derived:
    """Returns the facts of a container.

    Args:
        template: its pod.
        container: the container that does the work.
        profile: the profile, with what the user states.
        vault: the Vault settings of the template.
        config_maps: the ConfigMaps of the namespace by name, None where they were not read.
        flags: the facts of Temporal that flags state, without their topic.
    """
    settings = environment_of(template, container, vault, config_maps)
    found: dict[str, Fact] = {}
    facts = temporal_facts.derive(settings, profile, flags or {})
    if profile.lacks("temporal") and not settings.unread and not temporal_facts.is_named(settings):
        facts = dict.fromkeys(TEMPORAL, none("no setting names Temporal"))
    found |= {f"temporal.{name}": fact for name, fact in facts.items()}
    of_database, database = database_facts.derive(settings, profile.database, profile.logins)
    found |= {f"database.{name}": fact for name, fact in of_database.items()}
    # What is known of a client's server is not queried.
    temporal = temporal_facts.typed(facts, temporal_facts.tls_of(settings, profile.temporal))
    temporal = None if profile.lacks("temporal") else temporal
    database = None if profile.lacks("database") else database
    found |= {f"health.{name}": fact for name, fact in probe_facts.health(container).items()}
    found |= {f"metrics.{name}": fact for name, fact in probe_facts.metrics(template, container).items()}
    return Derived(facts=Facts(by_name=found), environment=settings, temporal=temporal, database=database)
