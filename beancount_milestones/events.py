"""The kinds of event: one table. To add one, add a row here and a function in `lifecycle`."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple


class Kind(NamedTuple):
    """What an event of a milestone is."""

    name: str
    #: Whether N, how far in all, must, may or must not follow.
    takes: Literal["must", "may", "no"] = "no"
    #: Whether it may carry an invoice number, and whether it bills without one.
    bills: bool = False
    #: Whether a whole contract takes it.
    whole: bool = False
    #: The order on one day, after contracts and change orders (0): what moves earned (1), a deemed
    #: completion (2), what moves billed (3), what lets the rest fall away (4).
    phase: int = 1
    #: Whether it ends the time in which a delivery can be refused, or begins it anew.
    ends_acceptance: bool = False
    #: Other words that people use for it.
    words: tuple[str, ...] = ()


KINDS: Final = (
    Kind("delivered", ends_acceptance=True),
    Kind("rejected", ends_acceptance=True, words=("refused",)),
    Kind("progress", takes="must", bills=True, whole=True, words=("started",)),
    Kind(
        "completed",
        bills=True,
        whole=True,
        ends_acceptance=True,
        words=("done", "finished", "accepted", "approved"),
    ),
    Kind("reopened"),
    Kind("invoiced", takes="may", bills=True, whole=True, phase=3, words=("billed",)),
    Kind("credited", takes="may", bills=True, phase=3, words=("refunded",)),
    Kind("cancelled", whole=True, ends_acceptance=True, words=("canceled",)),
    Kind("waived", whole=True, phase=4, words=("forgiven",)),
)
BY_NAME: Final = {kind.name: kind for kind in KINDS}
NAMES: Final = tuple(BY_NAME)
#: The phase of a deemed completion.
ACCEPTED: Final = 2
#: After all phases of a day.
THE_END: Final = 5
#: Events of a whole contract.
OF_CONTRACTS: Final = tuple(kind.name for kind in KINDS if kind.whole)
#: Events that may carry an invoice number.
BILLING: Final = tuple(kind.name for kind in KINDS if kind.bills)
#: Events after which a delivery is not waiting for its acceptance, but for a new one.
END_ACCEPTANCE: Final = tuple(kind.name for kind in KINDS if kind.ends_acceptance)
#: What people write, and the event that they mean.
OTHER_WORDS: Final = {word: kind.name for kind in KINDS for word in kind.words}
