"""The `routing:` section: the six triggers and the assistant's own request, each on unless `off`."""

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from bridge.domain.policy import POLICY_GROUPS
from bridge.settings.problems import name_nearest
from bridge.settings.section import AmountOrOff, Section, Switch, is_off, is_on
from bridge.settings.values import Slug

Word = Annotated[str, Field(min_length=1, max_length=200)]


class TriggerSection(Section):
    """A trigger without settings of its own. `desk` empty = the default desk."""

    desk: str = ""


class Confidence(TriggerSection):
    answer_at: Annotated[float, Field(ge=0, le=1)] = 0.80


class Group(Section):
    group: Slug
    keywords: tuple[Word, ...] = ()
    desk: str = ""

    @model_validator(mode="after")
    def _can_fire(self) -> Self:
        if self.group not in POLICY_GROUPS and not self.keywords:
            mend = name_nearest(self.group, POLICY_GROUPS)
            raise ValueError(f"the group {self.group} of your own has no keywords; add them ({mend})")
        return self


class Policy(TriggerSection):
    """Written as a list of groups, as `off` (no group), or left out (all shipped groups)."""

    groups: tuple[Group, ...] = tuple(Group(group=name) for name in POLICY_GROUPS)

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {"groups": value}
        if is_off(value):
            return {"groups": []}
        return {} if is_on(value) else value

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = [group.group for group in self.groups]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the group {twice[0]} stands twice; put its keywords together")
        return self


class Customers(TriggerSection):
    tags: tuple[Word, ...] = ("vip",)
    lifetime_value: AmountOrOff = 5000
    accounts: tuple[Word, ...] = ()


class BuyingIntent(TriggerSection):
    cart_value: AmountOrOff = 500
    qualified: bool = True


class RoutingSection(Section):
    desk: str = ""
    """The default desk; may be left out where there is only one."""
    confidence: Annotated[Confidence | None, Switch] = Confidence()
    person_request: Annotated[TriggerSection | None, Switch] = TriggerSection()
    policy: Policy = Policy()
    customers: Annotated[Customers | None, Switch] = Customers()
    tool_failure: Annotated[TriggerSection | None, Switch] = TriggerSection()
    assistant_request: Annotated[TriggerSection | None, Switch] = TriggerSection()
    buying_intent: Annotated[BuyingIntent | None, Switch] = BuyingIntent()
