// Messages on their way. Each is sent under one id until the bridge says that it has it: the bridge
// knows a repeated id, so sending twice never means two messages.

class Outbox {
  #memory;
  #deliver;
  #shown;
  #waiting = [];
  #busy = false;
  #failures = 0;
  #timer = 0;

  /** `deliver(message)` → seq; `shown`: onWaiting, onSending, onSent(message, seq), onFailed, onRefused. */
  constructor(memory, deliver, shown) {
    this.#memory = memory;
    this.#deliver = deliver;
    this.#shown = shown;
  }

  get ids() {
    return new Set(this.#waiting.map((message) => message.id));
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
  async flush() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.#timer);
    try {
      while (this.#waiting.length > 0) await this.#send(this.#waiting[0]);
    } catch (error) {
      for (const message of this.#waiting) this.#shown.onFailed(message);
      this.#timer = setTimeout(() => this.flush(), pauseAfter(this.#failures++ + 1, error.retryAfter));
    } finally {
      this.#busy = false;
    }
  }

  async #send(message) {
    this.#shown.onSending(message);
    try {
      const seq = await this.#deliver(message);
      this.#failures = 0;
      this.arrived(message.id);
      this.#shown.onSent(message, seq);
    } catch (error) {
      if (!(error instanceof Refused && error.final)) throw error;
      this.arrived(message.id);
      this.#shown.onRefused(message);
    }
  }
}
