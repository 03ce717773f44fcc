"""Does an installation hang on the lock files alone, whatever the registries offer on the day?"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.support.lock import Pin, asked_as_installed, gaps, pins

ROOT = Path(__file__).parents[2]
EXTRAS = {"requirements.lock": ["postgres"], "requirements-dev.lock": ["postgres", "dev"]}
FILES = (*EXTRAS, "requirements-spark.lock")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def roots(extras: list[str]) -> list[str]:
    """What the project asks for: to run, with those extras, and to be built without a build environment of its own."""
    said: dict[str, Any] = tomllib.loads(text("pyproject.toml"))
    optional = said["project"]["optional-dependencies"]
    return said["project"]["dependencies"] + said["build-system"]["requires"] + [r for e in extras for r in optional[e]]


@pytest.mark.parametrize("name", EXTRAS)
def test_a_lock_file_holds_all_that_its_packages_ask_for(name: str) -> None:
    assert [] == gaps(pins(text(name)), roots(EXTRAS[name]), asked_as_installed)


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_its_hashes_and_no_address_is_named(name: str) -> None:
    assert [] == [pin.name for pin in pins(text(name)).values() if not pin.hashes]
    assert None is re.search(r"https?:|--(extra-)?index-url|--find-links", text(name))


@pytest.mark.parametrize("other", ["requirements-dev.lock", "requirements-spark.lock"])
def test_what_is_tested_is_what_is_shipped(other: str) -> None:
    shipped, tested = pins(text("requirements.lock")), pins(text(other))
    assert {name: pin.version for name, pin in shipped.items()} == {
        name: tested[name].version for name in shipped if name in tested
    }


def test_what_a_reader_of_the_pages_installs_is_the_checkout_that_they_edit() -> None:
    """A copy would be neither in force nor under `check` after an edit; an extra without `-e` would make one of it again."""
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    pages += [*(ROOT / "cds_service").rglob("*.py")]
    words = [one for page in pages for one in re.findall(r"pip install ([^&\n`]+)", page.read_text(encoding="utf-8"))]
    of_ours = [one for one in words if re.search(r"(^|\s)'?\.(\[|\s|'|$)", one)]
    assert len(of_ours) > 5
    assert [] == [one for one in of_ours if "-e" not in one.split()]


@pytest.mark.parametrize("name", ["README.md", "Dockerfile"])
def test_every_installation_takes_nothing_but_what_is_pinned(name: str) -> None:
    said = [set(words.split()) for words in re.findall(r"pip install ([^&\n]+)", text(name))]
    assert said
    for words in said:
        assert {"--no-deps", "--require-hashes" if "-r" in words else "--no-build-isolation"} <= words


CLOSED = """
# a comment
web-kit[fast]==2.1 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
Speed.Up==1.5rc1 ; implementation_name != 'none' \\
    --hash=sha256:cc
base==3.0 \\
    --hash=sha256:dd
elsewhere==1 ; sys_platform == 'nowhere' \\
    --hash=sha256:ee
"""
SAYS = {
    "web-kit": [
        "Base>=2,<4",
        "speed_up>=1.0; extra == 'fast'",
        "never-asked; extra == 'slow'",
        "elsewhere; sys_platform == 'nowhere'",
    ],
    "speed-up": [],
    "base": [],
}


def made_up(lock: str, *roots: str) -> list[str]:
    def says(pin: Pin) -> list[str]:
        return SAYS[pin.name]

    return gaps(pins(lock), roots, says)


def test_a_closed_lock_has_no_gaps() -> None:
    assert [] == made_up(CLOSED, "web.kit[fast]>=2", "base")
    assert {"web-kit": 2, "speed-up": 1, "base": 1} == {pin.name: pin.hashes for pin in pins(CLOSED).values()}


@pytest.mark.parametrize(
    ("lock", "gap"),
    [
        (CLOSED.replace("[fast]", ""), "the project asks for web-kit[fast]: web-kit 2.1 is pinned"),
        (CLOSED.replace("base==3.0", "other==3.0"), "web-kit asks for Base<4,>=2: it is not pinned"),
        (CLOSED.replace("base==3.0", "base==4.0"), "web-kit asks for Base<4,>=2: base 4.0 is pinned"),
        (CLOSED.replace("Speed.Up", "other"), 'web-kit asks for speed_up>=1.0; extra == "fast": it is not pinned'),
        (CLOSED.replace("!= 'none'", "== 'none'"), 'web-kit asks for speed_up>=1.0; extra == "fast": it is not pinned'),
        (
            CLOSED.replace("1.5rc1", "1.0rc1"),
            'web-kit asks for speed_up>=1.0; extra == "fast": speed-up 1.0rc1 is pinned',
        ),
    ],
    ids=["an extra", "a package", "a version", "a package of an extra", "a marker", "a version of an extra"],
)
def test_a_lock_that_is_not_closed_says_what_is_missing(lock: str, gap: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SAYS, "other", [])
    assert [gap] == made_up(lock, "web-kit[fast]")


@pytest.mark.parametrize("line", ["base>=3", "base==3.*", "base==3,<4", "base", "base==3\nBASE==3"])
def test_a_line_that_pins_no_single_version_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="pinned"):
        pins(line)


def test_an_installed_package_of_another_version_says_nothing_of_the_pinned_one() -> None:
    (pin,) = pins("pytest==0.0.1").values()
    with pytest.raises(LookupError, match=r"pytest 0\.0\.1 is pinned but"):
        asked_as_installed(pin)
