"""Who is on call, in words that every desk uses."""

from collections.abc import Callable
from datetime import datetime

from bridge.ports import OnCall


def on_call_words(on_call: OnCall, name: Callable[[str], str], when: Callable[[datetime], str]) -> str:
    """`name` and `when` show a name and a moment as the desk's platform does."""
    if on_call.agents:
        return f"On call: {', '.join(name(agent.name) for agent in on_call.agents)}"
    if on_call.staffed:
        return "On call: everybody in the channel"
    return f"Nobody is on call{f' until {when(on_call.next_start)}' if on_call.next_start else ''}"
