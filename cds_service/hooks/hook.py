"""What a hook is to the pipeline: whether it brings draft orders, and where they stand in its context.

One short description per hook; a drug opts in by naming the hook in its drug.toml.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of the standard. `orders_in` is the context member that holds draft orders, "" where there is none."""

    name: str
    version: str
    title: str
    description: str
    orders_in: str = ""

    @property
    def has_orders(self) -> bool:
        """Whether the hook is about draft orders."""
        return bool(self.orders_in)


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
        ),
        Hook(
            "order-sign",
            "1.0",
            "{drug}: dose check at signing",
            "Checks a {drug} order before it is signed: indication, blood counts, kidney function, dose and monitoring.",
            "draftOrders",
        ),
    )
}
