"""TLS as anybody on the way can read it: records, ClientHello and ServerHello.

Source: RFC 8446 sections 4.1.2, 4.1.3, 4.2 and 5.1; RFC 5246 section 7.4.1; RFC 6066 section 3 (server_name);
RFC 5077 (session_ticket); RFC 8701 (GREASE).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

CLIENT_HELLO: Final = 1
SERVER_HELLO: Final = 2

_SERVER_NAME, _SESSION_TICKET, _PRE_SHARED_KEY, _EARLY_DATA, _SUPPORTED_VERSIONS = 0, 35, 41, 42, 43
_AES_256_GCM_SHA384: Final = 0x1302
_HELLO_RETRY: Final = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_VERSIONS: Final = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client asks for.

    Attributes
    ----------
    name
        Of the server (SNI); empty where it names none.
    versions
        That it offers, its favourite first, in the words of OpenSSL; those that are no versions (GREASE) left out.
    session
        Its session id, by which TLS 1.2 resumes.
    offers_psk
        A ticket of TLS 1.3, or another pre-shared key.
    offers_ticket
        Of TLS 1.2, as an extension that is not empty.
    offers_early_data
        0-RTT.
    """

    name: str
    versions: tuple[str, ...]
    session: bytes
    offers_psk: bool
    offers_ticket: bool
    offers_early_data: bool

    @property
    def offers_session(self) -> bool:
        """Whether it would resume, of either version. A session id beside TLS 1.3 is there for middleboxes only."""
        return self.offers_psk or self.offers_ticket or bool(self.session and "TLSv1.3" not in self.versions)


@dataclass(frozen=True, slots=True)
class ServerHello:
    """What a server chose.

    Attributes
    ----------
    version
        In the words of OpenSSL.
    session
        Its session id.
    finished_bytes
        Of a Finished message of TLS 1.3 with the cipher suite that it chose.
    takes_psk
        Whether it resumes by a pre-shared key (TLS 1.3).
    is_retry
        A HelloRetryRequest: the client shall ask again.
    """

    version: str
    session: bytes
    finished_bytes: int
    takes_psk: bool
    is_retry: bool

    def resumes(self, hello: ClientHello) -> bool:
        """Whether it resumes the session that `hello` offers. TLS 1.2 says so by repeating the session's id."""
        if self.version == "TLSv1.3":
            return self.takes_psk
        return bool(hello.session) and self.session == hello.session


class ShortError(ValueError):
    """A message says that it is longer than it is."""


class _Cursor:
    """Reads a message from its beginning to its end."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    def __bool__(self) -> bool:
        return self._at < len(self._body)

    def take(self, count: int) -> bytes:
        if self._at + count > len(self._body):
            raise ShortError
        self._at += count
        return self._body[self._at - count : self._at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> bytes:
        """A vector whose length is told in `size` bytes."""
        return self.take(self.number(size))


def messages(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """The whole handshake messages at the beginning of what handshake records hold: type and body."""
    at = 0
    while len(stream) >= at + 4:
        end = at + 4 + int.from_bytes(stream[at + 1 : at + 4])
        if end > len(stream):
            return
        yield stream[at], stream[at + 4 : end]
        at = end


def client_hello(body: bytes) -> ClientHello:
    """Reads a ClientHello.

    Raises
    ------
    ShortError
        Where it is not one.
    """
    cursor = _Cursor(body)
    legacy = cursor.number(2)
    cursor.take(32)
    session = cursor.vector(1)
    cursor.vector(2)
    cursor.vector(1)
    extensions = _extensions(cursor)
    return ClientHello(
        name=_name(extensions.get(_SERVER_NAME, b"")),
        versions=_offered(extensions[_SUPPORTED_VERSIONS]) if _SUPPORTED_VERSIONS in extensions else _named([legacy]),
        session=session,
        offers_psk=_PRE_SHARED_KEY in extensions,
        offers_ticket=bool(extensions.get(_SESSION_TICKET)),
        offers_early_data=_EARLY_DATA in extensions,
    )


def server_hello(body: bytes) -> ServerHello:
    """Reads a ServerHello.

    Raises
    ------
    ShortError
        Where it is not one.
    """
    cursor = _Cursor(body)
    legacy, random, session = cursor.number(2), cursor.take(32), cursor.vector(1)
    suite = cursor.number(2)
    cursor.take(1)  # No compression.
    extensions = _extensions(cursor)
    chosen = int.from_bytes(extensions.get(_SUPPORTED_VERSIONS, legacy.to_bytes(2)))
    return ServerHello(
        version=_VERSIONS.get(chosen, f"0x{chosen:04x}"),
        session=session,
        finished_bytes=4 + (48 if suite == _AES_256_GCM_SHA384 else 32),
        takes_psk=_PRE_SHARED_KEY in extensions,
        is_retry=random == _HELLO_RETRY,
    )


def _extensions(cursor: _Cursor) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    rest = _Cursor(cursor.vector(2) if cursor else b"")
    while rest:
        kind = rest.number(2)
        found[kind] = rest.vector(2)
    return found


def _name(extension: bytes) -> str:
    if not extension:
        return ""
    names = _Cursor(_Cursor(extension).vector(2))
    names.take(1)  # host_name is the only kind there is.
    return names.vector(2).decode("ascii", "replace")


def _offered(extension: bytes) -> tuple[str, ...]:
    versions = _Cursor(extension).vector(1)
    return _named([int.from_bytes(versions[at : at + 2]) for at in range(0, len(versions), 2)])


def _named(versions: list[int]) -> tuple[str, ...]:
    return tuple(_VERSIONS[each] for each in versions if each in _VERSIONS)
