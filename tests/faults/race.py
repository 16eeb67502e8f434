"""The race that others leak in: an answer of the AI against an agent's claim, in many interleavings.

    python -m tests.faults.race [--count 400]

The same interleavings are run twice over the real rules (`decide`): as the bridge does it, where an answer is
decided in the commit that would send it; and as a check-then-send, kept here as the foil, which asks whether
anybody has claimed, and sends a moment later. An interleaving is when, between the AI's answer, its check and
its sending, the claim commits.
"""

import argparse
import random
import sys
from dataclasses import dataclass

from bridge.domain.events import AnswerArrived
from bridge.domain.model import Answer, Author, EntryKind, Mode
from tests.domain.play import Play

SAID = "We open at nine."
STEPS = ("the AI answers", "the check", "the sending")


@dataclass(frozen=True, slots=True)
class Race:
    """When the claim commits: before step `claim` of STEPS (3: after all), and after how many messages."""

    claim: int
    messages: int


def drawn(seed: str, count: int) -> list[Race]:
    chance = random.Random(seed)
    return [Race(chance.randrange(len(STEPS) + 1), chance.randint(1, 4)) for _ in range(count)]


def _asked(race: Race) -> tuple[Play, AnswerArrived]:
    play = Play()
    for number in range(race.messages):
        play.says(f"question {number}")
    conv, asked = play.conv, play.asked
    arrived = AnswerArrived(
        tenant=conv.tenant,
        conversation=conv.id,
        epoch=asked.epoch,
        turn=asked.turn,
        upto=asked.upto,
        result=Answer(SAID, 0.95),
    )
    return play, arrived


def _claimed(play: Play) -> None:
    play.says("let me talk to a human")
    play.claims()


def product(race: Race) -> bool:
    """Whether the AI's text was said over the person. Check and sending are one commit here."""
    play, arrived = _asked(race)
    for step in range(len(STEPS)):
        if race.claim == step:
            _claimed(play)
        if STEPS[step] == "the sending":
            play.put(arrived)
    return _leaked(play)


def foil(race: Race) -> bool:
    """Check, then send."""
    play, _ = _asked(race)
    free, leaked = True, False
    for step, name in enumerate(STEPS):
        if race.claim == step:
            _claimed(play)
        if name == "the check":
            free = play.conv.mode is Mode.ASSISTANT
        if name == "the sending" and free:
            leaked = play.conv.mode is Mode.HUMAN
    return leaked


def _leaked(play: Play) -> bool:
    mine = [e for e in play.entries if e.kind is EntryKind.MESSAGE and e.author is Author.ASSISTANT]
    claimed = [e.seq for e in play.entries if e.state is not None and e.state.mode is Mode.HUMAN]
    return any(e.seq > claimed[0] for e in mine if claimed)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.race", description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    races = drawn(options.seed, options.count)
    leaks = {
        name: sum(map(run, races)) for name, run in (("check, then send", foil), ("the bridge", product))
    }
    for name, leaked in leaks.items():
        print(f"{name:<18} {len(races)} interleavings, {leaked} answers over the agent")
    return 1 if leaks["the bridge"] or not leaks["check, then send"] else 0


if __name__ == "__main__":
    sys.exit(main())
