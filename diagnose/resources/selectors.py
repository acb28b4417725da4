"""Label selectors (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors)."""

from collections.abc import Mapping

import msgspec

from diagnose.resources.metadata import Part
from diagnose.text.patterns import lazy


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
            case "Gt" | "Lt":
                return f"{self.key}{'>' if self.operator == 'Gt' else '<'}{''.join(self.values)}"
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


class SelectorError(ValueError):
    """A text is no label selector; the message has the part and the forms that there are."""


# A comma in parentheses separates values.
_PARTS = lazy(r"[^,(]*(?:\([^()]*\)?[^,(]*)*")
_PART = lazy(
    r"(?P<key>[\w./-]+)"
    r"(?:\s*(?P<sign>==?|!=|[<>])\s*(?P<value>[\w.-]*)|\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\))?"
)
_OF_WORD = {"in": "In", "notin": "NotIn", "!=": "NotIn", ">": "Gt", "<": "Lt"}
FORMS = "KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY notin (A,B), KEY or !KEY"


def parse(text: str) -> Selector:
    """Returns the selector of a text, as `kubectl -l` takes it: "app=worker,tier in (back,batch),!canary".

    Raises:
        SelectorError: it is none.
    """
    exact: dict[str, str] = {}
    rules: list[SelectorRule] = []
    for part in filter(None, map(str.strip, _PARTS.findall(text))):
        is_negated = part.startswith("!")
        found = _PART.fullmatch(part.removeprefix("!").strip())
        if found is None or (is_negated and (found["sign"] or found["word"])):
            raise SelectorError(f"{part!r} is no part of a label selector; parts are {FORMS}")
        key, operator = found["key"], found["sign"] or found["word"]
        if operator in {"=", "=="} and key not in exact:
            exact[key] = found["value"]
        elif operator:
            values = (found["value"],) if found["sign"] else tuple(map(str.strip, found["values"].split(",")))
            rules.append(SelectorRule(key=key, operator=_OF_WORD.get(operator, "In"), values=values))
        else:
            rules.append(SelectorRule(key=key, operator="DoesNotExist" if is_negated else "Exists"))
    return Selector(match_labels=exact, match_expressions=tuple(rules))
