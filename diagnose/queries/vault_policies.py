"""Parses Vault's policies, and decides what they allow (https://developer.hashicorp.com/vault/docs/concepts/policies)."""

import json
import re
from collections.abc import Iterable

import msgspec

from diagnose.text.patterns import lazy
from diagnose.text.sentences import truncate

_TOKEN = lazy(
    r"""(?P<comment>\#[^\n]*|//[^\n]*|/\*.*?\*/)|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[\w.+-]+)|(?P<sign>[{}\[\]=,:])"""
    r"""|\s+|(?P<other>.+)""",
    re.DOTALL,
)
_OLD = {
    "deny": ("deny",),
    "read": ("read", "list"),
    "write": ("create", "read", "update", "delete", "list"),
    "sudo": ("create", "read", "update", "delete", "list", "sudo"),
}


class VaultRule(msgspec.Struct, frozen=True):
    """A path of a policy and its capabilities."""

    path: str
    capabilities: tuple[str, ...] = ()


class PolicyError(ValueError):
    """The text is no policy that can be parsed."""


def rules_of(text: str) -> tuple[VaultRule, ...]:
    """Returns the rules of a policy's text, in HCL or JSON.

    Raises:
        PolicyError: the text cannot be parsed.
    """
    return _of_json(text) if text.lstrip().startswith("{") else _of_hcl(text)


def _of_json(text: str) -> tuple[VaultRule, ...]:
    try:
        paths = json.loads(text).get("path", {})
        entries = [item for each in (paths if isinstance(paths, list) else [paths]) for item in each.items()]
        return tuple(_rule(str(path), body) for path, bodies in entries for body in _several(bodies))
    except (ValueError, AttributeError, TypeError) as error:
        raise PolicyError(f"the policy is not valid JSON: {error}") from error


def _several(bodies: object) -> list[dict[str, object]]:
    found = bodies if isinstance(bodies, list) else [bodies]
    return [each for each in found if isinstance(each, dict)]


def _rule(path: str, body: dict[str, object]) -> VaultRule:
    listed = body.get("capabilities", ())
    old = _OLD.get(str(body.get("policy", "")), ())
    granted = tuple(map(str, listed)) if isinstance(listed, list | tuple) else ()
    return VaultRule(path=path, capabilities=tuple(dict.fromkeys((*granted, *old))))


def _of_hcl(text: str) -> tuple[VaultRule, ...]:
    tokens = list(_tokens(text))
    rules: list[VaultRule] = []
    at = 0
    while at < len(tokens):
        if tokens[at].strip('"') == "path" and at + 2 < len(tokens) and tokens[at + 1].startswith('"'):
            path = _plain(tokens[at + 1])
            start = at + 3 if tokens[at + 2] == "{" else at + 4  # `path "x" = {` is accepted, too
            end = _end_of_block(tokens, start)
            rules.append(_rule(path, _settings(tokens[start:end])))
            at = end + 1
        elif tokens[at] == "{":
            at = _end_of_block(tokens, at + 1) + 1
        else:
            at += 1
    return tuple(rules)


def _tokens(text: str) -> Iterable[str]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup == "other":
            raise PolicyError(f"the policy has text that is not understood: {truncate(found[0], 40)}")
        if found.lastgroup not in {"comment", None}:
            yield found[0]


def _end_of_block(tokens: list[str], start: int) -> int:
    depth = 1
    for at in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[at], 0)
        if depth == 0:
            return at
    raise PolicyError("the policy has a block without an end")


def _settings(tokens: list[str]) -> dict[str, object]:
    """Returns capabilities and the legacy `policy` of one block, and ignores other settings."""
    found: dict[str, object] = {}
    depth = 0
    for at, token in enumerate(tokens):
        depth += {"{": 1, "}": -1}.get(token, 0)
        if depth or tokens[at + 1 : at + 2] != ["="]:
            continue
        if token == "capabilities" and tokens[at + 2 : at + 3] == ["["]:
            closing = tokens.index("]", at)
            found["capabilities"] = [_plain(each) for each in tokens[at + 3 : closing] if each != ","]
        elif token == "policy":
            found["policy"] = _plain(tokens[at + 2])
    return found


def _plain(token: str) -> str:
    return token[1:-1].replace('\\"', '"') if token.startswith('"') else token


def capabilities_on(path: str, rules: Iterable[VaultRule]) -> tuple[str, ...]:
    """Returns what the rules of policies allow on a path: the rules of the pattern that matches best."""
    matching: dict[str, list[str]] = {}
    for rule in rules:
        if _matches(rule.path, path):
            matching.setdefault(rule.path, []).extend(rule.capabilities)
    if not matching:
        return ()
    best = max(matching, key=lambda pattern: _priority(pattern, path))
    granted = tuple(dict.fromkeys(matching[best]))
    return ("deny",) if "deny" in granted else granted


def _matches(pattern: str, path: str) -> bool:
    plain = pattern.lstrip("/")
    is_prefix = plain.endswith("*")
    segments = [r"[^/]+" if each == "+" else re.escape(each) for each in plain.removesuffix("*").split("/")]
    return re.match("/".join(segments) + ("" if is_prefix else r"\Z"), path) is not None


def _priority(pattern: str, path: str) -> tuple[object, ...]:
    """Returns a sort key, the best pattern last, by Vault's priority of patterns."""
    plain = pattern.lstrip("/")
    wild = min((plain.find(each) for each in ("+", "*") if each in plain), default=len(plain) + 1)
    pluses = plain.split("/").count("+")
    return (plain == path, wild, not plain.endswith("*"), -pluses, len(plain), plain)


def is_templated(rules: Iterable[VaultRule]) -> bool:
    """Whether a path of the rules is a template over the identity that logs in, so that its effect is unknown here."""
    return any("{{" in rule.path for rule in rules)
