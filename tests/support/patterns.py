"""Every regular expression of the product, found by construction, and the worst inputs of each."""

import ast
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import chain, product
from operator import or_
from pathlib import Path
from re import _constants as opcodes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

import msgspec

from checks import signatures
from diagnose.cli.catalogue import profiles
from diagnose.text.patterns import LazyPattern

ROOT = Path(__file__).parents[2]
FOLDERS = ("diagnose", "checks", "reports")
METHODS = frozenset({"search", "match", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
ANCHORED = frozenset({"match", "fullmatch"})


@dataclass(frozen=True)
class Pattern:
    """A regular expression, where it is, and whether it is only tried at the start of a text."""

    place: str
    compiled: re.Pattern[Any]
    methods: frozenset[str] = frozenset({"search"})

    def try_on(self, text: str) -> None:
        """Goes through a text as the product does."""
        given = text.encode() if isinstance(self.compiled.pattern, bytes) else text
        for method in self.methods:
            if method in ANCHORED:
                getattr(self.compiled, method)(given)
            else:
                # All matches, as a search that finds one early would hide what the others cost.
                for _ in self.compiled.finditer(given):
                    pass


def collect() -> list[Pattern]:
    """All patterns: of modules' values, of calls of `re`, of signatures, and of profiles."""
    found: dict[tuple[str, int], Pattern] = {}
    for each in chain(_of_code(), _of_data()):
        found.setdefault((each.compiled.pattern, each.compiled.flags), each)
    return list(found.values())


def _of_data() -> Iterator[Pattern]:
    for signature in signatures.load():
        yield Pattern(f"signature {signature.code}", signature.compiled)
        if signature.cleared:
            yield Pattern(f"signature {signature.code}, cleared_by", signature.cleared)
    for profile in profiles().values():
        yield from (Pattern(f"profile {profile.name}, {step.id}", done) for step, done in profile.step_patterns)
        yield Pattern(f"profile {profile.name}, migrations", re.compile(profile.migrations.jobs, re.IGNORECASE))


def _of_code() -> Iterator[Pattern]:
    files = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in files if path.name != "__main__.py"}
    public = _methods(trees.values())
    for path, tree in trees.items():
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        values = vars(importlib.import_module(name))
        private = _methods([tree])
        for key, value in values.items():
            methods = (private if key.startswith("_") else public).get(key, {"search"})
            yield from (Pattern(f"{name}.{key}", each, frozenset(methods)) for each in _compiled(value))
        yield from _of_calls(name, tree, values)


def _methods(trees: Any) -> dict[str, set[str]]:
    """By a name, which methods of patterns are called on it."""
    found: dict[str, set[str]] = {}
    for node in chain.from_iterable(map(ast.walk, trees)):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            found.setdefault(owner, set()).add(node.attr)
    return found


def _compiled(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, LazyPattern):
        yield value.compiled
    elif isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        yield from chain.from_iterable(_compiled(each, depth - 1) for each in value.values())
    elif depth and isinstance(value, tuple | list | frozenset | set):
        yield from chain.from_iterable(_compiled(each, depth - 1) for each in value)
    elif depth and isinstance(value, msgspec.Struct):
        yield from chain.from_iterable(_compiled(getattr(value, each), 0) for each in value.__struct_fields__)


def _of_calls(module: str, tree: ast.AST, values: dict[str, Any]) -> Iterator[Pattern]:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
            continue
        if node.func.attr not in METHODS | {"compile"}:
            continue
        flags = re.RegexFlag(0)
        for given in (*node.args[1:], *(each.value for each in node.keywords)):
            named = [each.attr for each in ast.walk(given) if isinstance(each, ast.Attribute)]
            flags |= reduce(or_, (re.RegexFlag[each] for each in named if each in re.RegexFlag.__members__), flags)
        methods = frozenset({node.func.attr} & ANCHORED or {"search"})
        for text in _texts(node.args[0], values):
            yield Pattern(f"{module}:{node.lineno}", re.compile(text, flags), methods)


def _texts(node: ast.expr, values: dict[str, Any]) -> Iterator[str]:
    """The text of an expression; of a local name every text that the module has in its tables."""
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(
            str(each.value) if isinstance(each, ast.Constant) else next(_texts(each.value, values), "name")  # type: ignore[attr-defined]
            for each in node.values
        )
    elif isinstance(node, ast.Name) and node.id in values:
        yield from [values[node.id]] if isinstance(values[node.id], str) else []
    elif isinstance(node, ast.Name):
        yield from filter(_is_pattern, chain.from_iterable(map(_strings, values.values())))


def _strings(value: Any, depth: int = 3) -> Iterator[str]:
    if isinstance(value, str):
        yield str(value)
    elif depth and isinstance(value, dict):
        yield from chain.from_iterable(_strings(each, depth - 1) for each in value.values())
    elif depth and isinstance(value, tuple | list):
        yield from chain.from_iterable(_strings(each, depth - 1) for each in value)


def _is_pattern(text: str) -> bool:
    try:
        return re.compile(text).pattern != ""
    except re.error:
        return False


BREAKS = ("\0", "\n")
MANY = 20
"""A repetition of at least so many is one that an input can make long."""


class Worst(NamedTuple):
    """An input of any length that makes one repetition of a pattern go as far as it can, in vain."""

    start: str
    pump: str
    end: str

    def text(self, length: int) -> str:
        """The input with about that length."""
        return self.start + self.pump * (length // len(self.pump)) + self.end


def worst_inputs(pattern: re.Pattern[str]) -> Iterator[Worst]:
    """The inputs that may cost most: long repetitions, and starts of a match again and again."""
    for before, pumps, after in _repeats(pattern):
        shapes: dict[tuple[str, str], None] = {}
        for pump in pumps:
            shapes |= dict.fromkeys(((before, pump), ("", before + pump)))
        shapes |= dict.fromkeys((("", pumps[0]), ("", before + pumps[0] + after[:-1])))
        shapes |= dict.fromkeys(((before, after[:-1]), ("", before), ("", before + after[:-1])))
        for (start, pump), end in product(shapes, BREAKS):
            if pump:
                yield Worst(start, pump, end)


def _repeats(pattern: re.Pattern[str]) -> Iterator[tuple[str, list[str], str]]:
    """What matches before each repetition, once in it, and after it."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    signs = _Signs(frozenset(_literals(tree)))
    yield from _walk(list(tree), "", "", signs)


def _walk(nodes: list[Any], before: str, after: str, signs: "_Signs") -> Iterator[tuple[str, list[str], str]]:
    for at, (code, value) in enumerate(nodes):
        rest = signs.shortest(nodes[at + 1 :]) + after
        for inner in _children(code, value):
            yield from _walk(list(inner), before, rest, signs)
        if code in _REPEATS and value[1] >= MANY:
            yield before, signs.variants(list(value[2])), rest
        before += signs.shortest([(code, value)])


_REPEATS = frozenset({opcodes.MAX_REPEAT, opcodes.MIN_REPEAT, opcodes.POSSESSIVE_REPEAT})


def _children(code: Any, value: Any) -> list[Any]:
    if code in _REPEATS:
        return [value[2]]
    if code is opcodes.SUBPATTERN:
        return [value[3]]
    if code is opcodes.BRANCH:
        return list(value[1])
    if code is opcodes.ATOMIC_GROUP:
        return [value]
    if code in {opcodes.ASSERT, opcodes.ASSERT_NOT}:
        return [value[1]]
    return []


def _literals(tree: Any) -> Iterator[str]:
    for code, value in tree:
        if code is opcodes.LITERAL:
            yield chr(value)
        for inner in _children(code, value):
            yield from _literals(inner)


class _Signs:
    """Makes texts that match parts of a pattern, with the characters that occur in it first."""

    def __init__(self, literals: frozenset[str]) -> None:
        self._known = (*sorted(literals), *"a0A.-_/ :\"'\t\n,;!({[é")

    def shortest(self, nodes: list[Any]) -> str:
        """A short text that matches."""
        return "".join(self._one(code, value) for code, value in nodes)

    def variants(self, nodes: list[Any]) -> list[str]:
        """Texts that match, of different characters where one class is all that is repeated."""
        if len(nodes) == 1 and (fitting := self._fitting(*nodes[0])):
            return fitting[:8]
        branches = [inner for code, value in nodes for inner in _children(code, value)]
        return list(dict.fromkeys([self.shortest(nodes), *(self.shortest(list(each)) for each in branches)]))

    def _fitting(self, code: Any, value: Any) -> list[str]:
        found = self._accepts(code, value)
        return [each for each in dict.fromkeys(self._known) if found(each)] if found else []

    def _accepts(self, code: Any, value: Any) -> Callable[[str], bool] | None:
        if code is opcodes.ANY:
            return lambda each: each != "\n"
        if code is opcodes.NOT_LITERAL:
            return lambda each: ord(each) != value
        if code is opcodes.LITERAL:
            return lambda each: ord(each) == value
        if code is opcodes.IN:
            return lambda each: _in_class(value, each)
        return None

    def _one(self, code: Any, value: Any) -> str:
        if code is opcodes.LITERAL:
            return chr(value)
        if code in _REPEATS:
            return self.shortest(list(value[2])) * int(value[0])
        if code is opcodes.BRANCH:
            return self.shortest(list(value[1][0]))
        if code is opcodes.SUBPATTERN:
            return self.shortest(list(value[3]))
        if code is opcodes.ATOMIC_GROUP:
            return self.shortest(list(value))
        return next(iter(self._fitting(code, value)), "")


_CATEGORIES = {
    opcodes.CATEGORY_DIGIT: r"\d",
    opcodes.CATEGORY_NOT_DIGIT: r"\D",
    opcodes.CATEGORY_SPACE: r"\s",
    opcodes.CATEGORY_NOT_SPACE: r"\S",
    opcodes.CATEGORY_WORD: r"\w",
    opcodes.CATEGORY_NOT_WORD: r"\W",
}


def _in_class(items: list[Any], sign: str) -> bool:
    negated = items[0][0] is opcodes.NEGATE
    for code, value in items:
        if (
            (code is opcodes.LITERAL and ord(sign) == value)
            or (code is opcodes.RANGE and value[0] <= ord(sign) <= value[1])
            or (code is opcodes.CATEGORY and re.match(_CATEGORIES[value], sign))
        ):
            return not negated
    return negated
