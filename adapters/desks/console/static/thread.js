// The thread below the card: what customer, assistant and agents wrote, and what stayed inside.

import { byId, make, setText, show } from "./dom.js";
import { timeOfDay } from "./time.js";

const NEAR = 80; // pixels from the end within which the thread follows new messages
const TYPING = 5000;

export class Thread {
  constructor(use, retry) {
    this.use = use;
    this.retry = retry;
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
    for (const entry of fresh) this.box.insertBefore(this.#entry(entry), first);
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
      this.retry(id, line.text);
    });
    line.item.classList.add("failed");
    line.state.replaceChildren(`Not sent: ${why} `, again);
  }

  typing(name) {
    clearTimeout(this.timer);
    setText(byId("typing"), name ? `${name} is typing…` : "");
    if (name) this.timer = setTimeout(() => this.typing(""), TYPING);
  }

  #entry(entry) {
    const item = make("li", { cls: `entry ${look(entry)}` });
    if (entry.author === "system" && entry.kind === "message") {
      item.append(make("p", { cls: "notice", text: entry.text, dir: "auto" }));
      return item;
    }
    const at = make("time", { datetime: entry.at, text: timeOfDay(entry.at) });
    const meta = make("p", { cls: "meta" }, ...label(entry), " ", at);
    item.append(meta, bubble(entry.text));
    if (entry.kind === "draft") item.append(this.#useButton(entry.text));
    return item;
  }

  #useButton(text) {
    const button = make("button", { type: "button", cls: "linkish use", text: "Use as my reply" });
    button.addEventListener("click", () => this.use(text));
    return button;
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

const bubble = (text) => make("p", { cls: "bubble", text, dir: "auto" });

function look(entry) {
  if (entry.kind !== "message") return entry.kind;
  if (entry.author === "agent") return entry.mine ? "mine" : "colleague";
  return entry.author;
}

// Who wrote it, and whether the customer sees it: never by colour alone.
function label(entry) {
  const name = make("span", { cls: "by", text: entry.name || by(entry), dir: "auto" });
  if (entry.kind === "draft") return [mark("Draft, not sent"), name, reason(entry)];
  if (entry.kind === "note") {
    return [mark(entry.reason === "not_owner" ? "Not sent, stays inside" : "Internal note"), name];
  }
  return entry.author === "assistant" ? [name, mark("AI")] : [name];
}

const by = (entry) => ({ customer: "Customer", assistant: "Assistant", agent: "Agent" })[entry.author] ?? "Bridge";

const mark = (text) => make("span", { cls: "mark", text });

const reason = (entry) => (entry.reason ? make("span", { cls: "why", text: entry.reason, dir: "auto" }) : null);
