// Times for a callback: the choice, what is chosen, and the booked one, on the clocks of the zone that the
// bridge names. It shows what it is told and reports what is pressed; a time counts when the state says so.

class Times {
  #words;
  #language;
  #calls;
  #comma;
  #zones = {};
  #shown = "";
  #changing = false;

  /** `calls`: onChoose(slot), onMove(), onCancel(). */
  constructor(words, language, calls) {
    this.#words = words;
    this.#language = language;
    this.#calls = calls;
    this.#comma = COMMAS[baseLanguage(language)] ?? ", ";
    const named = { role: "group", "aria-labelledby": "times-title", lang: language };
    this.part = el("div", { class: "question times", ...named, hidden: true });
  }

  /** The times of the newest state; says whether there is anything to see. Redraws only what changed. */
  show(callback) {
    const told = JSON.stringify(callback ?? null);
    if (told === this.#shown) return this.busy(false);
    const focused = this.part.contains(this.part.getRootNode().activeElement);
    this.#shown = told;
    this.#changing = false;
    const mine = callback?.zones && baseLanguage(callback.language) === baseLanguage(this.#language);
    this.#zones = mine ? callback.zones : {};
    this.#draw(callback);
    if (focused && callback) this.part.querySelector("[tabindex]").focus({ preventScroll: true });
  }

  /** "Friday, November 27, 10:00 AM (Madrid, GMT+1)" of an instant that the bridge named. */
  inWords(slot, zone) {
    const when = [this.#format(slot, zone, DAY), this.#format(slot, zone, CLOCK)].join(this.#comma);
    return `${when} (${this.#zone(slot, zone)})`;
  }

  brief(slot, zone) {
    return this.#format(slot, zone, { weekday: "short", ...CLOCK });
  }

  busy(busy) {
    for (const button of this.part.querySelectorAll("button")) button.setAttribute("aria-disabled", String(busy));
  }

  #draw(callback) {
    this.part.hidden = !callback;
    if (!callback) return this.part.replaceChildren();
    const { slots = [], timezone: zone, booked, chosen } = callback;
    if (booked) this.part.replaceChildren(...this.#booked(callback));
    else if (chosen) this.part.replaceChildren(...this.#chosen(callback));
    else this.part.replaceChildren(this.#title(this.#words.timesAsk), ...this.#choice(slots, zone));
  }

  #title(text) {
    return el("p", { id: "times-title", tabindex: "-1" }, text);
  }

  #booked(callback) {
    const { slots = [], timezone: zone, booked } = callback;
    const when = el("p", { class: "promised" }, icon("clock"), el("bdi", {}, this.inWords(booked, zone)));
    if (this.#changing) {
      const others = slots.filter((slot) => slot !== booked);
      return [this.#title(this.#words.timesBooked), when, ...this.#choice(others, zone), this.#choiceOf(this.#keep(callback))];
    }
    const move = this.#button("secondary", this.#words.timesMove, () => this.#change(callback));
    const cancel = this.#button("secondary", this.#words.timesCancel, () => this.#calls.onCancel());
    return [this.#title(this.#words.timesBooked), when, this.#choiceOf(move, cancel)];
  }

  #chosen(callback) {
    const { timezone: zone, chosen } = callback;
    const when = el("p", { class: "promised" }, icon("clock"), el("bdi", {}, this.inWords(chosen, zone)));
    const note = el("p", { class: "hint" }, this.#words.timesAddress);
    if (this.#changing) return [this.#title(this.#words.timesAsk), ...this.#choice(callback.slots, zone)];
    const move = this.#button("secondary", this.#words.timesMove, () => this.#change(callback));
    return [this.#title(this.#words.timesNotYet), when, note, this.#choiceOf(move)];
  }

  #change(callback) {
    if (!callback.slots?.length) return this.#calls.onMove();
    this.#changing = true;
    this.#draw(callback);
    this.part.querySelector(".slot").focus({ preventScroll: true });
  }

  #keep(callback) {
    return this.#button("secondary", this.#words.timesKeep, () => {
      this.#changing = false;
      this.#draw(callback);
      this.part.querySelector("[tabindex]").focus({ preventScroll: true });
    });
  }

  /** Day by day, so that a screen reader and an eye find the same order. */
  #choice(slots, zone) {
    const days = new Map();
    for (const slot of slots) {
      const day = this.#format(slot, zone, DAY);
      days.set(day, [...(days.get(day) ?? []), slot]);
    }
    const parts = [...days].map(([day, times]) => this.#day(day, times, zone));
    const where = slots.length ? this.#words.timesZone(this.#zone(slots[0], zone)) : "";
    return [...parts, el("p", { class: "hint" }, where, where ? " " : "", this.#words.timesOther)];
  }

  #day(day, times, zone) {
    const buttons = times.map((slot) => {
      const button = this.#button("slot", this.#format(slot, zone, CLOCK), () => this.#calls.onChoose(slot));
      button.setAttribute("aria-label", this.inWords(slot, zone));
      return button;
    });
    return el("div", { class: "day" }, el("p", { class: "day-name" }, day), el("div", { class: "slots" }, ...buttons));
  }

  #button(kind, label, press) {
    const run = () => button.getAttribute("aria-disabled") !== "true" && press();
    const button = el("button", { type: "button", class: kind, onclick: run }, el("span", {}, label));
    return button;
  }

  #choiceOf(...buttons) {
    return el("div", { class: "choice" }, ...buttons);
  }

  #format(slot, zone, parts) {
    try {
      return new Date(slot).toLocaleString(this.#language, { timeZone: zone, ...parts });
    } catch {
      return new Date(slot).toLocaleString(this.#language, parts); // a zone that this browser does not know
    }
  }

  /** As the bridge calls it in this language; a browser knows cities in Latin letters alone. */
  #zone(slot, zone) {
    const named = this.#zones[slot.slice(-"+01:00".length)];
    if (named) return named;
    if (/^(Etc\/)?(UTC|GMT)$/.test(zone)) return "UTC";
    const city = zone.split("/").pop().replace(/_/g, " ");
    try {
      const parts = new Intl.DateTimeFormat(this.#language, { timeZone: zone, timeZoneName: "shortOffset" });
      const offset = parts.formatToParts(new Date(slot)).find(({ type }) => type === "timeZoneName");
      return [city, offset.value].join(this.#comma);
    } catch {
      return city;
    }
  }
}

const DAY = { weekday: "long", day: "numeric", month: "long" };
const CLOCK = { hour: "numeric", minute: "2-digit" };
const COMMAS = { ar: "، ", ja: "、", zh: "，" };

/** "ar" of "ar-EG". */
function baseLanguage(language = "") {
  return language.toLowerCase().split("-")[0];
}
