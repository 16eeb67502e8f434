// Messages on their way. Each is sent under one id until the bridge says that it has it: the bridge
// knows a repeated id, so sending twice never means two messages.

class Outbox {
  #memory;
  #deliver;
  #shown;
  #waiting = [];
  #running = null;
  #failures = 0;
  #timer = 0;

  /** `deliver(message)` → seq, null where the message is no longer held; `shown`: onWaiting, onSending, onSent(message, seq), onFailed, onRefused. */
  constructor(memory, deliver, shown) {
    this.#memory = memory;
    this.#deliver = deliver;
    this.#shown = shown;
  }

  /** Whether a message is still to be sent. One that was cleared is not: it belonged to another conversation. */
  holds(message) {
    return this.#waiting.some((waiting) => waiting.id === message.id);
  }

  /** Resolves when what is on its way has arrived or failed. */
  async settled() {
    await this.#running;
  }

  /** Takes up what an earlier page could not send. */
  resume() {
    this.#waiting = this.#memory.unsent();
    for (const message of this.#waiting) this.#shown.onWaiting(message);
    this.flush();
  }

  clear() {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  add(text) {
    const message = { id: randomId(), text, at: Date.now() };
    this.#waiting.push(message);
    this.#memory.keepUnsent(message);
    this.#shown.onWaiting(message);
    this.flush();
  }

  /** The message came back on the stream: it has arrived, whatever became of the answer to sending it. */
  arrived(id) {
    this.#waiting = this.#waiting.filter((message) => message.id !== id);
    this.#memory.dropUnsent(id);
  }

  /** Sends what waits, one after the other, in order. */
  flush() {
    this.#running ??= this.#sendAll().finally(() => (this.#running = null));
  }

  async #sendAll() {
    clearTimeout(this.#timer);
    try {
      while (this.#waiting.length > 0) await this.#send(this.#waiting[0]);
    } catch (error) {
      for (const message of this.#waiting) this.#shown.onFailed(message);
      this.#timer = setTimeout(() => this.flush(), pauseAfter(this.#failures++ + 1, error.retryAfter));
    }
  }

  async #send(message) {
    this.#shown.onSending(message);
    try {
      const seq = await this.#deliver(message);
      if (seq === null) return;
      this.#failures = 0;
      this.arrived(message.id);
      this.#shown.onSent(message, seq);
    } catch (error) {
      if (!this.holds(message)) return;
      if (!(error instanceof Refused && error.final)) throw error;
      this.arrived(message.id);
      this.#shown.onRefused(message);
    }
  }
}
