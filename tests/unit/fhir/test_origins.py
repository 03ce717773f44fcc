"""Links of a page that are no addresses, and servers that are none: nothing is called, and nothing fails."""

import pytest

from cds_service.fhir.origins import origin_of, page_address

BASE = "https://fhir.example.org/fhir/"
NO_URLS = ("http://[20]/", "http://[", "//[", "http://a\u2100b/", "https://[::1", "http://]/")


@pytest.mark.parametrize("text", NO_URLS)
def test_a_link_that_is_no_url_is_no_page(text: str) -> None:
    assert "" == page_address(BASE, text)


@pytest.mark.parametrize("text", NO_URLS)
def test_no_page_belongs_to_a_server_that_is_no_url(text: str) -> None:
    assert ["", ""] == [page_address(text, link) for link in ("?page=2", f"{BASE}?page=2")]


@pytest.mark.parametrize("text", [each for each in NO_URLS if each != "http://[20]/"])
def test_what_is_no_url_has_no_origin(text: str) -> None:
    assert "" == origin_of(text)


def test_a_relative_link_is_a_page_of_the_server() -> None:
    assert "https://fhir.example.org/fhir/?page=2" == page_address(BASE, "?page=2")
