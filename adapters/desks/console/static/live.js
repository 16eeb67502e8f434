// The stream of hints. A hint means: read again. However many come, one read runs at a time.

const GAP = 150; // milliseconds between two reads
const BACK_OFF = [1000, 2000, 4000, 8000, 15000];

export class Live {
  constructor(api, { read, typing, status }) {
    Object.assign(this, { api, readAll: read, typing, status });
    this.failures = 0;
    this.wanted = false;
    this.reading = false;
  }

  // Follows the desk, and the customer of one handoff. The stream begins with a hint, so nothing is missed.
  follow(handoff) {
    this.stop();
    const stream = this.api.events(handoff);
    this.stream = stream;
    stream.addEventListener("board", () => this.#up());
    stream.addEventListener("typing", (event) => this.typing(JSON.parse(event.data).name));
    stream.addEventListener("error", () => this.#down(handoff));
  }

  stop() {
    clearTimeout(this.timer);
    this.stream?.close();
    this.stream = null;
  }

  async read() {
    this.wanted = true;
    if (this.reading) return;
    this.reading = true;
    while (this.wanted) {
      this.wanted = false;
      await this.readAll();
      await new Promise((done) => setTimeout(done, GAP));
    }
    this.reading = false;
  }

  #up() {
    this.failures = 0;
    this.status(true);
    this.read();
  }

  #down(handoff) {
    this.stop();
    this.status(false);
    const wait = BACK_OFF[Math.min(this.failures, BACK_OFF.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(async () => {
      await this.read();
      if (!this.stream) this.follow(handoff);
    }, wait);
  }
}
