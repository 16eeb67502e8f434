// The frame around the messages: launcher, header, who the customer talks to, questions, composer.
// It shows what it is told and reports what is pressed; it decides nothing.

const COMPOSER_HEIGHT = 132;

class Panel {
  #words;
  #calls;
  #timeline;
  #inline;
  #mode = "assistant";

  /** `calls`: onSend(text), onTyping(), onPerson(), onOffer(answer), onTimes, onEnd(), onOpen(), onClose(). */
  constructor(words, timeline, inline, calls, language) {
    this.#words = words;
    this.times = new Times(words, language, calls.onTimes);
    this.#calls = calls;
    this.#timeline = timeline;
    this.#inline = inline;
    this.isOpen = inline;
    this.#buildHead();
    this.#buildComposer();
    this.#buildQuestions();
    const role = inline ? "region" : "dialog";
    this.panel = el("section", { class: "panel", role, "aria-labelledby": "title", hidden: !inline });
    const scroll = el("div", { class: "middle" }, timeline.scroller, timeline.newBelow);
    this.panel.append(this.head, this.bar, scroll, this.form, timeline.aloud);
    this.panel.addEventListener("keydown", (event) => this.#onKey(event));
    this.launcher = this.#buildLauncher();
    this.showState({ mode: "assistant" });
  }

  get parts() {
    return this.#inline ? [this.panel] : [this.panel, this.launcher];
  }

  set title(title) {
    this.name.textContent = title || this.#words.chat;
    this.#timeline.title = title;
  }

  open({ focus = true } = {}) {
    if (!this.isOpen) {
      this.isOpen = true;
      this.panel.hidden = false;
      this.launcher.setAttribute("aria-expanded", "true");
      this.launcher.setAttribute("aria-label", this.#words.close);
      this.showUnread(0);
      this.#timeline.toEnd();
      this.#calls.onOpen();
    }
    if (focus) this.input.focus({ preventScroll: true });
  }

  close() {
    if (!this.isOpen || this.#inline) return;
    const inside = this.panel.contains(this.panel.getRootNode().activeElement);
    this.isOpen = false;
    this.panel.hidden = true;
    this.launcher.setAttribute("aria-expanded", "false");
    this.launcher.setAttribute("aria-label", this.#words.open);
    this.#calls.onClose();
    if (inside) this.launcher.focus({ preventScroll: true });
  }

  showUnread(count) {
    this.badge.textContent = count > 9 ? "9+" : String(count);
    this.badge.hidden = count === 0;
    const news = count ? `, ${this.#words.unread(count)}` : "";
    if (!this.isOpen) this.launcher.setAttribute("aria-label", this.#words.open + news);
  }

  /** Mode, agent, offer, times: always the newest state of the conversation, never a guess. */
  showState({ mode, agent = "", offer = null, callback = null, away = false }) {
    const words = { ...this.#words, human: this.#words.human(agent) };
    if (away) words.waiting = words.away;
    if (callback?.booked && away) words.waiting = words.timesBar(this.times.brief(callback.booked, callback.timezone));
    this.bar.classList.toggle("still", away);
    this.bar.classList.toggle("promised", away && Boolean(callback?.booked));
    this.#mode = mode;
    this.bar.dataset.mode = mode;
    this.face.textContent = mode === "human" && agent ? initials(agent) : "";
    this.#say(words[mode] || "");
    this.#hide(this.person, mode === "waiting" || mode === "human");
    this.#busy(this.person, false, this.#words.person);
    this.input.placeholder = this.#placeholder(mode, callback);
    this.#ask(this.offer, Boolean(offer));
    this.#showTimes(mode === "human" ? null : callback);
    if (mode === "closed") this.askEnd(false);
  }

  choosing(choosing) {
    this.times.busy(choosing);
  }

  #showTimes(callback) {
    const focused = !callback && this.times.part.contains(this.times.part.getRootNode().activeElement);
    this.#timeline.keepAtEnd(() => this.times.show(callback));
    if (focused) this.input.focus({ preventScroll: true });
  }

  #placeholder(mode, callback) {
    if (callback?.asks === "address") return this.#words.writeAddress;
    return mode === "closed" ? this.#words.again : this.#words.write;
  }

  showBegun(begun) {
    this.end.hidden = !begun || this.#mode === "closed";
  }

  /** Lost connection, or not available at all: says so in the place of the state. */
  showTrouble(text) {
    this.trouble.textContent = text;
    this.bar.classList.toggle("troubled", Boolean(text));
  }

  askEnd(asked) {
    this.#ask(this.ending, asked);
    if (asked) this.ending.querySelector("button").focus();
  }

  askingPerson(asking) {
    this.#busy(this.person, asking, asking ? this.#words.asking : this.#words.person);
  }

  answering(answering) {
    for (const button of this.offer.querySelectorAll("button")) this.#busy(button, answering);
  }

  notice(text) {
    this.problem.textContent = text;
    if (text) this.#timeline.readAloud(text);
  }

  #say(text) {
    if (this.state.textContent === text) return;
    if (this.state.textContent && this.isOpen) this.#timeline.readAloud(text);
    this.state.textContent = text;
  }

  /** What had the keyboard's focus hands it to the composer when it goes. */
  #hide(part, hidden) {
    const focused = hidden && part.contains(part.getRootNode().activeElement);
    part.hidden = hidden;
    if (focused) this.input.focus({ preventScroll: true });
  }

  #ask(question, asked) {
    if (question.hidden === !asked) return;
    this.#timeline.keepAtEnd(() => this.#hide(question, !asked));
    for (const button of question.querySelectorAll("button")) this.#busy(button, false);
    if (asked && question === this.offer) this.#timeline.readAloud(this.#words.offer);
  }

  /** Not `disabled`: that would drop the keyboard's focus. A busy button simply does nothing. */
  #busy(button, busy, label) {
    button.setAttribute("aria-disabled", String(busy));
    if (label) button.querySelector("span").textContent = label;
  }

