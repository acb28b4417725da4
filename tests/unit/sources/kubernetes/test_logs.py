"""Logs of any size: what is kept of their beginning, middle and end."""

from collections.abc import Iterator

from diagnose.sources.kubernetes.logs import HEAD_LINES, NEW_ERRORS, NEW_LINES, TAIL_LINES, read_log

TOLD = "error: Startup validation failed: RESEND_API_KEY is required"


def flood(count: int, text: str = 'debug: pool statistics {{"acquired":{0},"id":"{0:08x}-ab"}}') -> Iterator[bytes]:
    for number in range(count):
        yield f"2026-11-24T18:10:27.{number:09d}Z {text.format(number)}\n".encode()


def test_a_short_log_is_kept_whole() -> None:
    text = read_log(flood(10), 5)
    assert (len(text.head), len(text.tail), text.cut) == (10, 0, 0)


def test_the_one_line_between_floods_is_kept_in_its_place() -> None:
    chunks = [*flood(20_000), f"2026-11-24T18:10:28Z {TOLD}\n".encode(), *flood(20_000)]
    text = read_log(chunks, 60)
    assert [line.text for line in text.lines[HEAD_LINES:-TAIL_LINES]] == [TOLD]
    assert text.cut == 40_001 - len(text.lines)


def test_a_flood_without_repetition_keeps_errors() -> None:
    phrases = [f"{chr(103 + number % 20)}{'z' * (number % 97)}{'y' * (number // 97)}" for number in range(9_000)]
    chunks = [f"2026-11-24T18:10:28Z {word}\n".encode() for word in phrases]
    chunks[7_000:7_000] = [f"2026-11-24T18:10:28Z {TOLD}\n".encode()]
    text = read_log([*chunks, *flood(TAIL_LINES)], 60)
    assert TOLD in [line.text for line in text.lines]
    assert len(text.lines) <= HEAD_LINES + NEW_LINES + NEW_ERRORS + TAIL_LINES
