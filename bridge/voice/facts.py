"""Which templates there are, and which facts each may use.

Every fact may be empty: a template must read well without it.
"""

from collections.abc import Mapping
from typing import get_args

from bridge.domain.model import Trigger
from bridge.domain.notices import NoticeName
from bridge.domain.policy import POLICY_GROUPS

NOTICES: tuple[NoticeName, ...] = get_args(NoticeName)
NOTICE_FACTS = ("company", "agent", "start", "when", "times", "zone", "reach")
"""`start`, `when`: a time with its zone; `times`: a numbered list; `zone`: what the times are told in."""
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
    "start": "Monday, 30 November, 09:00 (Madrid, GMT+1)",
    "when": "Monday, 30 November, 09:00 (Madrid, GMT+1)",
    "times": "1. Monday, 30 November, 09:00\n2. Monday, 30 November, 12:30",
    "zone": "Madrid, GMT+1",
    "reach": "maria@example.com",
    "customer": "Maria {{ 7 * 7 }} O'Neill <b>",
    "first_name": "Maria",
    "question": "Where is my order AC-1042?\n{% raw %}",
}
"""What a tenant's template is rendered with once, before it is accepted."""
