// The card of the chosen handoff: what it says, and its buttons. It never guesses: after every press it is
// read again. What the agent is typing into the suggested reply is never overwritten.

import { byId, fit, make, setText, show, webAddress } from "./dom.js";
import { age, ago, dayAndTime, timeOfDay, until } from "./time.js";

const BUTTONS = ["claim", "send_suggested", "edit_suggested", "transfer", "take_over", "release"];

export class CardPane {
  /** `promised(handoff)`: the callback that its customer was promised, `{at, due}`. */
  constructor(press, promised, { askRelease, askTransfer, askTakeover }) {
    this.press = press;
    this.promised = promised;
    this.card = null;
    this.area = byId("suggestion-text");
    this.area.addEventListener("input", () => this.#edited());
    addEventListener("resize", () => fit(this.area));
    this.area.addEventListener("keydown", (event) => this.#sendByKey(event));
    byId("claim").addEventListener("click", () => press("claim", {}));
    byId("send_suggested").addEventListener("click", () => this.#send());
    byId("edit_suggested").addEventListener("click", () => this.#edit());
    byId("release").addEventListener("click", () => askRelease(this.card));
    byId("transfer").addEventListener("click", () => askTransfer(this.card));
    byId("take_over").addEventListener("click", () => askTakeover(this.card));
  }

  render(card) {
    const another = this.card?.handoff !== card.handoff;
    const renewed = another || this.card.suggestion?.text !== card.suggestion?.text;
    const untouched = another || !this.changed;
    this.card = card;
    setText(byId("card-who"), card.who);
    setText(byId("card-passed"), passedOn(card));
    show(byId("card-passed"), Boolean(card.passed_on));
    setText(byId("card-want"), card.want);
    setText(byId("card-tried"), card.tried);
    byId("card-reasons").replaceChildren(...[card.reason, ...card.also].map(reasonChip));
    byId("card-facts").replaceChildren(...card.facts.map(factPair));
    byId("card").dataset.state = card.mine ? "mine" : card.state;
    if (another) this.refuse("");
    if (renewed && untouched) this.area.value = card.suggestion?.text ?? "";
    this.#suggestion();
    this.#buttons();
    this.#transcript();
    this.tick();
    byId("handoff").dataset.state = card.mine ? "mine" : card.state;
  }

  tick() {
    if (!this.card) return;
    const callback = this.card.state === "waiting" ? this.promised(this.card.handoff) : undefined;
    setText(byId("card-lock"), lockState(this.card, callback));
    byId("card-lock").classList.toggle("rests", Boolean(callback) && !callback.due);
  }

  // Puts a draft of the assistant into the suggested reply; false where there is no such box.
  use(text) {
    if (byId("suggestion").hidden) return false;
    this.area.value = text;
    this.#edited();
    this.area.focus();
    return true;
  }

  // What a press did not do, said to the one who pressed and to nobody else; or, `done`, how it was done.
  refuse(why, done = false) {
    setText(byId("refusal"), why);
    byId("refusal").classList.toggle("done", done);
    show(byId("refusal"), why !== "");
    if (why) byId("refusal").scrollIntoView({ block: "nearest" });
  }

  busy(on) {
    for (const name of BUTTONS) byId(name).disabled = on;
  }

  get changed() {
    const text = this.area.value.trim();
    return Boolean(this.card?.suggestion) && text !== this.card.suggestion.text.trim();
  }

  get #others() {
    return this.card.state === "claimed" && !this.card.mine;
  }

  #suggestion() {
    const { suggestion } = this.card;
    const usable = suggestion !== null && !this.#others;
    show(byId("suggestion"), usable);
    if (!usable) return;
    setText(byId("suggestion-from"), origin(suggestion));
    fit(this.area);
  }

  #buttons() {
    for (const name of BUTTONS) {
      show(byId(name), this.card.can.includes(name) && this.#others === (name === "take_over"));
    }
    setText(byId("send_suggested"), this.changed ? "Send edited" : "Send suggested");
    setText(byId("edit_suggested"), this.changed ? "Undo edits" : "Edit");
    byId("claim").classList.toggle("primary", !this.card.suggestion);
  }

  #transcript() {
    const link = byId("transcript");
    const address = webAddress(this.card.transcript);
    if (address) link.href = address;
    show(link, Boolean(address));
  }

  #edited() {
    fit(this.area);
    this.#buttons();
  }

  #edit() {
    if (this.changed) {
      this.area.value = this.card.suggestion.text;
      this.#edited();
    }
    this.area.focus();
    this.area.setSelectionRange(this.area.value.length, this.area.value.length);
  }

  #sendByKey(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.#send();
  }

  #send() {
    const text = this.area.value.trim();
    if (!text) {
      this.refuse("Write a reply first.");
      this.area.focus();
    } else {
      this.press("send", this.changed ? { text } : {});
    }
  }
}

function lockState(card, callback) {
  if (card.state === "waiting") {
    if (callback && !callback.due) return `Callback ${until(callback.at)}`;
    const lapsed = card.lapsed_from ? `${card.lapsed_from}'s claim ran out. ` : "";
    if (callback) return `${lapsed}Callback due since ${timeOfDay(callback.at)}`;
    const paged = card.pages > 1 ? `, paged ${card.pages} times` : "";
    return `${lapsed}Waiting ${age(card.since)}${paged}${toldWords(card.told)}`;
  }
  if (card.state === "claimed") {
    const who = card.mine ? "Yours" : `With ${card.owner}`;
    const lease = card.lease_until ? `, lease until ${timeOfDay(card.lease_until)}` : "";
    return `${who} since ${timeOfDay(card.since)}${lease}`;
  }
  const by = card.ended_by ? ` by ${card.ended_by}` : "";
  const outcome = card.outcome ? ` · ${card.outcome}` : "";
  return `${card.state === "released" ? "Released" : "Closed"}${by} ${ago(card.since)}${outcome}`;
}

function toldWords(told) {
  if (!told) return "";
  return ` · ${told.before}${told.back ? dayAndTime(told.back) : ""}${told.after}`;
}

function passedOn(card) {
  if (!card.passed_on) return "";
  const { by, desk, reason } = card.passed_on;
  return `Passed on by ${by}${desk ? ` from ${desk}` : ""}${reason ? `: ${reason}` : ""}`;
}

function origin(suggestion) {
  if (suggestion.drafted_by !== "assistant") return "from your template";
  const sure = suggestion.confidence;
  return sure === null ? "the assistant's draft" : `the assistant's draft, ${Math.round(sure * 100)} % sure`;
}

const reasonChip = (text, at) => make("span", { cls: at ? "chip" : "chip strong", text });

const factPair = (fact) =>
  make("div", {}, make("dt", { text: fact.label }), make("dd", { text: fact.value, dir: "auto" }));
