"""A node of a launch that is started again after it has crashed or was killed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from launch.actions import LogInfo, OpaqueFunction, Shutdown
from launch.events.process import ProcessExited
from launch_ros.actions import Node

from ibrl_ros.ros.launched import START_DELAY
from ibrl_ros.ros.restarting import MAX_QUICK, QUICK_S, Backoff, how_it_failed
from launch import Action, Condition, LaunchContext

#: Returns what a launch does when it does not start a node again.
GivenUp = Callable[[LaunchContext], Sequence[Action]]


def restarted(
    make: Callable[..., Node], name: str, condition: Condition | None, given_up: GivenUp | None
) -> OpaqueFunction:
    """Returns the node that `make` makes, started again as Backoff says.

    After an error that a person must correct the whole launch shuts down.

    Args:
        make: function that makes the node's action anew, with further arguments of Node.
        name: name of the node in messages.
        condition: condition of the first start.
        given_up: what to do when the node is not started again; None: the launch shuts down.
    """
    backoff = Backoff()

    def begin(namespace: str | None, delay_s: float) -> Node:
        started_s = time.monotonic() + delay_s

        def on_exit(event: ProcessExited, context: LaunchContext) -> list[Action]:
            over: list[Action] = [Shutdown(reason=f"{name} has ended")]
            failure = how_it_failed(event.returncode)
            if context.is_shutdown or not failure:
                return over
            again_s = backoff.after(time.monotonic() - started_s)
            if again_s is not None:
                told = LogInfo(msg=f"{name} {failure}; it starts again in {again_s:g} s")
                return [told, begin(namespace, again_s)]
            why = f"{name} {failure}, {MAX_QUICK + 1} times in a row within {QUICK_S:g} s of its start"
            told = LogInfo(msg=f"{why}. It is not started again: its messages above say what to correct")
            return [told, *(given_up(context) if given_up else over)]

        # The node itself waits, so that the launch has a process to end if it ends meanwhile.
        delay = {"additional_env": {START_DELAY: str(delay_s)}} if delay_s else {}
        return make(on_exit=on_exit, namespace=namespace, **delay)

    def first(context: LaunchContext) -> list[Action]:
        # Later starts happen outside the group that has the namespace.
        return [begin(context.launch_configurations.get("ros_namespace"), 0.0)]

    return OpaqueFunction(function=first, condition=condition)
