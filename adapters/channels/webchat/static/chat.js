// One customer's chat: joins what is shown, what is kept and the connection.
//
// A session begins with the first thing the customer does, not with the page: looking makes no
// conversation. The stream tells the truth; what is shown before is marked as not yet sent.

const TYPING_EVERY = 3000;

class Chat {
  #line;
  #memory;
  #outbox;
  #words;
  #customer;
  #identity = null;
  #subject = "";
  #feed = null;
  #session = null;
  #opening = null;
  #seen = 0;
  #unread = 0;
  #state = { mode: "assistant" };
  #cart = null;
  #toldCart = null;
  #telling = null;
  #typedAt = 0;

  constructor({ line, memory, language, timezone, inline }) {
    this.#line = line;
    this.#memory = memory;
    this.#words = wordsIn(language);
    this.#customer = { language, timezone };
    this.timeline = new Timeline(this.#words, language, () => this.#outbox.flush());
    this.panel = new Panel(this.#words, this.timeline, inline, {
      onSend: (text) => this.#outbox.add(text),
      onTyping: () => this.#tellTyping(),
      onPerson: () => this.#askPerson(),
      onOffer: (answer) => this.#answerOffer(answer),
      onTimes: {
        onChoose: (slot) => this.#callback(slot),
        onMove: () => this.#callback("times"),
        onCancel: () => this.#callback("cancel"),
      },
      onEnd: () => this.#end(),
      onOpen: () => this.#opened(),
      onClose: () => (this.#memory.open = false),
    }, language);
    this.#outbox = new Outbox(memory, (message) => this.#deliver(message), {
      onWaiting: (message) => this.timeline.putPending(message),
      onSending: (message) => this.timeline.mark(message.id, "sending"),
      onSent: (message, seq) => this.#sent(message, seq),
      onFailed: (message) => this.timeline.mark(message.id, "failed"),
      onRefused: (message) => this.timeline.mark(message.id, "refused"),
    });
    memory.onSessionElsewhere((session) => this.#adopt(session));
    window.addEventListener("online", () => this.#nudge());
    document.addEventListener("visibilitychange", () => document.hidden || this.#nudge());
  }

  /** Goes on where the customer left off; with no session it waits for them to begin. */
  start(identity) {
    this.#enter(identity);
    this.#resume();
  }

  setIdentity(identity) {
    const before = this.#subject;
    this.#enter(identity);
    if (this.#subject === before) return;
    this.#leave();
    this.#resume();
  }

  setCart(value) {
    if (!(value >= 0 && value < 1e15)) return console.error("Handoff Bridge: setCart takes a number from 0 up.");
    this.#cart = value;
    if (this.#session) this.#tellCart().catch(() => {}); // told again before the next message
  }

  /** Writes for the customer, as a shop's "ask about this tent" button does; the chat opens to show it. */
  send(text) {
    if (!String(text ?? "").trim()) return console.error("Handoff Bridge: send takes the words to write.");
    this.panel.open({ focus: false });
    this.#outbox.add(String(text));
  }

  /** Ends the conversation, as the customer's own button does. Resolves when the bridge has been told. */
  async end() {
    await this.#outbox.settled();
    if (this.#session && this.#state.mode !== "closed") await this.#end();
  }

  reset() {
    this.#memory.forget();
    this.#leave();
  }

  // ---- sessions

  #enter(identity) {
    this.#identity = identity || null;
    this.#subject = subjectOf(this.#identity);
    this.#memory.enter(this.#subject);
  }

  #resume() {
    this.#session = this.#memory.session;
    if (this.#session) this.#listen({ history: true });
    this.#outbox.resume();
  }

  #leave({ keepPending = false } = {}) {
    this.#feed?.stop();
    this.#feed = this.#session = this.#opening = this.#toldCart = null;
    this.#seen = this.#unread = 0;
    if (!keepPending) this.#outbox.clear();
    this.timeline.clear({ keepPending });
    this.panel.showUnread(0);
    this.panel.showTrouble("");
    this.#show({ mode: "assistant" });
  }

  async #begin() {
    if (this.#session) return this.#session;
    this.#opening ??= this.#requestSession();
    const opening = this.#opening;
    try {
      const session = await opening;
      if (opening === this.#opening) {
        this.#session = this.#memory.session = session;
        this.#listen({ history: false });
      }
      return session;
    } finally {
      if (opening === this.#opening) this.#opening = null;
    }
  }

  async #requestSession() {
    const customer = this.#customer;
    if (!this.#identity) return this.#line.post("/sessions", { customer });
    try {
      return await this.#line.post("/sessions", { customer, identity: this.#identity });
    } catch (error) {
      if (error.status !== 401) throw error;
      console.error("Handoff Bridge: the identity is not valid or has expired; this customer stays unknown.");
      return this.#line.post("/sessions", { customer }); // a customer is never turned away for it
    }
  }

  /** Another tab began, changed or left the conversation. */
  #adopt(session) {
    if (session?.conversation === this.#session?.conversation) return;
    this.#leave({ keepPending: session !== null });
    this.#session = session;
    if (session) this.#listen({ history: true });
  }

  /** Runs with a session; when the bridge no longer knows it, once more with a new one. */
  async #withSession(act) {
    const session = await this.#begin();
    try {
      return await act(session.token);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      this.#lose(session);
      return act((await this.#begin()).token);
    }
  }

  #lose(session) {
    if (this.#session !== session) return;
    this.#memory.session = null;
    this.#leave({ keepPending: true });
  }

  // ---- from the bridge

  #listen({ history }) {
    const session = this.#session;
    this.#feed = new Feed(this.#line, session.token, {
      seen: () => this.#seen,
      onHistory: (name, data) => this.#apply(name, data, false),
      onEvent: (name, data) => this.#apply(name, data, true),
      onUp: () => this.#up(),
      onDown: () => this.panel.showTrouble(this.#words.offline),
      onLost: (error) => (error.status === 401 ? this.#lose(session) : this.fail()),
    });
    this.#feed.run({ history });
  }

  #apply(name, data, live) {
    if (name === "typing") return this.timeline.showTyping(data.name);
    if (data.seq <= this.#seen) return;
    this.#seen = data.seq;
    if (name === "state") this.#show(data);
    if (name === "message") this.#showMessage(data, live);
  }

  #showMessage(message, live) {
    if (message.author === "customer") this.#outbox.arrived(message.id);
    this.timeline.put(message, live);
    this.panel.showBegun(true);
    if (this.panel.isOpen) this.#memory.read = message.seq;
    else if (message.author !== "customer" && message.seq > this.#memory.read) this.panel.showUnread(++this.#unread);
  }

  #show(state) {
    this.#state = state;
    this.panel.showState(state);
    this.panel.showBegun(this.#seen > 1);
    if (state.mode !== "assistant" || state.offer) this.timeline.hideTyping();
  }

  #up() {
    this.panel.showTrouble("");
    this.#outbox.flush();
    this.#tellCart().catch(() => {});
  }

  fail() {
    this.panel.showTrouble(this.#words.unavailable);
  }

  #nudge() {
    this.#feed?.nudge();
    this.#outbox.flush();
  }

  // ---- from the customer

  async #deliver(message) {
    await this.#begin();
    await this.#tellCart().catch(() => {}); // never in the way of the customer's words
    const { id, text } = message;
    // Who left meanwhile left their words too: never into the next conversation, perhaps of somebody else.
    const post = (token) => (this.#outbox.holds(message) ? this.#line.post("/messages", { id, text }, token) : null);
    const stored = await this.#withSession(post);
    return stored && stored.seq;
  }

  #sent(message, seq) {
    this.timeline.settle(message, seq);
    this.panel.showBegun(true);
    const answered = this.#seen > seq;
    if (this.#state.mode === "assistant" && !answered) this.timeline.showThinking();
  }

  #signal(signal) {
    return this.#withSession((token) => this.#line.post("/signals", signal, token));
  }

  async #askPerson() {
    this.panel.askingPerson(true);
    await this.#press({ person: true }); // the state that follows takes the button away
    this.panel.askingPerson(false);
  }

  async #answerOffer(answer) {
    this.panel.answering(true);
    await this.#press({ offer: answer });
    this.panel.answering(false);
  }

