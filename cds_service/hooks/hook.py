"""What a hook is to the pipeline: whether it brings orders or new problems, and where they stand in its context.

One short description per hook; a drug opts in by naming the hook in its drug.toml.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds_service.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of the standard, at the version that it is published in.

    `orders_in` is the context member that holds a Bundle of draft orders, `dispatched_in` the one that holds references
    to orders already signed, `problems_in` the one that holds a Bundle of new Conditions; each "" where there is none.
    `may_be_signed`: instead of a draft a client may send the prescription itself. `is_choosing`: a draft may still lack what
    is chosen next, even its medicine. `is_opt_in`: served only where the site names it, because it says what another hook
    says already.
    """

    name: str
    version: str
    title: str
    description: str
    orders_in: str = ""
    dispatched_in: str = ""
    problems_in: str = ""
    may_be_signed: bool = False
    is_choosing: bool = False
    is_opt_in: bool = False

    @property
    def has_orders(self) -> bool:
        """Whether the hook is about orders, drafted or signed."""
        return bool(self.orders_in or self.dispatched_in)


HOOKS = {
    hook.name: hook
    for hook in (
        Hook(
            "patient-view",
            "1.0",
            "{drug}: treatment check when a chart is opened",
            "For a patient on {drug}: what stops or changes treatment today, and blood counts that are due or overdue.",
        ),
        Hook(
            "order-select",
            "1.0",
            "{drug}: dose check while ordering",
            "Checks a {drug} order as it is written: indication, blood counts, kidney function, dose and monitoring.",
            "draftOrders",
            is_choosing=True,
        ),
        Hook(
            "order-sign",
            "1.0",
            "{drug}: dose check at signing",
            "Checks a {drug} order before it is signed: indication, blood counts, kidney function, dose and monitoring.",
            "draftOrders",
        ),
        Hook(
            "order-dispatch",
            "1.1",
            "{drug}: dose check before an order is sent out",
            "Checks a signed {drug} order as it is given to a pharmacy: what stops or changes it, and blood counts.",
            dispatched_in="dispatchedOrders",
        ),
        Hook(
            "medication-refill",
            "0.1.0",
            "{drug}: dose check of a refill",
            "Checks a {drug} refill request: blood counts overdue, the dose in force, days of supply and repeats.",
            "medications",
            may_be_signed=True,
        ),
        Hook(
            "encounter-start",
            "1.0",
            "{drug}: treatment check when an encounter begins",
            "For a patient on {drug}: what stops or changes treatment today, and blood counts that are due or overdue.",
            is_opt_in=True,
        ),
        Hook(
            "problem-list-item-create",
            "0.1.0",
            "{drug}: check of a new problem",
            "For a patient on {drug}: what a problem that was just added to the list stops or changes.",
            problems_in="conditions",
        ),
    )
}


def setting_for(hook: str) -> str:
    """The setting with which a hook is served beside those that need not be named; "" for one of these."""
    always = [name for name, each in HOOKS.items() if not each.is_opt_in]
    return "" if hook in always else f"CDS_SERVICES={','.join([*always, hook])}"


def served(named: frozenset[str], offered: Iterable[str]) -> frozenset[str]:
    """The hooks that a site is served on: those that it names, else all that are offered and need not be named.

    Raises: SettingsError where it names one that is not offered.
    """
    every = frozenset(offered)
    if unknown := sorted(named - every):
        known = ", ".join(name for name in HOOKS if name in every)
        raise SettingsError(
            "CDS_SERVICES", f"No drug is served on {', '.join(unknown)}.", f"Name some of: {known}; or leave it unset."
        )
    return named or frozenset(name for name in every if not HOOKS[name].is_opt_in)
