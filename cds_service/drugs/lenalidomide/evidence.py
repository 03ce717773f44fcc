"""One sentence of evidence, with where it comes from, for the cards that it helps: start, lower dose, neutropenia in MDS."""

from __future__ import annotations

from collections.abc import Sequence

from cds_service.drugs.lenalidomide.indication import Indication
from cds_service.drugs.lenalidomide.rulebook import RULES

STARTING = ("GL-MDS003", "S0-KARYOTYPE")
THIS_KARYOTYPE = {True: "Here it is the only abnormality.", False: "Here there are additional abnormalities."}
LOWER_DOSE = ("S2-REDUCTION", "GL-MDS004")
NEUTROPENIA = ("S4-GCSF",)
LABEL_LOWER = ("S4-REDUCE",)


def cited(rule_ids: Sequence[str]) -> str:
    """The sentences of some rules, each with its source in brackets."""
    return " ".join(f"{RULES[rule_id].text} ({RULES[rule_id].section})" for rule_id in rule_ids)


def evidence(message: str, indication: str, rules: Sequence[str]) -> str:
    """What a card of this message may add; empty outside MDS and where there is nothing to add.

    Args: the message's key, the indication's name, the rules of the decision.
    """
    if not indication.startswith("mds"):
        return ""
    if message.startswith(("resume", "reduce")):
        return cited((*LOWER_DOSE, *LABEL_LOWER) if message == "reduce" else LOWER_DOSE)
    if message in ("hold", "remain-on-hold") and any("-ANC" in rule for rule in rules) and "EU-GCSF" not in rules:
        return cited(NEUTROPENIA)
    return ""


def expectation(indication: Indication) -> str:
    """What may be expected of a start; it differs by the karyotype. Empty outside MDS with del(5q)."""
    if not indication.has_del5q:
        return ""
    here = "" if indication.is_isolated is None else THIS_KARYOTYPE[indication.is_isolated]
    return f"{cited(STARTING)} {here}".strip()
