"""The voice: what the bridge says to customers, and what it suggests that agents say.

Words are Jinja2 templates, `words/<language>/notices/<name>.txt` and
`words/<language>/suggestions/<trigger>[.<group>].txt`; a tenant's folder of the same shape goes
first. Templates say only what the state that calls for them makes true; they must never promise more.
A customer's words are values in them, never template text.
"""

from bridge.voice.facts import NOTICE_FACTS, SUGGESTION_FACTS
from bridge.voice.flaws import Flaw, VoiceError
from bridge.voice.speaking import TenantVoice

__all__ = ["NOTICE_FACTS", "SUGGESTION_FACTS", "Flaw", "TenantVoice", "VoiceError"]
