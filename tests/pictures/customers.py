"""Who writes in the scenes, and what: the ordinary, and what is hard to show."""

from dataclasses import dataclass, field
from typing import Any

FAMILY, FLAG, ACCENTS = "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "e\u0301" * 3


@dataclass(frozen=True)
class Customer:
    says: str
    profile: dict[str, Any] = field(default_factory=dict)
    by_button: bool = False
    """Asks for a person with the channel's own button, not in words."""


MARIA = Customer(
    "I want a refund for order AC-1042, the tent arrived with a broken pole.",
    {
        "name": "María Fernández",
        "language": "en",
        "timezone": "Europe/Madrid",
        "lifetime_value": 1_840,
        "tags": ["returning", "newsletter"],
        "email": "maria@example.com",
    },
)
JOE = Customer("can I talk to someone?", {"name": "Joe Park"})
NOBODY = Customer("human please")
LONG = Customer(
    "I want a refund. " + "The tent leaks at every seam, and nobody told me that it would. " * 60,
    {
        "name": "Maximilian-Alexander von und zu Hohenstein-Wolkenburg the Third of Somewhere",
        "account": "Globex International Holdings and Subsidiaries Incorporated",
        "tags": [f"segment-{number}" for number in range(12)],
        "lifetime_value": 12_345_678,
        "email": "maximilian-alexander.von-und-zu-hohenstein-wolkenburg@subsidiaries.globex.example",
    },
)
ARABIC = Customer(
    "أريد استرداد المبلغ عن الطلب AC-1042، وصلت الخيمة وعمودها مكسور (٢ من ٣).",
    {"name": "أمل الحسيني", "language": "ar", "timezone": "Asia/Dubai"},
    by_button=True,
)
EMOJI = Customer(
    f"I want a refund {FAMILY}{FLAG} for the tent of <!channel> **and** <at>all</at> {ACCENTS} "
    + FAMILY * 60,
    {"name": f"{FAMILY} <@U1> *Zoë* {FLAG}"},
)
