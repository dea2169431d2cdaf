"""What every report looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping, Sequence

    from beancount.core.data import Directive

    from beancount_milestones.contract import Register


@dataclass(frozen=True, slots=True)
class Books:
    """Everything that a report looks at."""

    register: Register
    #: All of them: what may be filtered goes through `settlement.unfiltered` first.
    entries: Sequence[Directive]
    options: Mapping[str, Any]
    as_of: datetime.date
