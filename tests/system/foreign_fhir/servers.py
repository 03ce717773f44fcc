"""FHIR servers that this project did not write, run as processes of their own and filled with the fixture cases."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from cds_service.commands.fixtures import FOLDER as FIXTURES
from cds_service.commands.fixtures import Fixture, resources
from tests.system.foreign_fhir.java import java
from tests.system.foreign_fhir.node import FOLDER as SCRIPTS
from tests.system.foreign_fhir.node import node

PAGE = 2
"""The most resources that one page of a search holds."""
_MARK = "/fhir/Basic/mark"
_KINDS = ("Patient", "Observation", "Condition", "Procedure", "MedicationRequest", "MedicationStatement")


class Server(Protocol):
    """A running server."""

    origin: str

    def base(self, case: Fixture) -> str:
        """The address below which the resources of a case stand."""

    def seen(self) -> list[str]:
        """The requests since the last look, as "METHOD path", the path below the base."""


class Medplum:
    """Medplum's FHIR router: a repository for each case, which the script reads from the fixtures itself."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.origin = f"http://127.0.0.1:{int(_line(process))}"

    def base(self, case: Fixture) -> str:
        """The case's own repository."""
        return f"{self.origin}/{case.name}"

    def seen(self) -> list[str]:
        """The requests, which the script remembers."""
        with urllib.request.urlopen(f"{self.origin}/seen", timeout=10) as answer:
            found: list[str] = json.load(answer)
        return [f"{method} /{path.split('/', 2)[2]}" for method, path in (line.split(" ") for line in found)]


class Hapi:
    """HAPI FHIR's JPA server: one repository, into which a case is written when it is asked for."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.origin = f"http://127.0.0.1:{int(_line(process))}"
        # The first search of a kind takes seconds; the client under test waits four.
        for kind in _KINDS:
            urllib.request.urlopen(f"{self.origin}/fhir/{kind}?_count=1", timeout=120).close()
        self.seen()

    def base(self, case: Fixture) -> str:
        """The one repository, with the case's resources in it, over those of another case with the same ids."""
        held = {f"{one['resourceType']}/{one['id']}": one for one in resources([case])}
        entries = [{"resource": one, "request": {"method": "PUT", "url": url}} for url, one in held.items()]
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
        headers = {"Content-Type": "application/fhir+json"}
        request = urllib.request.Request(f"{self.origin}/fhir", json.dumps(bundle).encode(), headers)
        with urllib.request.urlopen(request, timeout=120):
            self.seen()
        return f"{self.origin}/fhir"

    def seen(self) -> list[str]:
        """The requests, which the server prints before it answers them, up to one made here."""
        try:
            urllib.request.urlopen(f"{self.origin}{_MARK}", timeout=10).close()
        except urllib.error.HTTPError as error:
            error.close()
        found = []
        while _MARK not in (line := _line(self.process)):
            found.append(line.replace("/fhir", "", 1))
        return found


def _line(process: subprocess.Popen[str]) -> str:
    """The next line that a server prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, "the server has ended"
    return line.rstrip("\n")


@contextmanager
def running(name: str) -> Iterator[Server]:
    """The server of a name, on a port that it chose, until the block ends."""
    if name == "hapi":
        command, kind = java("HapiServer.java", str(PAGE)), Hapi
    else:
        command, kind = [node(), str(SCRIPTS / "server.js"), str(FIXTURES), str(PAGE)], Medplum
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield kind(process)
        finally:
            process.terminate()
