"""One sentence of evidence, with where it comes from, for the cards that it helps: start, lower dose, neutropenia in MDS."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.dosing.rulebook import Rules
from cds_service.dosing.treatment.situation import Situation
from cds_service.drugs.lenalidomide.indication import indication_of

STARTING = ("GL-MDS003", "S0-KARYOTYPE")
THIS_KARYOTYPE = {True: "Here it is the only abnormality.", False: "Here there are additional abnormalities."}
LOWER_DOSE = ("S2-REDUCTION", "GL-MDS004")
NEUTROPENIA = ("S4-GCSF",)
LABEL_LOWER = ("S4-REDUCE",)


def cited(rules: Rules, rule_ids: Sequence[str]) -> str:
    """The sentences of some rules, each with its source in brackets."""
    return " ".join(f"{rules[rule_id].text} ({rules[rule_id].section})" for rule_id in rule_ids)


def evidence(rules: Rules, message: str, indication: str, rule_ids: Sequence[str]) -> str:
    """What a card of this message may add; empty outside MDS and where there is nothing to add.

    Args: the rules in force, the message's key, the indication's name, the rules of the decision.
    """
    if not indication.startswith("mds"):
        return ""
    if message.startswith(("resume", "reduce")):
        return cited(rules, (*LOWER_DOSE, *LABEL_LOWER) if message == "reduce" else LOWER_DOSE)
    if (
        message in ("hold", "remain-on-hold")
        and any("-ANC" in rule_id for rule_id in rule_ids)
        and "EU-GCSF" not in rule_ids
    ):
        return cited(rules, NEUTROPENIA)
    return ""


def expectation(of: Situation) -> str:
    """What may be expected of a start; it differs by the karyotype. Empty outside MDS with del(5q)."""
    indication = indication_of(of.facts)
    if not indication.has_del5q:
        return ""
    here = "" if indication.is_isolated is None else THIS_KARYOTYPE[indication.is_isolated]
    return f"{cited(of.rules, STARTING)} {here}".strip()
