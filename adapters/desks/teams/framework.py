"""Bot Framework, as the switch between what was verified and read, and what listens to it.

The only module that knows its SDK, which is retired (docs/decisions): the token was checked, the activity
read and its answer is sent by us, so the SDK opens no connection and holds no state. Listeners finish
before the answer leaves: what Teams is told to have arrived is committed.
"""

from typing import Any, Protocol

from botbuilder.core import ActivityHandler, BotAdapter, InvokeResponse, TurnContext
from botbuilder.schema import Activity, ActivityTypes, ResourceResponse

from adapters.desks.teams.incoming import Changed, Ignored, Incoming, Installed, Line, Press

_INCOMING = "handoff-bridge.incoming"
_ANSWER = "handoff-bridge.answer"


class Listeners(Protocol):
    async def pressed(self, press: Press, *, answered: bool) -> dict[str, Any]:
        """The body of an invoke's answer; `answered`: who pressed sees it."""
        ...

    async def wrote(self, line: Line) -> None: ...
    async def changed(self, changed: Changed) -> None: ...
    async def installed(self, installed: Installed) -> None: ...


class Dispatch(ActivityHandler):  # type: ignore[misc]
    """Brings each activity to its listener by the SDK's rules."""

    def __init__(self, listeners: Listeners) -> None:
        super().__init__()
        self._listeners = listeners
        self._adapter = _Silent()

    async def __call__(self, type: str, incoming: Incoming) -> dict[str, Any] | None:
        """The answer's body, where the activity asks for one."""
        if isinstance(incoming, Ignored):
            return None
        context = TurnContext(self._adapter, Activity(type=type, channel_id="msteams"))
        context.turn_state[_INCOMING] = incoming
        await self._adapter.run_pipeline(context, self.on_turn)
        answer: dict[str, Any] | None = context.turn_state.get(_ANSWER)
        return answer

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        body = await self._listeners.pressed(turn_context.turn_state[_INCOMING], answered=True)
        return InvokeResponse(status=200, body=body)

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        incoming = turn_context.turn_state[_INCOMING]
        if isinstance(incoming, Press):
            await self._listeners.pressed(incoming, answered=False)
        else:
            await self._listeners.wrote(incoming)

    async def on_message_update_activity(self, turn_context: TurnContext) -> None:
        await self._listeners.changed(turn_context.turn_state[_INCOMING])

    async def on_message_delete_activity(self, turn_context: TurnContext) -> None:
        await self._listeners.changed(turn_context.turn_state[_INCOMING])

    async def on_installation_update(self, turn_context: TurnContext) -> None:
        await self._listeners.installed(turn_context.turn_state[_INCOMING])


class _Silent(BotAdapter):  # type: ignore[misc]
    """Sends nothing by itself: it keeps an invoke's answer for the request that waits for it."""

    async def send_activities(
        self, context: TurnContext, activities: list[Activity]
    ) -> list[ResourceResponse]:
        for activity in activities:
            if activity.type == ActivityTypes.invoke_response:
                context.turn_state[_ANSWER] = activity.value.body
        return [ResourceResponse() for _ in activities]

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        raise NotImplementedError("the connector updates")

    async def delete_activity(self, context: TurnContext, reference: Any) -> None:
        raise NotImplementedError("the connector deletes")
