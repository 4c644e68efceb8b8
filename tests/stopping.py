"""What the tests of resuming share: a callback that stops a run as a kill would."""

from __future__ import annotations

from typing import Any

from tinygrad_np.train.callbacks import Callback


class StopAt(Callback):
    """Stops a run in its tracks after some step: as near to a kill as one process gets."""

    class Stop(Exception):
        pass

    def __init__(self, step: int | None) -> None:
        self.step = step

    def after_step(self, run: Any) -> None:
        if run.step == self.step:
            raise StopAt.Stop
