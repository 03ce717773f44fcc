"""Is every line of an export read once, whatever the pieces, and is what cannot be read said?"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from cds_service.population import export
from cds_service.population.export import ExportFault, Lines, pieces, sources


def write(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


LINES = [b'{"resourceType":"Patient","id":"%d"}' % n + b" " * (n % 5) for n in range(40)]


@pytest.mark.parametrize("size", [1, 7, 36, 37, 38, 100, 10_000])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("is_ended", [True, False])
def test_each_line_is_read_once_however_the_file_is_cut(
    tmp_path: Path, size: int, ending: bytes, is_ended: bool
) -> None:
    write(tmp_path, "Patient.ndjson", ending.join(LINES) + (ending if is_ended else b""))
    read = [line for piece in pieces(sources(tmp_path), size) for line in Lines(piece)]
    assert [line.strip() for line in LINES] == read


def test_a_line_that_is_too_long_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "LONGEST_LINE", 50)
    long = b'{"resourceType":"Patient","id":"' + b"x" * 500 + b'"}'
    write(tmp_path, "Patient.ndjson", b"\n".join([LINES[0], long, LINES[1]]))
    for size in (20, 60, 130, 10_000):
        read, counted = [], 0
        for piece in pieces(sources(tmp_path), size):
            lines = Lines(piece)
            read += [line for line in lines if len(line) < 49]
            counted += lines.too_long
        assert ([LINES[0], LINES[1].strip()], 1) == (read, counted)


def test_a_compressed_file_that_ends_early_gives_what_it_holds_and_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(b"\n".join(LINES * 2000))
    (tmp_path / "Patient.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    (piece,) = pieces(sources(tmp_path), 10)
    lines = Lines(piece)
    read = list(lines)
    assert lines.is_cut_off
    assert 1000 < len(read) < 80_000


def test_a_whole_compressed_file_is_one_piece(tmp_path: Path) -> None:
    write(tmp_path, "Patient.ndjson.gz", b"\n".join(LINES))
    (piece,) = pieces(sources(tmp_path), 10)
    lines = Lines(piece)
    assert (len(LINES), False) == (len(list(lines)), lines.is_cut_off)


def test_systems_are_folders_and_types_stand_in_names(tmp_path: Path) -> None:
    for name in ("Patient.ndjson", "north/1.MedicationRequest.ndjson.gz", "south/part-0001.ndjson"):
        write(tmp_path, name, b"{}")
    write(tmp_path, "readme.txt", b"")
    assert [("", "Patient"), ("north", "MedicationRequest"), ("south", "")] == [
        (source.system, source.kind) for source in sources(tmp_path)
    ]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "holds no .ndjson file"),
        (["Observation.ndjson", "x/Condition_001.ndjson"], "holds no Patient file, only Condition, Observation"),
        (None, "is no folder"),
    ],
)
def test_a_folder_that_is_no_export_is_refused_in_one_line(tmp_path: Path, names: list[str] | None, said: str) -> None:
    for name in names or ():
        write(tmp_path, name, b"{}")
    with pytest.raises(ExportFault) as fault:
        sources(tmp_path if names is not None else tmp_path / "none")
    assert said in fault.value.sentence
    assert fault.value.hint
