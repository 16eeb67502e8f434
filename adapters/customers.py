"""What a tenant's own systems say of a customer, in the body of a signed request."""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from adapters.http import problem
from bridge.domain.model import Profile

MAX_NAME = 200


def _empty(value: object) -> object:
    return "" if value is None else value


Short = Annotated[str, BeforeValidator(_empty), Field(max_length=MAX_NAME)]


class CustomerFacts(BaseModel):
    """What the tenant says of a customer. Keys that are not known are left alone; null is absent."""

    model_config = ConfigDict(strict=True, extra="ignore", hide_input_in_errors=True)

    id: Short = ""
    name: Short = ""
    email: Short = ""
    phone: Short = ""
    language: Short = ""
    timezone: Short = ""
    tags: list[Annotated[str, Field(max_length=MAX_NAME)]] | None = Field(default=None, max_length=50)
    lifetime_value: float | None = Field(default=None, ge=0, lt=1e15)
    account: Short = ""

    def profile(self) -> Profile:
        return Profile(
            verified=True,
            name=self.name,
            email=self.email,
            phone=self.phone,
            language=self.language,
            timezone=self.timezone,
            tags=tuple(self.tags or ()),
            lifetime_value=self.lifetime_value,
            account=self.account,
        )


def read_customer(told: object) -> CustomerFacts:
    """Raises a 400 that names the field."""
    try:
        return CustomerFacts.model_validate(told)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(["customer", *map(str, first["loc"])])
        raise problem(400, "bad_field", f"'{where}': {first['msg']}.") from None
