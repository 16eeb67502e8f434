// The console's requests. A refusal is a `Refusal` with the server's own sentence; a lost line a `Lost`.

export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export class Lost extends Error {}

export class Api {
  constructor(tenant, desk) {
    this.base = `/console/${encodeURIComponent(tenant)}/${encodeURIComponent(desk)}`;
  }

  session = () => this.#ask("GET", "/session");
  signIn = (name, key) => this.#ask("POST", "/session", { name, key });
  signOut = () => this.#ask("DELETE", "/session");
  cards = () => this.#ask("GET", "/cards");
  thread = (handoff, after) => this.#ask("GET", `/threads/${handoff}?after=${after}`);
  duty = () => this.#ask("GET", "/duty");
  switchDuty = (on) => this.#ask("POST", "/duty", { on });
  events = (handoff) => new EventSource(`${this.base}/events${handoff ? `?handoff=${handoff}` : ""}`);
  line = (handoff, id, text) => this.#ask("POST", `/handoffs/${handoff}/lines`, { id, text });
  typing = (handoff) => this.#ask("POST", `/handoffs/${handoff}/typing`, {});

  // A press keeps its id when it is tried again, so that it counts once.
  async press(handoff, verb, body) {
    const pressed = { id: newId(), ...body };
    const path = `/handoffs/${handoff}/${verb}`;
    try {
      return await this.#ask("POST", path, pressed);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      await new Promise((done) => setTimeout(done, 800));
      return this.#ask("POST", path, pressed);
    }
  }

  async #ask(method, path, body) {
    const init = { method, credentials: "same-origin", cache: "no-store" };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    let response;
    try {
      response = await fetch(this.base + path, init);
    } catch {
      throw new Lost("The connection is lost.");
    }
    if (response.status === 204) return null;
    const answer = await response.json().catch(() => null);
    if (response.ok && answer) return answer;
    const error = answer?.error ?? {};
    throw new Refusal(response.status, error.code ?? "", error.message ?? "The server did not answer as expected.");
  }
}

// randomUUID exists on https and on loopback only; a desk inside a plain-http network needs one too.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-a$4-$5");
}
