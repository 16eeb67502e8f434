"""Signals: cues in a customer's own words, each with the words that fired it.

Pure: text and packs in, signals out. A pack is one language as data (`packs/*.toml`); the rules
are here, apart from the phrases, and know no language. It must never ask which language a message
is in (mixed ones are common): every pack it is given reads every message. The walk goes on in
`bridge.domain.policy`, which turns signals into triggers.
"""

from bridge.domain.signals.detection import detect
from bridge.domain.signals.keywords import find_keywords
from bridge.domain.signals.names import SIGNAL_NAMES, Signal, SignalName
from bridge.domain.signals.pack import Pack, available_languages, load_packs, parse_pack
from bridge.domain.signals.replies import hear, read_reply

__all__ = [
    "SIGNAL_NAMES",
    "Pack",
    "Signal",
    "SignalName",
    "available_languages",
    "detect",
    "find_keywords",
    "hear",
    "load_packs",
    "parse_pack",
    "read_reply",
]
