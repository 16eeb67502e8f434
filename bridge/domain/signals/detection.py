"""Detection: run every pack over a message and keep, for each signal, the first match that is meant.

It must never raise on any text, nor do more than bounded work. The rules of meaning are in
`scopes`; what the signals lead to is in `bridge.domain.policy`.
"""

from collections.abc import Sequence

from bridge.domain.signals.emphasis import find_shouting
from bridge.domain.signals.folding import Folded, fold
from bridge.domain.signals.names import SIGNAL_NAMES, Signal, SignalName
from bridge.domain.signals.pack import Pack
from bridge.domain.signals.patterns import find_all
from bridge.domain.signals.reading import Reading, read
from bridge.domain.signals.scopes import Scopes
from bridge.domain.signals.tokens import Words, cut


def detect(text: str, packs: Sequence[Pack]) -> tuple[Signal, ...]:
    """The signals in `text`, at most one a name, in the order of `SIGNAL_NAMES`."""
    return detect_in(text, read_with(fold(text), packs))


def detect_in(text: str, readings: Sequence[tuple[Reading, Pack]]) -> tuple[Signal, ...]:
    evidence: dict[SignalName, str] = {}
    cheerful = False
    for reading, pack in readings:
        cheerful = cheerful or bool(reading.present & pack.lexicon.bit("cheerful"))
        scopes = Scopes(reading, pack)
        for name, pattern in pack.rules.candidates(reading):
            if name in evidence:
                continue
            for match in find_all(pattern, reading):
                if scopes.accept(name, match, pack.rules.vetoes[name]):
                    evidence[name] = reading.words.original(*match)
                    break
    if "frustration" not in evidence and not cheerful and (shouted := find_shouting(text)):
        evidence["frustration"] = shouted
    return tuple(Signal(name, evidence[name]) for name in SIGNAL_NAMES if name in evidence)


def read_with(folded: Folded, packs: Sequence[Pack]) -> list[tuple[Reading, Pack]]:
    """One reading a pack; packs that cut on spaces share the cutting."""
    spaced: Words | None = None
    readings = []
    for pack in packs:
        if pack.cutter is not None:
            words = cut(folded, pack.cutter)
        else:
            words = spaced = spaced or cut(folded)
        readings.append((read(words, pack.lexicon), pack))
    return readings
