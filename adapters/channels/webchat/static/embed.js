// The embed: reads its own <script> tag, puts the chat on the page, offers `window.HandoffBridge`.
//
// Everything lives in a shadow root, so the shop's styles and the chat's never meet. No markup is parsed,
// no inline style is written: it runs under a strict Content-Security-Policy.

const TAG = document.currentScript || document.querySelector('script[data-tenant][src*="/widget.js"]');
const COLOUR = /^#[0-9a-f]{6}$/i;
const PLAIN_COLOUR = "#1d4ed8";

function embed(options, origin) {
  const base = `${origin}/webchat/${encodeURIComponent(options.tenant)}/${encodeURIComponent(options.channel)}`;
  const line = new Line(base);
  const language = options.language || navigator.language || "en";
  const mount = options.mount ? document.querySelector(options.mount) : null;
  if (options.mount && !mount) console.error(`Handoff Bridge: data-mount found nothing at ${options.mount}`);
  const memory = new Memory(`${origin}/${options.tenant}/${options.channel}`);
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  const chat = new Chat({ line, memory, language, timezone: timeZone || "", inline: Boolean(mount) });

  const spoken = pickLanguage([language]);
  const dir = RIGHT_TO_LEFT.includes(spoken) ? "rtl" : null; // otherwise as the page is
  const place = el("div", { id: "handoff-bridge", lang: spoken, dir, "data-inline": Boolean(mount) });
  const root = place.attachShadow({ mode: "open" });
  putStyle(root, options.nonce);
  root.append(el("div", { class: "root" }, ...chat.panel.parts));
  dress(place, chat, options);
  (mount || document.body).append(place);
  fitKeyboard(place);

  line.get("").then(
    (look) => dress(place, chat, { title: options.title || look.title, colour: options.colour || look.colour }),
    () => {
      // A browser doesn't say which it was: no such chat, a site that is not named, or no connection.
      console.error(`Handoff Bridge: no answer from ${base}: check tenant, channel and the channel's "origins".`);
      chat.fail();
    },
  );
  chat.start(options.identity);
  if (options.open !== undefined || memory.open) chat.panel.open({ focus: false });
  return chat;
}

function putStyle(root, nonce) {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    root.append(el("style", { nonce: nonce || null }, STYLE)); // before Safari 16.4
  }
}

/** The tenant's colour where it can be read, its ink always black or white. */
function dress(place, chat, { title, colour }) {
  if (title) chat.panel.title = title;
  const accent = COLOUR.test(colour || "") ? colour : PLAIN_COLOUR;
  place.style.setProperty("--accent", accent);
  place.style.setProperty("--ink", inkOn(accent));
  place.style.setProperty("--accent-on-white", contrast(accent, "#ffffff") >= 4.5 ? accent : "#1f2937");
}

/** On phones the keyboard covers the page without resizing it: keep to what can be seen. */
function fitKeyboard(place) {
  const view = window.visualViewport;
  view?.addEventListener("resize", () => place.style.setProperty("--view", `${Math.round(view.height)}px`));
}

function start() {
  const options = { ...TAG.dataset };
  const chat = embed(options, new URL(TAG.src).origin);
  return {
    open: () => chat.panel.open(),
    close: () => chat.panel.close(),
    setIdentity: (jwt) => chat.setIdentity(jwt),
    setCart: (value) => chat.setCart(Number(value)),
    send: (text) => chat.send(text),
    end: () => chat.end(),
    reset: () => chat.reset(),
  };
}

/** Calls made before the page is ready are kept and made then. */
function offer() {
  const waiting = [];
  let ready = null;
  const later = (name) => (...given) => (ready ? ready[name](...given) : void waiting.push([name, given]));
  const names = ["open", "close", "setIdentity", "setCart", "send", "end", "reset"];
  window.HandoffBridge = Object.fromEntries(names.map((name) => [name, later(name)]));
  const begin = () => {
    ready = start();
    for (const [name, given] of waiting) ready[name](...given);
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
}

if (window.HandoffBridge) console.warn("Handoff Bridge: widget.js is on this page twice; the second is ignored.");
else if (!TAG?.dataset.tenant || !TAG?.dataset.channel) console.error("Handoff Bridge: the script tag needs data-tenant and data-channel.");
else offer();
