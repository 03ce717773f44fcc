"""Opens a label file of whatever form and says what it is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cds_service.labels.label import MAX_BYTES, Label, LabelFileError
from cds_service.labels.smpc import read_smpc
from cds_service.labels.spl import read_openfda, read_spl_xml

EXPECTED = "openFDA JSON or SPL XML of a US label, or the text of an SmPC"


def read_label(path: Path, substances: Iterable[str]) -> Label:
    """The label in a file: openFDA's JSON, SPL XML, or the text of an SmPC, told apart by how the file begins.

    Args: the file; the drug's names (lower case), one of which the product must bear.
    Raises: LabelFileError naming the file, what was expected and what was found.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            size = path.stat().st_size / 1e6
            raise LabelFileError(f"is {size:.0f} MB: a label is at most {MAX_BYTES / 1e6:.0f} MB; expected {EXPECTED}")
        content = path.read_bytes()
        head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
        lowered = head[:200].lower()
        if lowered.startswith((b"<!doctype html", b"<html")) or b"<html" in lowered:
            raise LabelFileError(
                "is a web page (HTML): download the label itself as openFDA JSON or SPL XML, or the SmPC's text"
            )
        if head.startswith(b"%PDF"):
            raise LabelFileError("is a PDF: give the text of its pages (pdftotext)")
        if head.startswith(b"{"):
            return read_openfda(content, substances)
        if head.startswith(b"<"):
            return read_spl_xml(content, substances)
        if not content.strip() or head.startswith((b"[", b'"')) or b"\0" in head:
            raise LabelFileError(f"is empty, or neither JSON of one label nor text in UTF-8: expected {EXPECTED}")
        return read_smpc(content, substances)
    except OSError as error:
        raise LabelFileError(f"{path.name}: cannot be read: {error.strerror}") from error
    except LabelFileError as error:
        raise LabelFileError(f"{path.name}: {error}") from error
