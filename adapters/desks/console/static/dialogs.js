// What is asked before a press that others notice: release, pass on, take over. Each dialog keeps the card
// as it was when it opened, so that what is confirmed is what was seen.

import { byId, make, setText } from "./dom.js";

export class Dialogs {
  constructor(press) {
    this.press = press;
    for (const name of ["release", "transfer", "takeover"]) {
      byId(`${name}-form`).addEventListener("submit", () => this[name]());
      byId(`${name}-cancel`).addEventListener("click", () => byId(`${name}-dialog`).close());
    }
  }

  askRelease(card) {
    this.card = card;
    byId("release-form").reset();
    setText(
      byId("release-text"),
      card.state === "waiting"
        ? "Nobody has answered yet. The customer is told that they are back with the assistant."
        : "The customer is told. The assistant sees what you wrote and goes on from there.",
    );
    byId("release-dialog").showModal();
  }

  release() {
    const note = byId("release-note").value.trim();
    const outcome = byId("release-form").elements.outcome.value;
    this.press("release", { ...(note && { note }), ...(outcome && { outcome }) }, this.card);
  }

  // A colleague only for what is one's own: what nobody has yet goes to another desk.
  askTransfer(card, { colleagues, desks }) {
    this.card = card;
    const people = card.mine ? colleagues : [];
    byId("transfer-form").reset();
    byId("transfer-to").replaceChildren(
      make("option", { value: "", text: "Choose…" }),
      ...group("Colleagues", "to", people),
      ...group("Desks", "to_desk", desks),
    );
    const nobody = people.length + desks.length === 0;
    byId("transfer-confirm").disabled = nobody;
    setText(byId("transfer-text"), nobody ? "There is no colleague and no other desk to pass it on to." : whatFollows(card));
    byId("transfer-dialog").showModal();
  }

  transfer() {
    const { name, field } = byId("transfer-to").selectedOptions[0].dataset;
    const reason = byId("transfer-reason").value.trim();
    this.press("transfer", { [field]: name, ...(reason && { reason }) }, this.card);
  }

  askTakeover(card) {
    this.card = card;
    setText(byId("takeover-title"), `Take this over from ${card.owner}?`);
    byId("takeover-dialog").showModal();
  }

  takeover() {
    this.press("takeover", { owner: this.card.owner_id }, this.card);
  }
}

function group(label, field, names) {
  if (!names.length) return [];
  const options = names.map((name, at) => {
    const option = make("option", { value: `${field}:${at}`, text: name });
    Object.assign(option.dataset, { name, field });
    return option;
  });
  return [make("optgroup", { label }, ...options)];
}

const whatFollows = (card) =>
  card.mine
    ? "A colleague has it from then on, and the customer reads that they have joined. Another desk is called, and the customer waits for it."
    : "Another desk is called. The customer goes on waiting.";
