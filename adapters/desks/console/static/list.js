// The left pane: the desk's handoffs in four groups, those that wait longest first. Arrow keys move in it.

import { byId, make, setText, show } from "./dom.js";
import { age, secondsSince } from "./time.js";

const LATE = 120; // seconds of waiting after which a row says so in colour as well

const GROUPS = [
  ["Waiting", (card) => card.state === "waiting"],
  ["Yours", (card) => card.state === "claimed" && card.mine],
  ["With colleagues", (card) => card.state === "claimed" && !card.mine],
  ["Ended", (card) => card.state !== "waiting" && card.state !== "claimed"],
];

export class List {
  /** `promised(handoff)`: the callback that its customer was promised, `{at, due}`. */
  constructor(choose, promised) {
    Object.assign(this, { choose, promised });
    this.rows = new Map();
    this.box = byId("list");
    this.box.addEventListener("keydown", (event) => this.#move(event));
    this.groups = GROUPS.map(([title, belongs]) => this.#group(title, belongs));
  }

  render(cards, chosen) {
    const wanted = new Set(cards.map((card) => card.handoff));
    for (const [handoff, row] of this.rows) if (!wanted.has(handoff)) this.#drop(handoff, row);
    for (const group of this.groups) {
      const inside = cards.filter(group.belongs);
      setText(group.count, String(inside.length));
      show(group.section, inside.length > 0);
      place(group.items, inside.map((card) => this.#row(card, card.handoff === chosen)));
    }
    show(byId("list-empty"), cards.length === 0);
    this.#oneTabStop(chosen);
  }

  // Ages move on by themselves, between two reads. Who was promised a callback is not late before it.
  tick() {
    for (const row of this.rows.values()) this.#age(row);
  }

  focusFirst() {
    this.box.querySelector("button")?.focus();
  }

  #group(title, belongs) {
    const count = make("span", { cls: "count" });
    const items = make("ul", { "aria-label": title });
    const heading = make("h2", {}, title, " ", count);
    const section = make("section", { cls: "group" }, heading, items);
    this.box.append(section);
    return { belongs, count, items, section };
  }

  #row(card, chosen) {
    const row = this.rows.get(card.handoff) ?? this.#newRow(card.handoff);
    row.card = card;
    setText(row.who, card.who);
    setText(row.want, card.want);
    setText(row.reason, card.reason);
    setText(row.owner, card.state === "claimed" && !card.mine ? `with ${card.owner}` : "");
    row.button.setAttribute("aria-current", String(chosen));
    this.#age(row);
    return row.item;
  }

  #newRow(handoff) {
    const parts = {
      who: make("span", { cls: "row-who", dir: "auto" }),
      age: make("span", { cls: "row-age" }),
      want: make("span", { cls: "row-want", dir: "auto" }),
      reason: make("span", { cls: "chip" }),
      owner: make("span", { cls: "row-owner", dir: "auto" }),
    };
    const top = make("span", { cls: "row-top" }, parts.who, parts.age);
    const foot = make("span", { cls: "row-foot" }, parts.reason, parts.owner);
    const button = make("button", { type: "button", cls: "row" }, top, parts.want, foot);
    button.addEventListener("click", () => this.choose(handoff));
    const row = { ...parts, button, item: make("li", {}, button) };
    this.rows.set(handoff, row);
    return row;
  }

  #age(row) {
    const { card } = row;
    const waiting = card.state === "waiting";
    const callback = waiting ? this.promised(card.handoff) : undefined;
    const rests = callback && !callback.due;
    const since = callback?.due ? callback.at : card.since;
    setText(row.age, rests ? "callback" : age(since));
    row.item.dataset.state = rests ? "promised" : card.mine ? "mine" : card.state;
    row.item.classList.toggle("late", waiting && !rests && secondsSince(since) > LATE);
  }

  #drop(handoff, row) {
    row.item.remove();
    this.rows.delete(handoff);
  }

  // One stop for the Tab key, however many rows there are.
  #oneTabStop(chosen) {
    const buttons = [...this.box.querySelectorAll("button.row")];
    const stop = this.rows.get(chosen)?.button ?? buttons[0];
    for (const button of buttons) button.tabIndex = button === stop ? 0 : -1;
  }

  #move(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const buttons = [...this.box.querySelectorAll("button.row")];
    const at = buttons.indexOf(document.activeElement);
    buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus();
  }
}

// Puts items in order and moves only what stands wrong, so that focus and scroll stay where they are.
function place(box, items) {
  items.forEach((item, at) => {
    if (box.children[at] !== item) box.insertBefore(item, box.children[at] ?? null);
  });
}
