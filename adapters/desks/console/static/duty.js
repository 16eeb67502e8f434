// Who is on call, this agent's own switch, and the callbacks that the desk has promised, the next first.

import { byId, make, setText, show } from "./dom.js";
import { dayAndTime, until } from "./time.js";

export class Duty {
  constructor(api, choose, failed) {
    Object.assign(this, { api, choose, failed });
    this.button = byId("on-call");
    this.button.addEventListener("click", () => this.#switch());
  }

  async read() {
    this.#render(await this.api.duty());
  }

  /** The callback that the customer of a handoff was promised, or nothing. */
  promised(handoff) {
    return this.callbacks?.find((callback) => callback.handoff === handoff);
  }

  tick() {
    for (const [box, at] of this.ages ?? []) setText(box, until(at));
  }

  async #switch() {
    this.button.disabled = true;
    try {
      this.#render(await this.api.switchDuty(this.button.getAttribute("aria-pressed") !== "true"));
    } catch (error) {
      this.failed(error, (why) => setText(byId("on-call-desk"), why));
    } finally {
      this.button.disabled = false;
    }
  }

  #render(duty) {
    this.button.setAttribute("aria-pressed", String(duty.on));
    const end = duty.until ? ` until ${dayAndTime(duty.until)}` : "";
    setText(this.button, duty.on ? "You are on call" : "You are off call");
    this.button.title = duty.on ? `On call${end}. Press to go off call.` : `Off call${end}. Press to go on call.`;
    setText(byId("on-call-desk"), atTheDesk(duty));
    byId("on-call-desk").classList.toggle("nobody", !duty.staffed);
    this.#callbacks(duty.callbacks);
  }

  // What has not changed is not drawn again: focus stays where it is.
  #callbacks(callbacks) {
    const drawn = JSON.stringify(callbacks);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.callbacks = callbacks;
    this.ages = [];
    setText(byId("callbacks-count"), String(callbacks.length));
    show(byId("callbacks"), callbacks.length > 0);
    byId("callbacks-list").replaceChildren(...callbacks.map((callback) => this.#row(callback)));
  }

  #row(callback) {
    const age = make("span", { cls: "row-age", text: callback.due ? "now" : until(callback.at) });
    if (!callback.due) this.ages.push([age, callback.at]);
    const top = make("span", { cls: "row-top" }, make("span", { cls: "row-who", text: callback.who, dir: "auto" }), age);
    const when = make("time", { cls: "row-when", datetime: callback.at, text: dayAndTime(callback.at) });
    const want = make("span", { cls: "row-want", text: callback.want, dir: "auto" });
    const promised = make("span", { cls: "row-owner", text: promisedWords(callback), dir: "auto" });
    const button = make("button", { type: "button", cls: "row" }, top, when, want, promised);
    button.addEventListener("click", () => callback.handoff && this.choose(callback.handoff));
    const item = make("li", {}, button);
    item.dataset.state = callback.due ? "waiting" : "promised";
    return item;
  }
}

function atTheDesk({ staffed, agents, next_start: next }) {
  if (agents.length) return `On call: ${agents.join(", ")}`;
  if (staffed) return "On call: the team";
  return next ? `Nobody is on call until ${dayAndTime(next)}` : "Nobody is on call";
}

// On the customer's clocks, where these are not the agent's, and how else they are reached.
function promisedWords({ at, local, zone, reach }) {
  const here = new Date(at);
  const theirs = new Date(local);
  const apart = here.getHours() !== theirs.getHours() || here.getMinutes() !== theirs.getMinutes() || here.getDate() !== theirs.getDate();
  return [apart ? `${dayAndTime(local)} in ${zone}` : "", reach].filter(Boolean).join(" · ");
}
