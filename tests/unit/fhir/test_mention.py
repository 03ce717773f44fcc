"""Is a drug found in raw bytes, in whatever letters its name or code is written?"""

from __future__ import annotations

import json
import time
import unicodedata
from dataclasses import dataclass

import pytest

from cds_service.fhir.mention import mention_of


@dataclass(frozen=True)
class Product:
    drug: str


PRODUCTS = {("urn:codes", "602910"): Product("lenalidomide"), ("urn:codes", "1191"): Product("aspirin")}
MENTION = mention_of(PRODUCTS, ("lenalidomide", "lénalidomide", "two words"), "lenalidomide")
SPELLINGS = (
    "LÉNALIDOMIDE 10 mg",
    "Lénalidomide",
    unicodedata.normalize("NFD", "LÉNALIDOMIDE"),
    unicodedata.normalize("NFD", "lénalidomide"),
    "\uff4cenalidomide",
    "Lenalidomide",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_name_is_found_in_every_spelling(spelling: str) -> None:
    text = {"text": spelling}
    assert MENTION.is_in(json.dumps(text, ensure_ascii=False).encode())
    assert MENTION.is_in(json.dumps(text).encode())
    assert MENTION.is_in(json.dumps(text).upper().replace("\\U", "\\u").encode())


@pytest.mark.parametrize(
    "raw",
    [b'"lenal\\u0069domide', b"\xff L\xc3\x89NALIDOMIDE", b'\\U "60291\\u0030"', b'{"code":"602910"}', b"Two  Words"],
)
def test_a_broken_or_escaped_text_still_mentions_it(raw: bytes) -> None:
    assert MENTION.is_in(raw)


@pytest.mark.parametrize(
    "raw", [b"", b'"1191"', b"602910", b"aspirin \\u00e9 \xff \\u12 \\UFFFFFFFF \\", "naïve".encode()]
)
def test_other_texts_do_not(raw: bytes) -> None:
    assert not MENTION.is_in(raw)


@pytest.mark.parametrize("raw", [b"\\u00e9" * 100_000, "é".encode() * 300_000, b'"' * 600_000, b"\\" * 600_000])
def test_a_long_text_is_searched_in_linear_time(raw: bytes) -> None:
    began = time.thread_time()
    MENTION.is_in(raw)
    assert time.thread_time() - began < 0.5
