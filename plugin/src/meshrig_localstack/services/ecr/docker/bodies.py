"""Request bodies, read piece by piece as they are needed."""

from collections.abc import Iterator
from io import BufferedIOBase

PIECE = 256 * 1024
MAX_LINE = 8192
MAX_DRAINED = 16 * 1024 * 1024


class ClientGoneError(Exception):
    """The client breaks off, or sends no HTTP."""


class RequestBody:
    """The body of one request: of ``length`` bytes, or chunked (RFC 9112, section 7.1) when that is None."""

    def __init__(self, stream: BufferedIOBase, length: int | None) -> None:
        self._stream = stream
        self.length = length
        self._pieces = self._chunked() if length is None else self._counted(length)

    def pieces(self) -> Iterator[bytes]:
        """What is left of the body, at most PIECE bytes at a time."""
        return self._pieces

    def read(self, limit: int) -> bytes | None:
        """What is left of the body, None when that is longer than ``limit``."""
        content = bytearray()
        for piece in self.pieces():
            content += piece
            if len(content) > limit:
                return None
        return bytes(content)

    def drain(self) -> bool:
        """Reads what a refused client still sends, so that it gets to read the refusal; False for too much of it."""
        return self.read(MAX_DRAINED) is not None

    def _counted(self, count: int) -> Iterator[bytes]:
        while count > 0:
            piece = self._take(min(count, PIECE))
            count -= len(piece)
            yield piece

    def _chunked(self) -> Iterator[bytes]:
        while size := self._chunk_size():
            yield from self._counted(size)
            self._line()
        while self._line():
            pass

    def _chunk_size(self) -> int:
        digits = self._line().split(b";")[0].strip()
        try:
            if not digits or digits.strip(b"0123456789abcdefABCDEF"):
                raise ValueError(digits)
            return int(digits, 16)
        except ValueError as problem:
            raise ClientGoneError(f"not a chunk's size: {digits!r}") from problem

    def _line(self) -> bytes:
        try:
            line = self._stream.readline(MAX_LINE)
        except OSError as problem:
            raise ClientGoneError(str(problem)) from problem
        if not line.endswith(b"\n"):
            raise ClientGoneError("the body ends early")
        return line.rstrip(b"\r\n")

    def _take(self, count: int) -> bytes:
        try:
            piece = self._stream.read1(count)
        except OSError as problem:
            raise ClientGoneError(str(problem)) from problem
        if not piece:
            raise ClientGoneError("the body ends early")
        return piece
