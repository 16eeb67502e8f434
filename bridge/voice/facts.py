"""Which templates there are, and which facts each may use.

Every fact may be empty: a template must read well without it.
"""

import re
from collections.abc import Mapping
from typing import get_args

from bridge.domain.model import Trigger
from bridge.domain.policy import POLICY_GROUPS
from bridge.domain.tenant import NoticeName

NOTICES: tuple[NoticeName, ...] = get_args(NoticeName)
NOTICE_FACTS = ("company", "agent", "start")
SUGGESTION_FACTS = ("company", "customer", "first_name", "question")

GROUPS: Mapping[str, tuple[str, ...]] = {
    Trigger.PERSON_REQUEST: ("person_request", "frustration"),
    Trigger.POLICY: POLICY_GROUPS,
    Trigger.CUSTOMER: ("tag", "lifetime_value", "account"),
    Trigger.BUYING_INTENT: ("cart_value", "ready_to_buy", "qualified"),
    Trigger.CONFIDENCE: ("unknown",),
}
"""What a suggestion's name may have after the dot; `policy` also has the tenant's own groups."""

SAMPLE = {
    "company": "Acme Outdoor",
    "agent": "Ana",
    "start": "Monday 09:00 (CET)",
    "customer": "Maria {{ 7 * 7 }} O'Neill <b>",
    "first_name": "Maria",
    "question": "Where is my order AC-1042?\n{% raw %}",
}
"""What a tenant's template is rendered with once, before it is accepted."""

_DAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
_ENGLISH = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WEEKDAY = re.compile(rf"\b(?:{'|'.join(_ENGLISH)})\b")


def in_language(start: str, language: str) -> str:
    """What the core writes as "Monday 09:00 (CET)", with the day in the customer's words."""
    days = _DAYS.get(language)
    return _WEEKDAY.sub(lambda found: days[_ENGLISH.index(found[0])], start) if days else start
