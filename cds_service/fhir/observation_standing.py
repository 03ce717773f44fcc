"""Which results stand: corrected and amended ones replace the others of the same code and moment."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

import msgspec

from cds_service.fhir.observation_codes import Meaning
from cds_service.fhir.observation_moment import Moment, instant_number, is_odd, rank
from cds_service.fhir.observation_values import Observation, Valued
from cds_service.fhir.site_map import SiteMap
from cds_service.fhir.terminology import concepts_of_code


class Result(msgspec.Struct, eq=False):
    """One value of one fact, before it is judged."""

    fact: str
    meaning: Meaning
    body: Valued
    observation: Observation
    moment: Moment


def standing(results: list[Result], site: SiteMap) -> Iterator[Result]:
    """The results without those that a corrected or amended one of the same code and moment replaces.

    A final result replaces a preliminary one only where both give the instant: two results of one day can be two draws. One
    with an odd status is replaced by none.
    """
    if len({(result.fact, result.moment.key) for result in results}) == len(results):
        yield from results
        return
    together: dict[Hashable, list[Result]] = {}
    for result in results:
        together.setdefault((result.fact, result.moment.key), []).append(result)
    for group in (group for several in together.values() for group in _by_codes(several, site)):
        if len(group) == 1:
            yield group[0]
            continue
        best = max(rank(r.observation.status) for r in group)
        is_instant = group[0].moment.when is not None and group[0].moment.when.at is not None
        if best < 3 and not (best == 2 and is_instant):
            yield from group
            continue
        winners = [r for r in group if rank(r.observation.status) == best]
        yield from (r for r in group if is_odd(r.observation.status))
        if best == 3:
            latest = max(instant_number(r.observation.issued) for r in winners)
            winners = [r for r in winners if instant_number(r.observation.issued) == latest]
        yield from winners


def _by_codes(several: list[Result], site: SiteMap) -> Iterable[list[Result]]:
    """The results of one fact and moment, those of the same codes together."""
    if len(several) == 1:
        return (several,)
    groups: dict[Hashable, list[Result]] = {}
    for result in several:
        coding = result.body.code.coding
        known = (c for c in coding if concepts_of_code(c.system, c.code) or site.concepts_of((c,)))
        codes = {coding[0].code} if len(coding) == 1 else {c.code for c in known}
        groups.setdefault(frozenset(codes), []).append(result)
    return groups.values()
