// How a new page is noticed: the title flashes, a line for screen readers, and where the agent asked for
// it a sound and a notification. Tells the page around it, if there is one, how many wait.

import { byId, remember, remembered, setText } from "./dom.js";

const FLASH = 1000;

export class Alerts {
  constructor() {
    this.known = null;
    this.title = "Console";
    this.sound = remembered("console.sound") === "on";
    byId("sound").addEventListener("click", () => this.#toggleSound());
    byId("notify").addEventListener("click", () => this.#askToNotify());
    addEventListener("focus", () => this.#calm());
    this.#showSettings();
  }

  // Compares with what was known: a page is a handoff that waits, or this agent's own, which was not paged as
  // often before: who has been silent for long is called as well.
  look(cards, place) {
    const waiting = cards.filter((card) => card.state === "waiting");
    const called = cards.filter((card) => card.state === "waiting" || card.mine);
    const fresh = this.known === null ? [] : called.filter((card) => !this.known.has(page(card)));
    this.known = new Set(called.map(page));
    this.title = waiting.length ? `(${waiting.length}) ${place}` : place;
    if (!this.flashing) document.title = this.title;
    if (!waiting.length) this.#calm();
    if (parent !== window) parent.postMessage({ from: "console", place, waiting: waiting.length }, location.origin);
    if (fresh.length) this.#page(fresh[0]);
    return fresh;
  }

  // What this agent took is no page to them.
  expect(card) {
    this.known?.add(page(card));
  }

  #page(card) {
    setText(byId("announce"), `New page. ${card.headline}`);
    if (this.sound) chime();
    if (document.hasFocus()) return;
    this.#flash(`New page: ${card.who}`);
    if (permission() === "granted") notify(card);
  }

  #flash(words) {
    this.#calm();
    let on = false;
    this.flashing = setInterval(() => {
      on = !on;
      document.title = on ? `● ${words}` : this.title;
    }, FLASH);
  }

  #calm() {
    clearInterval(this.flashing);
    this.flashing = undefined;
    document.title = this.title;
  }

  #toggleSound() {
    this.sound = !this.sound;
    remember("console.sound", this.sound ? "on" : "off");
    this.#showSettings();
    if (this.sound) chime();
  }

  async #askToNotify() {
    await Notification.requestPermission();
    this.#showSettings();
  }

  #showSettings() {
    byId("sound").setAttribute("aria-pressed", String(this.sound));
    setText(byId("sound"), this.sound ? "Sound on" : "Sound off");
    byId("notify").hidden = permission() !== "default" || parent !== window;
  }
}

const page = (card) => `${card.handoff}#${card.pages}`;

const permission = () => ("Notification" in window ? Notification.permission : "denied");

function notify(card) {
  const shown = new Notification(`${card.who}: ${card.reason}`, { body: card.want, tag: card.handoff });
  shown.onclick = () => window.focus();
}

// Two soft tones, made here: no file to load.
function chime() {
  const audio = new AudioContext();
  [660, 880].forEach((pitch, at) => {
    const tone = audio.createOscillator();
    const level = audio.createGain();
    const start = audio.currentTime + at * 0.16;
    tone.frequency.value = pitch;
    level.gain.setValueAtTime(0.0001, start);
    level.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    level.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(level).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  });
  setTimeout(() => audio.close(), 900);
}
