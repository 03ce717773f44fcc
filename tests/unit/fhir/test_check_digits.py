"""Is a code believed by its check digit alone, and is every single slip of the pen found?"""

from __future__ import annotations

import pytest

from cds_service.fhir.check_digits import is_loinc, is_snomed


@pytest.mark.parametrize("code", ["751-8", "57021-8", "2160-0", "709-6", "LA6576-8", "LA26683-5", "LP14449-0"])
def test_a_code_of_loinc_is_known_by_its_digit_and_no_other_digit_will_do(code: str) -> None:
    assert [code[-1]] == [digit for digit in "0123456789" if is_loinc(code[:-1] + digit)]


@pytest.mark.parametrize("code", ["277597005", "109995007", "24484000", "14302001", "900000000000207008"])
def test_an_identifier_of_snomed_is_known_and_no_wrong_digit_is(code: str) -> None:
    assert is_snomed(code)
    slips = [code[:n] + d + code[n + 1 :] for n in range(len(code)) for d in "0123456789" if d != code[n]]
    assert [] == [slip for slip in slips if is_snomed(slip)]


@pytest.mark.parametrize("code", ["277597005", "109995007", "900000000000207008"])
def test_two_neighbours_that_changed_places_are_found(code: str) -> None:
    slips = [code[:n] + code[n + 1] + code[n] + code[n + 2 :] for n in range(len(code) - 1) if code[n] != code[n + 1]]
    assert slips
    assert [] == [slip for slip in slips if is_snomed(slip)]


@pytest.mark.parametrize(
    "text", ["", "-", "7518", "751-88", "751–8", "12345678-0", "751-8 ", "A751-8", "751-x", "７５１-8"]
)
def test_what_has_not_the_form_of_loinc_is_none(text: str) -> None:
    assert not is_loinc(text)


@pytest.mark.parametrize(
    "text", ["", "27759", "0277597005", "277597005 ", "27759700a", "9000000000002070080", "２７７５９７００５"]
)
def test_what_has_not_the_form_of_snomed_is_none(text: str) -> None:
    assert not is_snomed(text)
