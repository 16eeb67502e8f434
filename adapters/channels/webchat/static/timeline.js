// The messages, in the order of their numbers, each once; unsent ones below. What is new is read aloud
// through a separate polite region, as text alone: a live list would be read again and again.

const READ_ALOUD = 4000;
const TYPING = 6000;
const THINKING = 25000;

class Timeline {
  #words;
  #language;
  #title = "";
  #numbered = new Map();
  #pending = new Map();
  #onRetry;
  #hide = 0;

  constructor(words, language, onRetry) {
    this.#words = words;
    this.#language = language;
    this.#onRetry = onRetry;
    this.list = el("ol", { class: "list", "aria-label": words.messages, tabindex: "0" });
    this.typing = el("p", { class: "typing", hidden: true }, dots(), el("span", { class: "typing-name" }));
    this.welcome = el(
      "div",
      { class: "welcome" },
      el("span", { class: "welcome-mark" }, icon("chat", true)),
      el("p", { class: "welcome-title" }, words.welcome),
      el("p", {}, words.welcomeMore),
    );
    this.extra = el("div", { class: "extra" });
    this.newBelow = el("button", { type: "button", class: "new-below", hidden: true, onclick: () => this.toEnd() });
    this.newBelow.append(words.newBelow, icon("down"));
    this.scroller = el("div", { class: "scroller" }, this.welcome, this.list, this.typing, this.extra);
    this.scroller.addEventListener("scroll", () => this.#atEnd() && (this.newBelow.hidden = true), { passive: true });
    this.aloud = el("div", { class: "aloud", "aria-live": "polite", role: "status" });
  }

  set title(title) {
    this.#title = title;
  }

  /** A message with its number. One that is already here, sent from here or not, is never shown twice. */
  put(message, live) {
    if (this.#numbered.has(message.seq)) return this.#time(this.#numbered.get(message.seq), message);
    if (this.#amend(message, live)) return;
    const follows = this.#atEnd();
    this.#pending.get(message.id)?.remove();
    this.#pending.delete(message.id);
    const item = this.#bubble(message);
    this.#numbered.set(message.seq, item);
    this.list.insertBefore(item, this.#after(message.seq));
    this.#group(item);
    this.#group(item.nextElementSibling);
    this.welcome.hidden = true;
    if (message.author !== "customer") {
      this.#showTyping("", 0);
      if (live) this.readAloud(`${this.#speaker(message)}: ${aloud(message)}`);
    }
    this.#keepInView(follows || message.author === "customer", live);
  }

  /** By the bridge's clock, once it is told: the customer's own may be wrong. */
  #time(item, message) {
    if (item.dataset.seq === String(message.seq)) item.querySelector("time").replaceWith(this.#clock(message));
  }

  /** What an earlier message says from now on: shown in its place, not below. */
  #amend({ seq, replaces, author, name }, live) {
    const item = replaces && this.#numbered.get(replaces.seq);
    if (!item) return false;
    this.#numbered.set(seq, item);
    const words = replaces.text || this.#words.withdrawn;
    this.keepAtEnd(() => {
      item.querySelector(".said").replaceChildren(...withLinks(words));
      item.querySelector(".amended").textContent = replaces.text ? this.#words.edited : "";
      item.classList.toggle("withdrawn", !replaces.text);
    });
    this.#showTyping("", 0);
    if (live) this.readAloud(`${this.#speaker({ author, name })}, ${this.#words.edited}: ${words}`);
    return true;
  }

  putPending(message) {
    if (this.#pending.has(message.id)) return;
    const item = this.#bubble({ ...message, author: "customer", name: "", at: new Date(message.at).toISOString() });
    this.#pending.set(message.id, item);
    this.list.append(item);
    this.#group(item);
    this.welcome.hidden = true;
    this.mark(message.id, "sending");
    this.toEnd();
  }

  /** How an unsent message stands: sending, failed, refused. */
  mark(id, state) {
    const item = this.#pending.get(id);
    if (!item || item.dataset.state === state) return;
    item.dataset.state = state;
    item.querySelector(".mark").replaceChildren(...this.#markOf(id, state));
    if (state !== "sending") this.readAloud(item.querySelector(".mark").textContent);
  }

  /** The bridge has it under this number; its own echo on the stream may come sooner or later. */
  settle(message, seq) {
    if (this.#pending.has(message.id)) {
      this.put({ ...message, seq, author: "customer", name: "", at: new Date(message.at).toISOString() }, false);
    }
  }

  showTyping(name) {
    this.#showTyping(this.#words.typing(name), TYPING);
  }

  showThinking() {
    this.#showTyping(this.#words.thinking, THINKING);
  }

  hideTyping() {
    this.#showTyping("", 0);
  }

  readAloud(text) {
    const line = el("p", {}, text);
    this.aloud.append(line);
    setTimeout(() => line.remove(), READ_ALOUD);
  }

  toEnd() {
    this.newBelow.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  keepAtEnd(change) {
    const follows = this.#atEnd();
    change();
    if (follows) this.toEnd();
  }

  /** Leaves what the outbox still holds; all else belonged to a conversation that is over. */
  clear({ keepPending = false } = {}) {
    for (const item of this.#numbered.values()) item.remove();
    this.#numbered.clear();
    if (!keepPending) {
      for (const item of this.#pending.values()) item.remove();
      this.#pending.clear();
    }
    this.#showTyping("", 0);
    this.welcome.hidden = this.#pending.size > 0;
  }

  #bubble(message) {
    const speaker = el("span", { class: "speaker" }, this.#speaker(message));
    const head = el("p", { class: "head" }, speaker, " ", this.#clock(message));
    const face = message.author === "agent" ? initials(message.name || "?") : "";
    return el(
      "li",
      { class: `item ${message.author}`, "data-seq": message.seq ?? "", "data-by": `${message.author}:${message.name}` },
      head,
      face ? el("span", { class: "face", "aria-hidden": "true" }, face) : null,
      el(
        "div",
        { class: "bubble" },
        el("div", { class: "said", dir: "auto" }, ...withLinks(withoutFiles(message))),
        ...this.#files(message),
        this.#sources(message),
        el("span", { class: "amended" }),
      ),
      el("p", { class: "mark" }),
    );
  }

  #clock({ at }) {
    const clock = new Date(at).toLocaleTimeString(this.#language, { hour: "numeric", minute: "2-digit" });
    return el("time", { datetime: at }, clock);
  }

  #files({ files }) {
    return (files ?? []).map(({ name, url }) => el("p", { class: "file" }, icon("file"), " ", linkTo(url, name)));
  }

  /** Where an answer comes from: a link where it has a web address, else its title. */
  #sources({ citations }) {
    if (!citations?.length) return null;
    const parts = citations.flatMap(({ title, url }, index) => [index ? ", " : " ", linkTo(url, title || url)]);
    return el("p", { class: "sources" }, this.#words.source, ...parts);
  }

  #speaker({ author, name }) {
    if (author === "customer") return this.#words.you;
    return name || (author === "assistant" ? this.#words.theAssistant : this.#title || this.#words.chat);
  }

  #markOf(id, state) {
    if (state === "sending") return [this.#words.sending];
    if (state === "refused") return [this.#words.refused];
    const retry = () => this.#onRetry();
    return [this.#words.failed, " ", el("button", { type: "button", class: "retry", onclick: retry }, this.#words.retry)];
  }

  /** The item that a message of this number goes before. Mostly the first unsent one, or the end. */
  #after(seq) {
    let next = this.#pending.values().next().value ?? null;
    let item = next ? next.previousElementSibling : this.list.lastElementChild;
    while (item && Number(item.dataset.seq) > seq) {
      next = item;
      item = item.previousElementSibling;
    }
    return next;
  }

  /** The name stands only above the first of several by one author. */
  #group(item) {
    if (!item) return;
    item.classList.toggle("follows", item.previousElementSibling?.dataset.by === item.dataset.by);
  }

  #showTyping(text, length) {
    clearTimeout(this.#hide);
    this.keepAtEnd(() => {
      this.typing.hidden = !text;
      this.typing.querySelector(".typing-name").textContent = text;
    });
    if (text) this.#hide = setTimeout(() => this.#showTyping("", 0), length);
  }

  #atEnd() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  #keepInView(follows, live) {
    if (follows || !live) this.toEnd();
    else this.newBelow.hidden = false;
  }
}

/** The text names each file in a line of its own, for those who show text alone. */
function withoutFiles({ text, files }) {
  const lines = (files ?? []).map(({ name, url }) => `${name}: ${url}`).join("\n");
  return lines && text.endsWith(lines) ? text.slice(0, -lines.length).trimEnd() : text;
}

function aloud(message) {
  return [withoutFiles(message), ...(message.files ?? []).map(({ name }) => name)].filter(Boolean).join(", ");
}

function dots() {
  return el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}
