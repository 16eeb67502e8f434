"""What goes wrong between the bridge and the world, named by what the core must do."""

from datetime import timedelta


class DeliveryError(Exception):
    """Something could not be delivered. The message is for operators: no customer text, no secret."""


class RetryLater(DeliveryError):
    """Try again, not before `after` when the other side named a time."""

    def __init__(self, why: str, after: timedelta | None = None) -> None:
        super().__init__(why)
        self.after = after


class CredentialsRejected(DeliveryError):
    """Token or secret is not accepted: an admin must act; trying again does not help."""


class AddressGone(DeliveryError):
    """The channel, chat or card is no longer there."""


class MessageRefused(DeliveryError):
    """This one message will never be accepted; others may."""


class Uncertain(DeliveryError):
    """It may have arrived or not. Look it up before it is sent again."""


class ConnectRefused(Exception):
    """A place was not bound to a desk; the message says why, to whoever typed the code."""


class Unavailable(Exception):
    """It could not be recorded now: answer 503, so that the sender tries again."""


class Conflict(Exception):
    """The database asks for another try (serialisation, deadlock, a row made meanwhile)."""
