// The desk at work: reads cards and thread, shows them, and carries presses and lines to the server.

import { Alerts } from "./alerts.js";
import { Lost, Refusal } from "./api.js";
import { CardPane } from "./card.js";
import { Composer } from "./composer.js";
import { Dialogs } from "./dialogs.js";
import { byId, setText, show } from "./dom.js";
import { Duty } from "./duty.js";
import { List } from "./list.js";
import { Live } from "./live.js";
import { Thread } from "./thread.js";
import { setNow } from "./time.js";

const WIDE = matchMedia("(min-width: 641px)");
const NOTHING_YET = "When a customer needs a person, the card appears here.";

export class Desk {
  constructor(api, place, signedOut) {
    Object.assign(this, { api, place, signedOut });
    this.cards = [];
    this.chosen = null;
    this.alerts = new Alerts();
    const promised = (handoff) => this.duty.promised(handoff);
    this.list = new List((handoff) => this.choose(handoff), promised);
    this.duty = new Duty(api, (handoff) => this.choose(handoff), (error, tell) => this.#failed(error, tell));
    this.dialogs = new Dialogs((verb, body, card) => this.press(verb, body, card));
    this.card = new CardPane((verb, body) => this.press(verb, body), promised, {
      askRelease: (card) => this.dialogs.askRelease(card),
      askTransfer: (card) => this.#askTransfer(card),
      askTakeover: (card) => this.dialogs.askTakeover(card),
    });
    this.thread = new Thread({
      use: (text) => this.#use(text),
      retry: (id, text) => this.#write(this.chosen, id, text),
      press: (verb, body) => this.press(verb, body),
    });
    this.composer = new Composer((handoff, id, text) => this.#line(handoff, id, text), (handoff) => this.#typing(handoff));
    this.live = new Live(api, {
      read: () => this.read(),
      typing: (name) => this.thread.typing(name || this.card.card?.who || "Customer"),
      status: (up) => this.#status(up),
    });
    byId("back").addEventListener("click", () => this.leave());
    setInterval(() => this.#tick(), 1000);
  }

  start() {
    this.live.follow(this.chosen);
  }

  async read() {
    try {
      const { now, cards } = await this.api.cards();
      setNow(now);
      this.cards = cards;
      const fresh = this.alerts.look(cards, this.place);
      if (WIDE.matches) this.#chooseFor(fresh);
      this.list.render(cards, this.chosen);
      show(byId("nothing"), !this.chosen);
      setText(byId("nothing-text"), cards.length ? "Choose a handoff on the left." : NOTHING_YET);
      await this.duty.read();
      this.list.tick();
      this.card.tick();
      if (this.chosen) await this.#readThread(this.chosen);
    } catch (error) {
      this.#failed(error);
    }
  }

  choose(handoff) {
    if (handoff === this.chosen) return;
    this.chosen = handoff;
    this.lookingBack = ended(this.#card(handoff));
    byId("panes").dataset.open = "yes";
    this.thread.clear();
    this.list.render(this.cards, handoff);
    this.live.follow(handoff);
  }

  // Back to the list, where there is room for one pane only.
  leave() {
    this.chosen = null;
    delete byId("panes").dataset.open;
    show(byId("handoff"), false);
    this.list.render(this.cards, null);
    this.list.focusFirst();
    this.live.follow(null);
  }

  // `card`: as it was seen when the press was decided on.
  async press(verb, body, card = this.card.card) {
    const { handoff, epoch } = card;
    this.card.refuse("");
    this.card.busy(true);
    try {
      const done = await this.api.press(handoff, verb, { epoch, ...body });
      this.card.refuse(done.why, true);
      if (verb === "takeover") this.alerts.expect(card);
      this.toWrite = verb !== "release" && WIDE.matches;
    } catch (error) {
      this.#failed(error, (why) => this.card.refuse(why));
    } finally {
      this.card.busy(false);
      this.live.read();
    }
  }

  // What an agent is reading is never taken from them, but a card that ended in front of them makes room.
  #chooseFor(fresh) {
    const first = this.cards.find((card) => card.mine) ?? this.cards.find((card) => card.state === "waiting");
    if (!this.chosen && first) this.choose(first.handoff);
    else if (fresh.length && !this.lookingBack && ended(this.#card(this.chosen))) this.choose(fresh[0].handoff);
  }

  #card(handoff) {
    return this.cards.find((card) => card.handoff === handoff);
  }

  async #readThread(handoff) {
    let page;
    do {
      page = await this.api.thread(handoff, this.thread.after);
      if (handoff !== this.chosen) return;
      show(byId("handoff"), true);
      this.card.render(page.card);
      this.composer.render(page.card);
      this.#takeUpThePen(page.card);
      this.thread.add(page.entries, page.next);
    } while (page.more);
  }

  // After a claim the next thing is to write, unless the agent went on to something else meanwhile.
  #takeUpThePen(card) {
    if (this.toWrite && card.mine && document.activeElement === document.body) byId("line").focus();
    this.toWrite = false;
  }

  #line(handoff, id, text) {
    this.thread.sending(id, text);
    return this.#write(handoff, id, text);
  }

  async #write(handoff, id, text) {
    try {
      const done = await this.api.line(handoff, id, text);
      this.thread.sent(id, done.seq);
      this.card.refuse(done.why);
    } catch (error) {
      this.#failed(error, (why) => this.thread.notSent(id, why));
    }
    this.live.read();
  }

  // A draft goes where this agent can send it from: the line of an owner, else the suggested reply.
  #use(text) {
    if (this.card.card.mine || !this.card.use(text)) this.composer.use(text);
  }

  #typing(handoff) {
    this.api.typing(handoff).catch(() => {}); // a sign of life that may be lost
  }

  async #askTransfer(card) {
    try {
      this.dialogs.askTransfer(card, await this.api.session());
    } catch (error) {
      this.#failed(error, (why) => this.card.refuse(why));
    }
  }

  #failed(error, tell = () => {}) {
    if (error instanceof Refusal && error.status === 401) {
      this.live.stop();
      this.signedOut();
    } else if (error instanceof Refusal && error.status === 404 && this.chosen) {
      this.leave();
    } else if (error instanceof Refusal || error instanceof Lost) {
      tell(error.message);
    } else {
      throw error;
    }
  }

  #status(up) {
    setText(byId("live"), up ? "Live" : "Reconnecting…");
    byId("live").classList.toggle("down", !up);
  }

  #tick() {
    this.list.tick();
    this.duty.tick();
    this.card.tick();
  }
}

const ended = (card) => card?.state === "released" || card?.state === "closed";
