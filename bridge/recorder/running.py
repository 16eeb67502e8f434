"""What a batch's decisions see: the state that was loaded, as the decisions before moved it on."""

from collections.abc import Mapping
from dataclasses import replace

from bridge.domain.callback import Taken
from bridge.domain.decide import Decision, Snapshot
from bridge.domain.events import CustomerEvent, Event, Outcome, OutcomeKind, entry_named
from bridge.domain.ids import ConversationId, CustomerId, EventKey, TenantId
from bridge.domain.model import Conversation, Customer, Entry, desk_of_callback
from bridge.ports import Key, Transaction

_STORED = ConversationId("")


class Running:
    """The state of a batch's conversations as its decisions move it on."""

    def __init__(self, tx: Transaction) -> None:
        self._conversations: dict[Key, Conversation | None] = {}
        self._customers: dict[tuple[TenantId, CustomerId], Customer] = {}
        self._repeats: dict[tuple[TenantId, EventKey], Outcome] = dict(tx.repeats)
        self._entries: dict[tuple[Key, int], Entry] = dict(tx.entries)
        self._held = {key: snapshot.held for key, snapshot in tx.snapshots.items() if snapshot.held}
        self._places = Places(tx.snapshots)
        for key, snapshot in tx.snapshots.items():
            self._conversations[key] = snapshot.conversation
            if snapshot.customer is not None:
                self._customers[key.tenant, snapshot.customer.id] = snapshot.customer

    def repeat(self, event: Event) -> Outcome | None:
        first = self._repeats.get((event.tenant, event.key)) if event.key else None
        if first is None:
            return None
        return Outcome(OutcomeKind.REPEATED, seq=first.seq, epoch=first.epoch)

    def snapshot(self, event: Event) -> Snapshot:
        conversation = self._conversations.get(Key(event.tenant, event.conversation))
        if conversation is not None:
            whose: CustomerId | None = conversation.customer
        else:
            opening = event.opening if isinstance(event, CustomerEvent) else None
            whose = opening.customer if opening else None
        customer = self._customers.get((event.tenant, whose)) if whose else None
        seq = entry_named(event)
        entry = self._entries.get((Key(event.tenant, event.conversation), seq)) if seq else None
        held = self._held.get(Key(event.tenant, event.conversation), ())
        return Snapshot(conversation, customer, self._places.taken(event, conversation), entry, held)

    def take(self, event: Event, decision: Decision) -> None:
        self._conversations[Key(event.tenant, event.conversation)] = decision.conversation
        if decision.customer is not None:
            self._customers[event.tenant, decision.customer.id] = decision.customer
        if event.key:
            self._repeats[event.tenant, event.key] = decision.outcome
        self._places.take(event, decision)


class Places:
    """The booked places of a batch's desks as its decisions move them on."""

    def __init__(self, snapshots: Mapping[Key, Snapshot]) -> None:
        self._booked: dict[tuple[TenantId, str], dict[tuple[ConversationId, int], Taken]] = {}
        for key, snapshot in snapshots.items():
            desk = desk_of_callback(snapshot.conversation)
            if desk and snapshot.taken is not None:
                known = self._booked.setdefault((key.tenant, desk), {})
                known.update({(_STORED, number): each for number, each in enumerate(snapshot.taken)})

    def taken(self, event: Event, conversation: Conversation | None) -> tuple[Taken, ...] | None:
        booked = self._booked.get((event.tenant, desk_of_callback(conversation)))
        return None if booked is None else tuple(booked.values())

    def take(self, event: Event, decision: Decision) -> None:
        for callback in decision.callbacks:
            booked = self._booked.get((event.tenant, callback.desk))
            if booked is None:
                continue
            place = Taken(callback.at, callback.until, callback.place)
            if callback.active:
                booked.setdefault((event.conversation, callback.number), place)
            else:
                self._free(booked, event.conversation, callback.number, place)

    def _free(
        self,
        booked: dict[tuple[ConversationId, int], Taken],
        conversation: ConversationId,
        number: int,
        place: Taken,
    ) -> None:
        """There is room again; its number stays taken until the commit, as rows are written in no order."""
        name = (conversation, number)
        if name not in booked:
            name = next((stored for stored, each in booked.items() if each == place), name)
        booked[name] = replace(place, free=True)