  async #callback(wish) {
    this.panel.choosing(true);
    await this.#press({ callback: wish });
    this.panel.choosing(false);
  }

  async #end() {
    await this.#press({ close: true });
    this.panel.askEnd(false);
  }

  async #press(signal) {
    this.panel.notice("");
    try {
      await this.#signal(signal);
    } catch (error) {
      const settled = error instanceof Refused && error.status === 409; // decided meanwhile: the state says how
      if (!settled) this.panel.notice(this.#words.didNotWork);
    }
  }

  /** One at a time, so that the newest value is told last; whoever asks waits for the same telling. */
  #tellCart() {
    this.#telling ??= this.#tellCartNow().finally(() => (this.#telling = null));
    return this.#telling;
  }

  async #tellCartNow() {
    while (this.#session && this.#cart !== this.#toldCart) {
      const value = this.#cart;
      await this.#line.post("/signals", { cart_value: value }, this.#session.token);
      this.#toldCart = value;
    }
  }

  #tellTyping() {
    const now = Date.now();
    if (this.#state.mode !== "human" || now - this.#typedAt < TYPING_EVERY) return;
    this.#typedAt = now;
    this.#signal({ typing: true }).catch(() => {}); // a courtesy: never worth a message
  }

  #opened() {
    this.#memory.open = true;
    this.#unread = 0;
    this.#memory.read = Math.max(this.#memory.read, this.#seen);
  }
}

/** Whose identity it is: only to keep customers of one browser apart. The bridge verifies it. */
function subjectOf(identity) {
  try {
    const body = identity.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    const bytes = Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
    return String(parsed(new TextDecoder().decode(bytes)).sub);
  } catch {
    return "";
  }
}
