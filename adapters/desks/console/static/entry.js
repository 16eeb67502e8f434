// One entry of the thread as an element, with what can be done with it.

import { make, webAddress } from "./dom.js";
import { timeOfDay } from "./time.js";

export function entryItem(entry, calls) {
  const item = make("li", { cls: `entry ${look(entry)}`, "data-seq": entry.seq, "data-replaces": entry.replaces || "" });
  if (entry.author === "system" && entry.kind === "message") {
    item.append(make("p", { cls: "notice", text: entry.text, dir: "auto" }));
    return item;
  }
  const at = make("time", { datetime: entry.at, text: timeOfDay(entry.at) });
  item.append(make("p", { cls: "meta" }, ...label(entry), " ", at));
  if (entry.text || !entry.files.length) item.append(bubble(entry.text || "(empty)"));
  item.append(...entry.files.map((file) => fileLine(entry, file)));
  const actions = actionsOf(entry, item, calls);
  if (actions.length) item.append(make("p", { cls: "actions" }, ...actions));
  return item;
}

export const bubble = (text) => make("p", { cls: "bubble", text, dir: "auto" });

export const mark = (text) => make("span", { cls: "mark", text });

export const bySeq = (box, seq) => (seq ? box.querySelector(`[data-seq="${Number(seq)}"]`) : null);

function actionsOf(entry, item, { use, press }) {
  if (entry.kind === "draft") {
    return [
      action("Send this", "send-draft", () => press("draft", { seq: entry.seq })),
      action("Use as my reply", "use", () => use(entry.text)),
    ];
  }
  if (entry.reason === "undeliverable" && entry.about) {
    return [action("Send again", "again", () => press("retry", { seq: entry.about }))];
  }
  if (entry.mine && entry.line && entry.said) {
    return [action("Change", "change", () => change(entry, item, press))];
  }
  return [];
}

function action(text, cls, act) {
  const button = make("button", { type: "button", cls: `linkish ${cls}`, text });
  button.addEventListener("click", act);
  return button;
}

// The line becomes a box in its place. Emptied, it is taken back.
function change(entry, item, press) {
  if (item.querySelector("textarea")) return;
  const area = make("textarea", { rows: "2", maxlength: "8000", dir: "auto", "aria-label": "Your line" });
  area.value = entry.said;
  const shown = item.querySelector(".bubble");
  const buttons = item.querySelector(".actions");
  const close = () => {
    area.replaceWith(shown);
    box.replaceWith(buttons);
  };
  const save = () => {
    const text = area.value.trim();
    close();
    if (text !== entry.said.trim()) press("edit", { line: entry.line, ...(text && { text }) });
  };
  const box = make("p", { cls: "actions" }, action("Save", "save", save), action("Take it back", "take-back", () => ((area.value = ""), save())), action("Cancel", "cancel", close));
  area.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) save();
  });
  shown.replaceWith(area);
  buttons.replaceWith(box);
  area.focus();
}

function fileLine(entry, file) {
  const address = webAddress(file.url ?? "");
  const name = address
    ? make("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", text: file.name, dir: "auto" })
    : make("span", { text: file.name, dir: "auto" });
  const lost = entry.kind === "note" || !address ? mark("Not delivered") : null;
  return make("p", { cls: "file" }, make("span", { "aria-hidden": "true", text: "📎 " }), name, " ", lost);
}

function look(entry) {
  if (entry.kind !== "message") return entry.kind;
  if (entry.author === "agent") return entry.mine ? "mine" : "colleague";
  return entry.author;
}

// Who wrote it, and whether the customer sees it: never by colour alone.
function label(entry) {
  const name = make("span", { cls: "by", text: entry.name || by(entry), dir: "auto" });
  if (entry.kind === "draft") return [mark("Draft, not sent"), name, reason(entry)];
  if (entry.kind === "note") {
    return [mark(entry.reason === "not_owner" ? "Not sent, stays inside" : "Internal note"), name];
  }
  return entry.author === "assistant" ? [name, mark("AI")] : [name];
}

const by = (entry) => ({ customer: "Customer", assistant: "Assistant", agent: "Agent" })[entry.author] ?? "Bridge";

const reason = (entry) => (entry.reason ? make("span", { cls: "why", text: entry.reason, dir: "auto" }) : null);
