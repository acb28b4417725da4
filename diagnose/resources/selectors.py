"""Label selectors (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors)."""

from collections.abc import Mapping

import msgspec

from diagnose.resources.metadata import Part


class SelectorRule(Part, frozen=True):
    """One expression of a selector."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet the expression; NotIn is also met where the key is missing."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case "Gt" | "Lt":
                return self._compares(labels.get(self.key, ""))
            case _:
                return False

    def _compares(self, value: str) -> bool:
        """Whether a number is on the right side of the only value, as the scheduler compares integers."""
        try:
            number, limit = int(value), int(self.values[0])
        except (ValueError, IndexError):
            return False
        return number > limit if self.operator == "Gt" else number < limit

    def __str__(self) -> str:
        match self.operator:
            case "Exists":
                return self.key
            case "DoesNotExist":
                return f"!{self.key}"
            case _:
                return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"


class Selector(Part, frozen=True):
    """A label selector; an empty one selects everything, and where an object has none at all it selects nothing."""

    match_labels: dict[str, str] = msgspec.field(default_factory=dict)
    match_expressions: tuple[SelectorRule, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.match_labels or self.match_expressions)


def selects(selector: Selector | Mapping[str, str] | None, labels: Mapping[str, str]) -> bool:
    """Whether labels are selected; a plain map, as Services have it, selects nothing where it is empty."""
    if not isinstance(selector, Selector):
        return bool(selector) and selects(Selector(match_labels=dict(selector or {})), labels)
    exact = selector.match_labels.items() <= labels.items()
    return exact and all(each.holds(labels) for each in selector.match_expressions)


def to_text(selector: Selector | Mapping[str, str] | None) -> str:
    """The selector as `kubectl -l` takes it, "" for none."""
    if not isinstance(selector, Selector):
        return to_text(Selector(match_labels=dict(selector))) if selector else ""
    equalities = (f"{key}={value}" for key, value in selector.match_labels.items())
    return ",".join((*equalities, *map(str, selector.match_expressions)))


def parse(text: str) -> dict[str, str]:
    """The labels that a text of equalities names, as `-l` takes it: "app=worker,tier=back"."""
    pairs = (part.partition("=") for part in text.split(",") if part.strip())
    return {key.strip(): value.removeprefix("=").strip() for key, _, value in pairs}
