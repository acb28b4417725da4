"""Quantities by the grammar of Kubernetes' resource.Quantity, with the cases of its own tests."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnose.resources.quantities import MAX, in_mebibytes, parse, to_text, total

SUFFIXES = ("n", "u", "m", "", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0", "0"), ("0n", "0"), ("0Ki", "0"), ("-0", "0"), ("0.0", "0"), ("64", "64"), ("+1", "1"), ("-5", "-5"),
        ("50m", "0.05"), ("500000u", "0.5"), ("1n", "1e-9"), ("0.3", "0.3"), (".5", "0.5"), ("1.", "1"),
        ("-.5m", "-0.0005"),
        ("1k", "1000"), ("12.5k", "12500"), ("1M", "1e6"), ("1G", "1e9"), ("1T", "1e12"), ("1P", "1e15"),
        ("1E", "1e18"),
        ("1e3", "1000"), ("1E3", "1000"), ("1e+3", "1000"), ("1e-3", "0.001"), ("12.5e2", "1250"), ("1E6", "1e6"),
        ("1Ki", "1024"), ("128Mi", str(2**27)), ("1.5Gi", str(3 * 2**29)), ("1Ti", str(2**40)), ("1Pi", str(2**50)),
        ("1Ei", str(2**60)), ("0.1n", "1e-9"), ("-0.1n", "-1e-9"), ("1e-20", "1e-9"), ("1.0000000001", "1.000000001"),
        ("9223372036854775807", str(MAX)), ("9223372036854775808", str(MAX)), ("10E", str(MAX)), ("-100Ei", f"-{MAX}"),
        ("1e999999999999", str(MAX)), ("1e-999999999999", "1e-9"), ("0e999999999999", "0"),
    ],
)  # fmt: skip
def test_the_amount(text: str, amount: str) -> None:
    assert parse(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", " ", "x", ".", "-", "+", "1 Gi", " 1", "1\n", "1Ki1", "1ki", "1K", "1g", "1mm", "1Mib", "1.1.1", "--1", "1-1",
     "1e", "1e1.5", "1E1i", "e3", "Mi", "0x10", "1_000", "١", "Infinity", "nan", "1,5"],
)  # fmt: skip
def test_what_is_malformed_is_unknown(text: str) -> None:
    assert parse(text) is None
    assert total(["1", text]) is None


@given(st.integers(-(10**6), 10**6), st.sampled_from(SUFFIXES))
def test_a_number_in_a_unit_is_written_as_it_was_read(number: int, suffix: str) -> None:
    amount = parse(f"{number}{suffix}")
    assert amount is not None
    if abs(amount) < MAX:
        assert to_text(amount, f"1{suffix}") == f"{number}{suffix}"
        assert parse(to_text(amount, "1")) == amount if suffix not in {"n", "u"} else True


@given(st.decimals(0, 10**9, places=3), st.sampled_from(SUFFIXES), st.sampled_from(SUFFIXES))
def test_what_is_written_is_never_too_little(number: Decimal, suffix: str, like: str) -> None:
    amount = parse(f"{number:f}{suffix}")
    assert amount is not None
    written = parse(to_text(amount, f"1{like}"))
    assert written is not None
    assert written >= amount or written == MAX


@given(st.lists(st.integers(0, 10**6).map("{}m".format)))
def test_sums_are_exact(texts: list[str]) -> None:
    assert total(texts) == Decimal(sum(int(text[:-1]) for text in texts)) / 1000


@pytest.mark.parametrize(
    ("amount", "like", "text"),
    [
        ("6", "5", "6"),
        ("0.35", "300m", "350m"),
        (str(2**28), "128Mi", "256Mi"),
        ("1.5", "1", "1500m"),
        (str(3 * 2**29), "1Gi", "1536Mi"),
        (str(2**20 + 1), "1Mi", "2Mi"),
        ("2000", "1e3", "2000"),
        ("2000", "1k", "2k"),
        ("2001", "1k", "3k"),
        ("7", "what", "7"),
    ],
)
def test_a_number_is_written_like_another(amount: str, like: str, text: str) -> None:
    assert to_text(Decimal(amount), like) == text


def test_long_texts_take_no_long_time() -> None:
    assert parse("1" * 100_000) == MAX
    assert parse(f"0.{'0' * 100_000}1") == Decimal("1e-9")
    assert parse(f"1e{'9' * 100_000}") == MAX


def test_bytes_for_people() -> None:
    assert in_mebibytes(Decimal(2**20 * 212)) == in_mebibytes(2**20 * 212 + 1000) == "212Mi"
