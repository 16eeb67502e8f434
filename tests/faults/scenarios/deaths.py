"""1, 2: the process dies between the commit and Slack, and between Slack and its mark."""

from tests.faults import crashes
from tests.faults.crashes import Story
from tests.faults.scenarios.ground import Ground
from tests.faults.scenarios.scenario import scenario


async def _killed(ground: Ground, story: Story) -> str:
    program = await ground.program()
    return await story(program)


@scenario(1, "kill -9 of `serve` after the commit, before the post to Slack; started again")
async def killed_before_the_post(ground: Ground) -> str:
    return await _killed(ground, crashes.before_the_card)


@scenario(2, "kill -9 of `serve` after Slack took the card, before it is marked sent; started again")
async def killed_after_the_post(ground: Ground) -> str:
    return await _killed(ground, crashes.after_the_card)
