// What survives a reload: the session, unsent messages, how far the customer has read.
//
// Each unsent message has a key of its own, so that two tabs never overwrite each other's. A signed
// customer's session is kept under their own name: it is not resumed for anybody else at this browser.

class Memory {
  #store;
  #place;
  #scope;

  constructor(place) {
    this.#store = openStore(() => window.localStorage);
    this.#place = `handoff-bridge:${place}`;
    this.enter("");
  }

  /** From here on, what is kept belongs to this customer; "" is the unknown one. */
  enter(subject) {
    this.#scope = `${this.#place}:${subject ? `signed:${subject}` : "anonymous"}`;
  }

  get session() {
    return parsed(this.#store.getItem(`${this.#scope}:session`));
  }

  set session(session) {
    this.#put(`${this.#scope}:session`, session === null ? null : JSON.stringify(session));
  }

  get read() {
    return Number(this.#store.getItem(`${this.#scope}:read`)) || 0;
  }

  set read(seq) {
    this.#put(`${this.#scope}:read`, String(seq));
  }

  get open() {
    return this.#store.getItem(`${this.#place}:open`) === "yes";
  }

  set open(open) {
    this.#put(`${this.#place}:open`, open ? "yes" : null);
  }

  unsent() {
    const found = this.#keys("unsent:").map((key) => parsed(this.#store.getItem(key)));
    return found.filter((message) => message?.id && message.text).sort((a, b) => a.at - b.at);
  }

  keepUnsent(message) {
    this.#put(`${this.#scope}:unsent:${message.id}`, JSON.stringify(message));
  }

  dropUnsent(id) {
    this.#put(`${this.#scope}:unsent:${id}`, null);
  }

  forget() {
    for (const key of this.#keys("")) this.#put(key, null);
  }

  /** Calls back when another tab of this customer began, changed or ended the session. */
  onSessionElsewhere(changed) {
    window.addEventListener("storage", (event) => {
      if (event.key === `${this.#scope}:session`) changed(parsed(event.newValue));
    });
  }

  #keys(prefix) {
    return Object.keys(this.#store).filter((key) => key.startsWith(`${this.#scope}:${prefix}`));
  }

  #put(key, value) {
    try {
      if (value === null) this.#store.removeItem(key);
      else this.#store.setItem(key, value);
    } catch {
      // A full store: the chat goes on, only a reload forgets.
    }
  }
}

/** The browser's store, or one that lasts as long as the page: private windows and sandboxes throw. */
function openStore(find) {
  try {
    const store = find();
    store.setItem("handoff-bridge:probe", "1");
    store.removeItem("handoff-bridge:probe");
    return store;
  } catch {
    return pageStore();
  }
}

function pageStore() {
  const methods = {
    getItem: { value: (key) => (Object.hasOwn(store, key) ? store[key] : null) },
    setItem: { value: (key, value) => void (store[key] = value) },
    removeItem: { value: (key) => void delete store[key] },
  };
  const store = Object.create(null, methods);
  return store;
}

function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}
