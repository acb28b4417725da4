"""How sentences of reports are worded: plain English, in the terms that kubectl shows."""

import re
from collections.abc import Iterator

# Each phrase with the better wording.
PHRASES = {
    r"for ever\b": "never runs, never ends",
    r"said|told": "names it, logs, answers",
    r"asks|asked": "queries, requests, prompts",
    r"(?<!there )(?<!There )(?:is|are) no (?!longer\b|more\b)": "is not a",
    r"takes no logins|accepts no logins|lets nobody": "rejects logins",
    r"comes? about": "fails, does not start",
    r"1 times": "once",
    r"1 (?:tasks|pods|restarts|executions|queues|nodes|more queues)\b": "the singular",
    r"cannot be used": "does not exist, has no port, refuses",
    r"gets? no answer|gets? no connection": "time out, fail",
    r"does not allow them": "NetworkPolicy X blocks",
    r"ends at (?:its start|startup|once)|ends while": "exits at startup, exits on import",
    r"ends? because": "crashes with, exits because",
    r"again and again|over and over": "repeatedly, CrashLoopBackOff",
    r"stands? still": "is stuck",
    r"waits? for a node": "is Pending",
    r"(?:is|are) killed at (?:its|their) memory limit": "OOMKilled",
    r"have not enough": "have too little free",
    r"lets no pod go|allows no eviction": "blocks every eviction",
    r"that is not deleted|not without|does not lack": "missing or deleted: no double negation",
    r"No policy of": "may not read",
    r"as if (?:its|the) work": "its command finishes",
    r"the program gave up": "exits with code 1",
    r"which never came": "never came about",
    r"-0 s": "0 s",
    r"nobody|somebody|anybody|whoever": "no worker, a person",
    r"makes? no sense": "is not valid",
    r"the way back": "the rollback",
    r"(?:clusterrolebinding|rolebinding|configmap|networkpolicy|persistentvolumeclaim) [a-z]": "the kind's capitals",
}
# A sentence ends with one full stop, or with the ellipsis of one that was too long.
_END = re.compile(r"[^.…\s](?:\.|…)\Z|(?:etc|\.\.\.)\.\Z")
_QUOTED = re.compile(r'"[^"]*"|\([^()]*\)|: .*')
_COMPILED = {re.compile(rf"\b(?:{each})|(?<=\s)(?:{each})"): better for each, better in PHRASES.items()}


def phrases(text: str) -> Iterator[str]:
    """Yields the phrases of a text that are worded better otherwise, each with the better wording."""
    for pattern, better in _COMPILED.items():
        if found := pattern.search(text):
            yield f"{found[0]!r}: better {better!r}"


def own_words(sentence: str) -> str:
    """Returns a sentence without what it quotes: of a log, or of a server."""
    return _QUOTED.sub("…", sentence)


def problems(sentence: str) -> Iterator[str]:
    """Yields what is wrong with the sentence of a finding."""
    yield from phrases(own_words(sentence))
    if not _END.search(sentence):
        yield "it ends with one full stop"
    if "  " in own_words(sentence) or re.search(r"(?<!\w)\(\)|[:,;(] ?\.\Z", sentence):
        yield "a part of it is empty"
