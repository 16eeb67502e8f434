// Where an agent writes. It says before sending who will read the line: the customer, or colleagues only.

import { newId } from "./api.js";
import { byId, fit, setText } from "./dom.js";

const NOTE = "//";
const TYPING_EVERY = 3000;

export class Composer {
  constructor(send, typing) {
    this.send = send;
    this.typing = typing;
    this.area = byId("line");
    this.drafts = new Map();
    this.handoff = null;
    this.card = null;
    this.told = 0;
    byId("composer").addEventListener("submit", (event) => this.#submit(event));
    this.area.addEventListener("input", () => this.#written());
    this.area.addEventListener("keydown", (event) => this.#enter(event));
  }

  // Every handoff keeps its own unsent line.
  render(card) {
    const another = card.handoff !== this.handoff;
    if (another && this.handoff) this.drafts.set(this.handoff, this.area.value);
    if (another) this.area.value = this.drafts.get(card.handoff) ?? "";
    this.handoff = card.handoff;
    this.card = card;
    this.#say();
    if (another) fit(this.area); // once it is shown: what is hidden has no height
  }

  use(text) {
    this.area.value = text;
    this.#written();
    this.area.focus();
  }

  #inside() {
    return !this.card?.mine || this.area.value.trimStart().startsWith(NOTE);
  }

  #say() {
    const open = this.card.state === "waiting" || this.card.state === "claimed";
    const inside = this.#inside();
    byId("composer").dataset.to = inside ? "inside" : "customer";
    byId("composer").hidden = !open;
    setText(byId("composer-label"), inside ? this.#whyInside() : `To ${this.card.who}`);
    setText(byId("line-send"), inside ? "Add note" : "Send");
    this.area.placeholder = inside ? "Note for colleagues" : "Message to the customer";
  }

  #whyInside() {
    if (this.card.mine) return "Internal note: only colleagues see this";
    if (this.card.state === "waiting") return "Internal note. Claim the conversation to write to the customer";
    return `Internal note. ${this.card.owner} writes to the customer`;
  }

  #written() {
    fit(this.area);
    this.#say();
    const now = Date.now();
    if (this.#inside() || !this.area.value.trim() || now - this.told < TYPING_EVERY) return;
    this.told = now;
    this.typing(this.handoff);
  }

  #enter(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("composer").requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.area.value.trim();
    if (!text || text === NOTE) return;
    // What the label promised holds: a line shown as a note is sent as one, even if a claim comes between.
    const line = this.#inside() && !text.startsWith(NOTE) ? `${NOTE} ${text}` : text;
    this.area.value = "";
    this.told = 0;
    this.#written();
    this.send(this.handoff, newId(), line);
  }
}
