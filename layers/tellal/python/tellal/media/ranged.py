"""A file that lies elsewhere, read by ranges: nothing is ever held but a window of it."""

import io
from collections.abc import Callable
from typing import override

WINDOW = 1024 * 1024  # what is fetched at once

ReadRange = Callable[[int, int], bytes]  # from where, how many; fewer where it ends


class _Ranged(io.RawIOBase):
    def __init__(self, read: ReadRange, size: int) -> None:
        self._read = read
        self._size = size
        self._at = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._at

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    @override
    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        length = min(len(buffer), self._size - self._at)
        if length <= 0:
            return 0
        held = self._read(self._at, length)
        buffer[: len(held)] = held
        self._at += len(held)
        return len(held)


def opened(read: ReadRange, *, size: int, window: int = WINDOW) -> io.BufferedReader:
    """A seekable file over `read`; its own reads are as large as the window."""
    return io.BufferedReader(_Ranged(read, size), buffer_size=window)
