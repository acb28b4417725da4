"""Quantities of resources ("500m", "1Gi", "1e3"), exact, by the grammar of Kubernetes.

https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
"""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_UP, Context, Decimal, localcontext

from diagnose.text.patterns import lazy

MAX = Decimal(2**63 - 1)
NANO = Decimal("1e-9")
_UNITS = {"n": NANO, "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
_UNITS |= {suffix: Decimal(10) ** (3 * power) for power, suffix in enumerate("kMGTPE", 1)}
_UNITS |= {f"{suffix}i": Decimal(2) ** (10 * power) for power, suffix in enumerate("KMGTPE", 1)}
_QUANTITY = lazy(
    r"(?P<number>[+-]?(?:[0-9]++\.?[0-9]*|\.[0-9]+))(?:[eE](?P<exponent>[+-]?[0-9]+)|(?P<suffix>[KMGTPE]i|[numkMGTPE]?))"
)
# A fraction of these is written in the next smaller unit that keeps the number short.
_FINER = {"": "m", "Gi": "Mi", "Ti": "Mi", "Pi": "Mi", "Ei": "Mi"}
_LARGEST_EXPONENT = Decimal(100)


def parse(text: str) -> Decimal | None:
    """Returns the number, rounded to a nano and limited to 64 bits as by Kubernetes; None for a malformed quantity."""
    found = _QUANTITY.fullmatch(text)
    if found is None:
        return None
    exponent = max(min(Decimal(found["exponent"] or 0), _LARGEST_EXPONENT), -_LARGEST_EXPONENT)
    with localcontext(Context(prec=len(text) + 300)):
        amount = Decimal(found["number"]) * _UNITS[found["suffix"] or ""] * Decimal(10) ** exponent
        if abs(amount) >= MAX:
            return MAX.copy_sign(amount)
        return amount.quantize(NANO, ROUND_UP).normalize()


def total(texts: Iterable[str]) -> Decimal | None:
    """Returns the sum of quantities; None where one of them is malformed."""
    amounts = [parse(text) for text in texts]
    known = [each for each in amounts if each is not None]
    return sum(known, Decimal()) if len(known) == len(amounts) else None


def to_text(amount: Decimal, like: str) -> str:
    """Returns a number in the unit of another quantity, rounded up; a fraction in a smaller unit where there is one."""
    found, limited = _QUANTITY.fullmatch(like), min(amount, MAX)
    suffix = (found["suffix"] or "") if found else ""
    if limited % _UNITS[suffix]:
        suffix = _FINER.get(suffix, suffix)
    return f"{(limited / _UNITS[suffix]).to_integral_value(ROUND_CEILING):f}{suffix}"


def in_mebibytes(amount: Decimal | float) -> str:
    """Returns bytes to the nearest mebibyte, as people compare them."""
    return f"{Decimal(amount) / _UNITS['Mi']:.0f}Mi"
