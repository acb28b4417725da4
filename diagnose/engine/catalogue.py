"""What an examination has to go by: the checks, the signatures and the profiles, and the names in their sentences."""

import msgspec

from diagnose.check.api import Check
from diagnose.logs.signatures import Signature
from diagnose.target.facts import LoginVariables
from diagnose.target.profiles import Profiles
from diagnose.target.target import Target

NAMES = (
    "namespace", "noun", "workload", "owner", "container", "image", "node_options", "service_account", "release",
    "vault_role", "vault_auth_path", "vault_address", "db_host", "db_port", "db_name", "db_user", "db_admin_user",
    "db_host_variable", "db_name_variable", "db_password_variable", "temporal_address", "temporal_namespace",
)  # fmt: skip
"""The names that summaries and steps may use in braces; `names_of` returns their values."""


class Catalogue(msgspec.Struct, frozen=True, kw_only=True):
    """The checks, in the order in which a person would go through them, and the signatures.

    Attributes:
        profiles: the expectations of each kind of workload.
    """

    checks: tuple[Check, ...]
    signatures: tuple[Signature, ...]
    profiles: Profiles


def names_of(target: Target) -> dict[str, str]:
    """Returns the values of the names in remediations and summaries."""
    vault, database, temporal = target.vault, target.database, target.temporal
    variables = database.variables if database else LoginVariables()
    return {
        "namespace": target.namespace,
        "noun": target.profile.noun,
        "workload": target.workload,
        "owner": target.owner.reference,
        "container": target.container.name,
        "image": target.container.image,
        "node_options": option.value if (option := target.container.variable("NODE_OPTIONS")) else "not set",
        "service_account": target.template.spec.service_account_name or "default",
        "release": target.release.name if target.release else "",
        "vault_role": vault.role,
        "vault_auth_path": vault.auth_path,
        "vault_address": vault.address,
        "db_host": database.host if database else "",
        "db_port": str(database.port) if database else "",
        "db_name": database.name if database else "",
        "db_user": database.user if database else "",
        "db_admin_user": database.admin.user if database and database.admin else "",
        "db_host_variable": variables.own("host"),
        "db_name_variable": variables.own("name"),
        "db_password_variable": variables.own("password"),
        "temporal_address": temporal.address if temporal else "",
        "temporal_namespace": temporal.namespace if temporal else "",
    }
