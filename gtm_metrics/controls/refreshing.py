"""The refresh of a new week, in one thread of the process: a page opens at once and shows how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from gtm_metrics.journal import JournalError
from gtm_metrics.refresh import Outcome
from gtm_metrics.refresh.counting import Tell
from gtm_metrics.warehouse import WarehouseError

_one_at_a_time = threading.Lock()


@dataclass(eq=False)
class Refreshing:
    """A refresh that goes on by itself, and may be stopped with the process at any moment: it writes at its end.

    steps   how many lines of progress it tells, as far as that is known; `lines` those it has told
    why     why there is nothing to judge; `failed` why it could not be done
    """

    steps: int
    lines: list[str] = field(default_factory=list)
    why: str = ""
    failed: str = ""
    _over: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def going(self) -> bool:
        """Whether it is not done yet."""
        return not self._over.is_set()

    @property
    def share(self) -> float:
        """How far it is, 0 to 1; never 1 before it is over."""
        return min(len(self.lines) / (self.steps + 1), 0.97) if self.going else 1.0

    def wait(self, seconds: float) -> None:
        """Waits for its end, but no longer than this."""
        self._over.wait(seconds)

    def begin(self, act: Callable[[Tell], Outcome]) -> Refreshing:
        """Starts the act; of several in one process one runs at a time."""

        def run() -> None:
            try:
                with _one_at_a_time:
                    self.why = act(self.lines.append).why
            except (WarehouseError, JournalError) as trouble:
                self.failed = str(trouble)
            except Exception as wrong:
                self.failed = f"the refresh broke off: {type(wrong).__name__}: {wrong}"
                raise
            finally:
                self._over.set()

        threading.Thread(target=run, daemon=True, name="the weekly refresh").start()
        return self
