"""Is every binding row of the standard proven or explained, and is what is published current?"""

from __future__ import annotations

from tests.conformance.publish import ADVISED, BINDING, Row, proofs, published, rows

REASONS = ("not applicable: ", "not used", "deviation: ")


def unproven(listed: list[Row], tested: dict[str, list[str]]) -> list[str]:
    """Ids of binding rows with neither a test nor a reason."""
    return [row.id for row in listed if row.level in BINDING and not row.reason and row.id not in tested]


def test_every_shall_row_has_a_test_or_a_reason() -> None:
    assert [] == unproven(rows(), proofs())


def test_the_check_finds_a_row_without_either() -> None:
    bare = Row("X-1", "SHALL NOT", "nothing proves it")
    assert ["X-1"] == unproven([bare], {})
    assert [] == unproven([bare], {"X-1": ["a test"]})


def test_at_least_fifteen_should_rows_are_tested() -> None:
    tested = proofs()
    assert len([row for row in rows() if row.level in ADVISED and row.id in tested]) >= 15


def test_every_row_has_a_test_or_a_reason_and_every_reason_its_kind() -> None:
    tested = proofs()
    assert [] == [row.id for row in rows() if not row.reason and row.id not in tested]
    assert [] == [row.id for row in rows() if row.reason and not row.reason.startswith(REASONS)]


def test_marks_and_rows_name_each_other() -> None:
    ids = [row.id for row in rows()]
    assert len(ids) == len(set(ids))
    assert set() == set(proofs()) - set(ids)


def test_what_is_published_is_current() -> None:
    stale = [path.name for path, text in published().items() if not path.is_file() or path.read_text("utf-8") != text]
    assert [] == stale, "python -m tests.regenerate published"