  #button(kind, label, press, picture) {
    const run = () => button.getAttribute("aria-disabled") !== "true" && press();
    const button = el("button", { type: "button", class: kind, onclick: run }, picture, el("span", {}, label));
    return button;
  }

  #buildLauncher() {
    const toggle = () => (this.isOpen ? this.close() : this.open());
    this.badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });
    const attributes = { type: "button", class: "launcher", "aria-expanded": "false", "aria-label": this.#words.open };
    return el("button", { ...attributes, onclick: toggle }, icon("chat", true), icon("down"), this.badge);
  }

  #buildHead() {
    const words = this.#words;
    this.name = el("h2", { id: "title" }, words.chat);
    const close = el("button", { type: "button", class: "close", "aria-label": words.close, onclick: () => this.close() });
    close.append(icon("cross"));
    this.head = el("header", {}, el("span", { class: "logo" }, icon("chat", true)), this.name, this.#inline ? null : close);
    this.face = el("span", { class: "dot", "aria-hidden": "true" });
    this.state = el("p", { class: "state" });
    this.trouble = el("p", { class: "trouble", role: "status" });
    this.person = this.#button("person", words.person, () => this.#calls.onPerson(), icon("person"));
    this.bar = el("div", { class: "bar" }, this.face, this.state, this.trouble, this.person);
  }

  #buildQuestions() {
    const words = this.#words;
    const answer = (value) => () => this.#calls.onOffer(value);
    const yes = this.#button("primary", words.yes, answer("accept"));
    const no = this.#button("secondary", words.no, answer("decline"));
    this.offer = question("offer", words.offer, yes, no);
    const end = this.#button("primary", words.endYes, () => this.#calls.onEnd());
    const keep = this.#button("secondary", words.endNo, () => (this.askEnd(false), this.input.focus()));
    this.ending = question("ending", words.endAsk, end, keep);
    this.#timeline.extra.append(this.offer, this.times.part);
    this.form.prepend(this.ending);
  }

  #buildComposer() {
    const words = this.#words;
    this.input = el("textarea", { id: "text", rows: "1", maxlength: "8000", dir: "auto", enterkeyhint: "send", autocomplete: "off" });
    this.input.addEventListener("input", () => this.#onInput());
    this.sendButton = el("button", { type: "submit", class: "send", "aria-label": words.send, "aria-disabled": "true" }, icon("send"));
    this.problem = el("p", { class: "problem" });
    this.end = el("button", { type: "button", class: "end", hidden: true, onclick: () => this.askEnd(true) }, words.end);
    const label = el("label", { for: "text", class: "hidden-label" }, words.write);
    const field = el("div", { class: "field" }, label, this.input, this.sendButton);
    this.form = el("form", { class: "composer" }, this.problem, field, el("div", { class: "foot" }, this.end));
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#send()));
  }

  #onInput() {
    this.input.style.height = "auto";
    this.input.style.height = `${Math.min(this.input.scrollHeight, COMPOSER_HEIGHT)}px`;
    const blank = !this.input.value.trim();
    this.sendButton.setAttribute("aria-disabled", String(blank));
    if (!blank) this.#calls.onTyping();
  }

  #send() {
    const text = this.input.value;
    this.input.focus({ preventScroll: true });
    if (!text.trim()) return;
    this.input.value = "";
    this.#onInput();
    this.notice("");
    this.#calls.onSend(text);
  }

  #onKey(event) {
    event.stopPropagation(); // shops listen for single keys
    if (event.key === "Escape") this.close();
    const composing = event.isComposing || event.keyCode === 229;
    if (event.key === "Enter" && event.target === this.input && !event.shiftKey && !composing) {
      event.preventDefault();
      this.#send();
    }
  }
}

function question(kind, text, ...buttons) {
  const id = `ask-${kind}`;
  const choice = el("div", { class: "choice" }, ...buttons);
  return el("div", { class: `question ${kind}`, role: "group", "aria-labelledby": id, hidden: true }, el("p", { id }, text), choice);
}
