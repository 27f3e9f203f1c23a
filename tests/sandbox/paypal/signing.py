"""Webhooks as PayPal signs them: RSA-SHA256 over id|time|webhook id|crc32 of the body, with a certificate of our own."""

import functools
import json
import zlib
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.sandbox.core.state import token


@functools.cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.cache
def certificate() -> bytes:
    """Return the certificate in PEM, made when it is first asked for and good for a year."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "messageverificationcerts.paypal.sandbox")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .sign(_key(), hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


def signed_text(transmission: str, instant: str, webhook: str, body: bytes) -> bytes:
    """Return what is signed; the checksum is unsigned and decimal."""
    return f"{transmission}|{instant}|{webhook}|{zlib.crc32(body)}".encode()


def headers(body: bytes, webhook: str, certificate_url: str) -> dict[str, str]:
    """Return the five headers of one transmission."""
    transmission, instant = token("", 36).lower(), datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    made = _key().sign(signed_text(transmission, instant, webhook, body), padding.PKCS1v15(), hashes.SHA256())
    return {
        "PAYPAL-TRANSMISSION-ID": transmission, "PAYPAL-TRANSMISSION-TIME": instant,
        "PAYPAL-TRANSMISSION-SIG": b64encode(made).decode(), "PAYPAL-CERT-URL": certificate_url,
        "PAYPAL-AUTH-ALGO": "SHA256withRSA",
    }  # fmt: skip


def is_ours(asked: dict[str, Any], text: str) -> bool:
    """Tell whether a verification request names a signature of ours; `text` is the request as it arrived.

    The event must stand in it byte for byte as it was sent: its checksum is signed.
    """
    start = text.index('"webhook_event"') + len('"webhook_event"')
    start += len(text[start:]) - len(text[start:].lstrip(" \t\r\n:"))
    _, end = json.JSONDecoder().raw_decode(text, start)
    body = text[start:end].encode()
    meant = signed_text(asked["transmission_id"], asked["transmission_time"], asked["webhook_id"], body)
    try:
        _key().public_key().verify(b64decode(asked["transmission_sig"]), meant, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, NotBase64, ValueError):
        return False
    return bool(asked["auth_algo"] == "SHA256withRSA")
