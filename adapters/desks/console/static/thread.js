// The thread below the card: what customer, assistant and agents wrote, and what stayed inside.

import { byId, make, setText, show } from "./dom.js";
import { bubble, bySeq, entryItem, mark } from "./entry.js";

const NEAR = 80; // pixels from the end within which the thread follows new messages
const TYPING = 5000;

export class Thread {
  // use(text), retry(id, text) of a line that did not go out, press(verb, body) of what is there.
  constructor(calls) {
    this.calls = calls;
    this.box = byId("thread");
    this.box.addEventListener("scroll", () => this.#atEnd() && show(byId("newest"), false));
    byId("newest").addEventListener("click", () => this.#toEnd());
    this.clear();
  }

  clear() {
    this.box.replaceChildren();
    this.after = 0;
    this.pending = new Map();
    this.typing("");
    show(byId("newest"), false);
  }

  // Adds what is new. Lines of this tab that are now part of the thread lose their pending copy.
  add(entries, next) {
    const follow = this.after === 0 ? this.#scroller() === this.box : this.#atEnd();
    const fresh = entries.filter((entry) => entry.seq > this.after);
    this.after = Math.max(this.after, next);
    for (const [id, line] of this.pending) if (line.seq && line.seq <= this.after) this.#forget(id);
    const first = this.#firstPending();
    for (const entry of fresh) this.#put(entry, first);
    if (fresh.some((entry) => entry.author === "customer")) this.typing("");
    if (follow) this.#toEnd();
    else if (fresh.length) show(byId("newest"), true);
  }

  sending(id, text) {
    const state = make("span", { text: "Sending…" });
    const item = make("li", { cls: "entry mine pending" }, bubble(text), make("p", { cls: "meta" }, state));
    this.pending.set(id, { item, state, text, seq: 0 });
    this.box.append(item);
    this.#toEnd();
  }

  sent(id, seq) {
    const line = this.pending.get(id);
    if (line) line.seq = seq;
    if (line && seq <= this.after) this.#forget(id);
  }

  notSent(id, why) {
    const line = this.pending.get(id);
    if (!line) return;
    const again = make("button", { type: "button", cls: "linkish", text: "Try again" });
    again.addEventListener("click", () => {
      line.item.classList.remove("failed");
      line.state.replaceChildren("Sending…");
      this.calls.retry(id, line.text);
    });
    line.item.classList.add("failed");
    line.state.replaceChildren(`Not sent: ${why} `, again);
  }

  typing(name) {
    clearTimeout(this.timer);
    setText(byId("typing"), name ? `${name} is typing…` : "");
    if (name) this.timer = setTimeout(() => this.typing(""), TYPING);
  }

  #put(entry, before) {
    this.box.insertBefore(entryItem(entry, this.calls), before);
    this.#tellEarlier(entry);
  }

  // What a later entry makes of an earlier one: corrected, taken back, sent, on its way again.
  #tellEarlier(entry) {
    const earlier = bySeq(this.box, entry.replaces || entry.about);
    const told = became(entry);
    if (!earlier || !told) return;
    earlier.querySelector(".became")?.remove();
    const sign = mark(told);
    sign.classList.add("became");
    earlier.querySelector(".meta")?.append(sign);
    earlier.classList.toggle("over", told !== "Not delivered");
    if (!entry.replaces) return;
    for (const before of this.box.querySelectorAll(`[data-replaces="${Number(entry.replaces)}"]`)) {
      before.classList.toggle("over", Number(before.dataset.seq) < entry.seq);
    }
  }

  #forget(id) {
    this.pending.get(id)?.item.remove();
    this.pending.delete(id);
  }

  #firstPending() {
    return this.pending.values().next().value?.item ?? null;
  }

  // The thread itself, or what scrolls card and thread together where there is little room.
  #scroller() {
    let box = this.box;
    while (box.parentElement && getComputedStyle(box).overflowY !== "auto") box = box.parentElement;
    return box;
  }

  #atEnd() {
    const box = this.#scroller();
    return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;
  }

  #toEnd() {
    const box = this.#scroller();
    box.scrollTop = box.scrollHeight;
    show(byId("newest"), false);
  }
}

function became(entry) {
  if (entry.replaces) return entry.taken_back ? "Taken back" : "Corrected below";
  if (entry.kind === "message") return "Sent";
  const notes = { withdrawn: "Never sent", retry: "Sent again", undeliverable: "Not delivered", edited: "Edited below", deleted: "Deleted" };
  return notes[entry.reason];
}
