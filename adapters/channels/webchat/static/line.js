// The connection to the bridge: requests, and one stream that always comes back.
//
// The stream is read with fetch, not EventSource: the token stays out of addresses and logs, a refusal
// can be told from a lost connection, and keep-alives can be watched, so a half-open socket is noticed.

const PATIENCE = 20000;
const SILENCE = 50000; // the bridge sends something at least every 20 s
const LONGEST_PAUSE = 15000;

/** The bridge answered, and the answer was no. */
class Refused extends Error {
  constructor(status, retryAfter) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfter = retryAfter;
  }

  /** The same request will be refused again. */
  get final() {
    return [400, 409, 413, 422].includes(this.status);
  }
}

class Line {
  #base;

  constructor(base) {
    this.#base = base;
  }

  async post(path, body, token) {
    const headers = { "Content-Type": "application/json" };
    const response = await this.#ask(path, { method: "POST", headers, body: JSON.stringify(body) }, token);
    return response.json();
  }

  async get(path, token, headers = {}) {
    const response = await this.#ask(path, { headers: { Accept: "application/json", ...headers } }, token);
    return response.json();
  }

  /** Reads events until the stream ends. `alive` is called for every sign of life. */
  async stream(after, token, signal, alive, onEvent) {
    const headers = { Accept: "text/event-stream", "Last-Event-ID": String(after) }; // one address, one preflight
    const response = await this.#ask("/events", { headers, signal }, token);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      alive();
      const { done, value } = await reader.read();
      if (done) return;
      const frames = (rest + value).split("\n\n");
      rest = frames.pop();
      for (const frame of frames) readFrame(frame, onEvent);
    }
  }

  async #ask(path, options, token) {
    const headers = { ...options.headers, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
    const signal = options.signal || AbortSignal.timeout(PATIENCE);
    const common = { cache: "no-store", credentials: "omit", mode: "cors", referrerPolicy: "no-referrer" };
    const response = await fetch(this.#base + path, { ...common, ...options, headers, signal });
    if (!response.ok) throw new Refused(response.status, Number(response.headers.get("Retry-After")) || 0);
    return response;
  }
}

function readFrame(frame, onEvent) {
  const lines = frame.split("\n");
  const field = (name) => lines.filter((l) => l.startsWith(`${name}: `)).map((l) => l.slice(name.length + 2));
  const content = field("data").join("\n");
  if (content) onEvent(field("event")[0] || "message", parsed(content));
}

/** Longer after every failure, spread out so that a restarted bridge is not met by everybody at once. */
function pauseAfter(failures, retryAfter = 0) {
  const longest = Math.min(LONGEST_PAUSE, 500 * 2 ** Math.min(failures, 6));
  return Math.max(retryAfter * 1000, longest * (0.5 + Math.random() / 2));
}

/** Follows one conversation: history first, then what happens, through every loss of connection. */
class Feed {
  #line;
  #token;
  #calls;
  #stopped = false;
  #abort = null;
  #wake = () => {};
  #failures = 0;
  #watchdog = 0;

  /** `calls`: seen() → newest number; onHistory, onEvent(name, data); onUp, onDown; onLost(error). */
  constructor(line, token, calls) {
    this.#line = line;
    this.#token = token;
    this.#calls = calls;
  }

  /** `history`: a conversation that is taken up again; what was said before is not news. */
  async run({ history }) {
    while (!this.#stopped) {
      let retryAfter = 0;
      try {
        if (history) await this.#readHistory();
        history = false;
        await this.#follow();
      } catch (error) {
        if (this.#stopped) return;
        if (error instanceof Refused && [401, 403, 404].includes(error.status)) return this.#calls.onLost(error);
        retryAfter = error.retryAfter || 0;
      }
      if (this.#stopped) return;
      if (this.#failures > 0) this.#calls.onDown();
      await this.#pause(pauseAfter(this.#failures++, retryAfter));
    }
  }

  stop() {
    this.#stopped = true;
    clearTimeout(this.#watchdog);
    this.#abort?.abort();
    this.#wake();
  }

  /** Tries at once: the browser says it is online again, or the page is looked at again. */
  nudge() {
    this.#wake();
  }

  async #readHistory() {
    for (;;) {
      const after = { "Last-Event-ID": String(this.#calls.seen()) };
      const page = await this.#line.get("/events", this.#token, after);
      if (this.#stopped || page.events.length === 0) return;
      for (const { event, data } of page.events) this.#calls.onHistory(event, data);
    }
  }

  async #follow() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#watch();
    try {
      await this.#line.stream(this.#calls.seen(), this.#token, signal, () => this.#alive(), (name, data) => {
        if (!this.#stopped && data) this.#calls.onEvent(name, data);
      });
    } finally {
      clearTimeout(this.#watchdog);
    }
  }

  #alive() {
    this.#failures = 0;
    this.#calls.onUp();
    this.#watch();
  }

  #watch() {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#abort.abort(), SILENCE);
  }

  #pause(length) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, length);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
