"""The memory of large answers, which goes back to the system as soon as it is free."""

from contextlib import suppress
from functools import cache

_MMAP_THRESHOLD = -3
_LARGE = 1 << 20


@cache
def return_large_blocks() -> None:
    """Lets glibc map each large block on its own, so that it is returned when it is freed.

    By default the threshold grows with the largest block that was freed, and each thread keeps what is below it
    (https://man7.org/linux/man-pages/man3/mallopt.3.html, M_MMAP_THRESHOLD). Other C libraries have no such setting.
    """
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
