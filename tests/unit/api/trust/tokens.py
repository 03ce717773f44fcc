"""Keys, tokens (good and bad) and a JWKS server on loopback, for the tests of client authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def text(number: int, size: int | None = None) -> str:
    length = size or (number.bit_length() + 7) // 8
    return encode(number.to_bytes(length, "big"))


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class EcKey:
    algorithm = "ES384"

    def __init__(self, kid: str = "ec-1", curve: ec.EllipticCurve | None = None) -> None:
        self.kid = kid
        self.private = ec.generate_private_key(curve or ec.SECP384R1())

    def jwk(self, **members: Any) -> dict[str, Any]:
        point = self.private.public_key().public_numbers()
        size = (self.private.curve.key_size + 7) // 8
        curve = {256: "P-256", 384: "P-384", 521: "P-521"}[self.private.curve.key_size]
        public = {"kty": "EC", "crv": curve, "kid": self.kid, "x": text(point.x, size), "y": text(point.y, size)}
        return {**public, "use": "sig", "alg": "ES384", **members}

    def sign(self, message: bytes) -> bytes:
        size = (self.private.curve.key_size + 7) // 8
        r, s = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA384())))
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


class RsaKey:
    algorithm = "RS384"

    def __init__(self, kid: str = "rsa-1", bits: int = 2048) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(65537, bits)

    def jwk(self, **members: Any) -> dict[str, Any]:
        numbers = self.private.public_key().public_numbers()
        return {"kty": "RSA", "kid": self.kid, "n": text(numbers.n), "e": text(numbers.e), **members}

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message, padding.PKCS1v15(), hashes.SHA384())


class HmacKey:
    """The confusion attack: a public key's text as a shared secret."""

    algorithm = "HS384"

    def __init__(self, kid: str, secret: bytes) -> None:
        self.kid = kid
        self.secret = secret

    def sign(self, message: bytes) -> bytes:
        return hmac.new(self.secret, message, hashlib.sha384).digest()


def token(key: Any, claims: dict[str, Any], head: dict[str, Any] | None = None, signed: bool = True) -> str:
    """A token with the head and claims as given; members that are None are left out."""
    full = {"alg": key.algorithm, "typ": "JWT", "kid": key.kid, **(head or {})}
    parts = [{name: value for name, value in part.items() if value is not None} for part in (full, claims)]
    message = ".".join(encode(json.dumps(part).encode()) for part in parts)
    return f"{message}.{encode(key.sign(message.encode())) if signed else ''}"


class JwksServer:
    """Answers every GET with the present keys, and counts."""

    def __init__(self) -> None:
        self.keys: list[dict[str, Any]] = []
        self.status = 200
        self.raw: bytes | None = None
        self.location = ""
        self.delay = 0.0
        self.calls: list[str] = []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.calls.append(self.path)
                time.sleep(owner.delay)
                body = owner.raw if owner.raw is not None else json.dumps({"keys": owner.keys}).encode()
                self.send_response(owner.status)
                if owner.location:
                    self.send_header("Location", owner.location)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def log_message(self, *arguments: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/jwks.json"

    @contextmanager
    def running(self) -> Iterator[JwksServer]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()
