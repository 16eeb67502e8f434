"""What every desk's buttons carry: which handoff they were made for, and in which epoch."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bridge.domain.ids import ConversationId, split_handoff_id


class HandoffTarget(BaseModel):
    """From outside, so nothing of it is believed: it is looked up at the desk where the press came from."""

    model_config = ConfigDict(strict=True, frozen=True)

    handoff: str = Field(max_length=64)
    epoch: int = Field(ge=0, lt=2**53)

    @field_validator("handoff")
    @classmethod
    def _names_one(cls, handoff: str) -> str:
        if split_handoff_id(handoff) is None:
            raise ValueError("no handoff's id")
        return handoff

    @property
    def conversation(self) -> ConversationId:
        return self._parts[0]

    @property
    def number(self) -> int:
        return self._parts[1]

    @property
    def _parts(self) -> tuple[ConversationId, int]:
        parts = split_handoff_id(self.handoff)
        assert parts is not None
        return parts
