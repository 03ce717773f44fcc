"""Does the watchman give up what takes too long, and nothing else?"""

from __future__ import annotations

import io
import socket
from time import monotonic

import pytest

from cds_service.api.reading import CROWDED_SECONDS, TOTAL_SECONDS, WatchedInput, Watchman


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread of its own: the test says when time has passed."""
    monkeypatch.setattr(Watchman, "_watch", lambda self: None)


@pytest.mark.usefixtures("quiet")
def test_a_request_is_given_up_after_the_total_deadline_only() -> None:
    watchman = Watchman(crowd=8)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ticket = watchman.enter(ours)
        watchman.give_up_overdue(monotonic() + TOTAL_SECONDS - 1)
        assert not ticket.is_given_up
        watchman.give_up_overdue(monotonic() + TOTAL_SECONDS + 1)
        assert ticket.is_given_up
        assert b"" == ours.recv(1)


@pytest.mark.usefixtures("quiet")
def test_in_a_crowd_only_the_oldest_beyond_it_are_given_up_early() -> None:
    watchman = Watchman(crowd=2)
    pairs = [socket.socketpair() for _ in range(3)]
    tickets = [watchman.enter(ours) for ours, _ in pairs]
    watchman.give_up_overdue(monotonic() + CROWDED_SECONDS + 0.1)
    assert [True, False, False] == [ticket.is_given_up for ticket in tickets]
    for ours, theirs in pairs:
        ours.close()
        theirs.close()


@pytest.mark.usefixtures("quiet")
def test_a_body_read_to_its_end_is_no_longer_watched() -> None:
    watchman = Watchman(crowd=0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ticket = watchman.enter(ours)
        body = WatchedInput(io.BytesIO(b"1234"), 4, watchman)
        assert b"12" == body.read(2)
        assert b"34" == body.read(2)
        watchman.give_up_overdue(monotonic() + TOTAL_SECONDS + 1)
        assert not ticket.is_given_up


def test_a_broken_body_is_an_os_error_whatever_the_server_calls_it() -> None:
    class Broken:
        def read(self, size: int = -1, /) -> bytes:
            raise RuntimeError("bad chunk")

    with pytest.raises(OSError, match="cannot be read"):
        WatchedInput(Broken(), None, Watchman(crowd=1)).read()
