"""CMS structures made by hand, for the tests of signed mail."""

from __future__ import annotations

OID = bytes.fromhex("06092a864886f70d0107")


def element(tag: int, *contents: bytes) -> bytes:
    """Return one DER element."""
    content = b"".join(contents)
    return bytes([tag, 0x84]) + len(content).to_bytes(4, "big") + content


def signed(data: bytes, *, kind: bytes = b"\x01", chunks: int = 0) -> bytes:
    """Return ``data`` as a SignedData without signers, in so many octet strings inside one another."""
    octets = element(0x04, data)
    for _ in range(chunks):
        octets = element(0x24, octets)
    inside = element(0x30, OID + kind, element(0xA0, octets))
    return element(0x30, OID + b"\x02", element(0xA0, element(0x30, b"\x02\x01\x01", element(0x31), inside, element(0x31))))
