"""What all sections of the settings share: no unknown key, frozen, an empty value is a missing one."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


class Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True, populate_by_name=False
    )

    @model_validator(mode="before")
    @classmethod
    def _empty_is_missing(cls, values: Any) -> Any:
        return without_empty(cls, values)


def without_empty(model: type[BaseModel], values: Any) -> Any:
    """`key:` with nothing behind it counts as not written. Unknown keys stay, to be complained about."""
    if not isinstance(values, dict):
        return values
    known = {field.alias or name for name, field in model.model_fields.items()}
    return {key: value for key, value in values.items() if value is not None or key not in known}


def is_off(value: Any) -> bool:
    return value is False or (isinstance(value, str) and value.lower() in ("off", "no", "false"))


def is_on(value: Any) -> bool:
    return value is True or (isinstance(value, str) and value.lower() in ("on", "yes", "true"))


def _switch(value: Any) -> Any:
    """A whole section as one word: `off` is None, `on` its defaults."""
    if is_off(value):
        return None
    return {} if is_on(value) else value


Switch = BeforeValidator(_switch)
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
AmountOrOff = Annotated[Amount | None, BeforeValidator(lambda value: None if is_off(value) else value)]
