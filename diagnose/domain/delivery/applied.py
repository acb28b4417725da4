"""What of an object was changed since `kubectl apply` last wrote it, by whom, and the command that sets it back.

The API server keeps no earlier version of an object, but `kubectl apply` leaves a copy of what it applied, and
`managedFields` name the tool that wrote each field last.
"""

import json
from collections.abc import Collection
from datetime import datetime

from diagnose.commands import kubectl
from diagnose.commands.command import NONE, Command
from diagnose.domain.delivery.differences import Difference
from diagnose.resources import ConfigMap, FieldManager

MAX_PATCH = 2000
"""How many characters a patch may have that a person is to paste."""


def changed_entries(config_map: ConfigMap, since: datetime | None = None) -> tuple[Difference, ...]:
    """Returns the entries that differ from the last apply; of a change, those that its tool wrote, if it wrote one."""
    found = tuple(
        Difference(("data", key), before, config_map.data.get(key)) for key, before in config_map.applied.items()
    )
    tool = next((each for each in config_map.metadata.managed_fields if since and each.time == since), None)
    written = tool.fields_v1.data if tool else None
    return tuple(each for each in found if written and f"f:{each.path[-1]}" in written) or found


def manager_of(config_map: ConfigMap, key: str) -> FieldManager | None:
    """Returns the tool that wrote an entry last, None where that is not known."""
    named = (each for each in config_map.metadata.managed_fields if f"f:{key}" in (each.fields_v1.data or {}))
    return next(named, None)


def undo(config_map: ConfigMap, entries: Collection[Difference]) -> Command:
    """Returns the command that sets entries back, NONE where a value before is masked, or too long to be pasted."""
    change = {"data": {str(each.path[-1]): each.before for each in entries}}
    if not entries or len(json.dumps(change)) > MAX_PATCH or not all(each.can_be_undone for each in entries):
        return NONE
    return kubectl.patch("configmap", config_map.name, change, namespace=config_map.metadata.namespace, how="merge")
