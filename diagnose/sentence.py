"""How long the one sentence of a finding may be, and what is given up first where it would be longer."""

LONGEST = 160
"""Characters; what fits on two lines of a terminal."""


def fit(head: str, detail: str = "", follows: str = "") -> str:
    """`head (detail), follows.`: without what follows where that is too long, and then with the detail cut."""
    told = f"{head} ({detail})" if detail else head
    if follows and len(told) + len(follows) + 3 <= LONGEST:
        return f"{told}, {follows}."
    room = LONGEST - len(head) - 4
    if detail and len(detail) > room:
        return f"{head} ({detail[: max(room - 1, 0)].rstrip()}…)."
    return f"{told}."


def cut(sentence: str, longest: int = LONGEST) -> str:
    """The sentence itself, or as much of it as is allowed, with a mark."""
    if len(sentence) <= longest:
        return sentence
    return f"{sentence[: longest - 1].rpartition(' ')[0].rstrip(',;:')}…"
