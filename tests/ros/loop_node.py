"""Started by test_runner: a node that says when it runs, and ends in the way that its argument says."""

from __future__ import annotations

import sys
import threading
import time

from ibrl_ros.ros.runner import LoopNode, UserError, run


class SomeNode(LoopNode):
    def __init__(self) -> None:
        super().__init__("some_node")
        self._how = self.setting("how", "wait")
        if self._how == "user_error_at_birth":
            raise UserError("plug it in")
        if self._how == "slow_birth":
            print("being born", flush=True)
            time.sleep(2)
        self.one_thread = self._how.endswith("in_one_thread")
        self._threads: set[threading.Thread] = set()
        if self._how.startswith("callback_fails"):
            self.create_timer(0.05, self._fail)
        if self._how.startswith("count"):
            self.create_timer(0.05, self._count)

    def loop(self) -> None:
        print("running", flush=True)
        if self._how == "user_error":
            raise UserError("plug it in")
        if self._how == "fault":
            raise ZeroDivisionError("a fault of ours")
        if self._how.startswith("count"):
            time.sleep(0.2)
            print(f"while at work {len(self._threads)}", flush=True)
            with self.changed:
                well = self.changed.wait_for(lambda: bool(self._threads), 20.0)
                late = self.changed.wait_for(lambda: False, 0.1)
            print(f"while waiting {well} {late} {self._threads == {threading.main_thread()}}", flush=True)
        super().loop()

    def _count(self) -> None:
        self._threads.add(threading.current_thread())
        self.notify()

    def close(self) -> None:
        time.sleep(0.3)  # so that a second signal comes while it closes
        print("closed", flush=True)

    def _fail(self) -> None:
        raise ZeroDivisionError("a fault of ours")


if __name__ == "__main__":
    run(SomeNode)
    sys.exit(99)
