// Building the page: elements, icons, links, contrast. Text always goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: "M4 5.5A2.5 2.5 0 0 1 6.500 3h11A2.500 2.500 0 0 1 20 5.500v8a2.500 2.500 0 0 1-2.500 2.500H10l-4.300 3.700c-.5.400-1.200.100-1.200-.500V16h0A2.500 2.500 0 0 1 4 13.500z",
  down: "M6 9.500l6 6 6-6",
  cross: "M6.500 6.500l11 11M17.500 6.500l-11 11",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.500V12l3 2",
  send: "M12 19V6M6 11.500L12 5.500l6 6",
  file: "M7 3h7l5 5v11.500A1.500 1.500 0 0 1 17.500 21h-10A1.500 1.500 0 0 1 6 19.500v-15A1.500 1.500 0 0 1 7.500 3zM14 3v5h5",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20c.800-3.800 3.800-5.500 7.500-5.500s6.700 1.700 7.500 5.500",
};

/** An element. Keys that start with "on" are listeners, `class` and all others are attributes. */
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function icon(name, filled = false) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  const look = filled
    ? { fill: "currentColor" }
    : { fill: "none", stroke: "currentColor", "stroke-width": "2", "stroke-linecap": "round", "stroke-linejoin": "round" };
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false", ...look })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const ADDRESS = /\bhttps?:\/\/[^\s<>"'`{}|\\^\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;

/** The text as nodes: http and https addresses become links that give the page no handle on this one. */
function withLinks(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = withoutTail(found[0]);
    if (!isWebAddress(address)) continue;
    nodes.push(text.slice(from, found.index));
    nodes.push(el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, address));
    from = found.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter((node) => node !== "");
}

/** A link that opens beside the page; the bare words where the address is not a web address. */
function linkTo(address, words) {
  if (!address || !isWebAddress(address)) return el("bdi", {}, words);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, el("bdi", {}, words));
}

/** Without the punctuation of the sentence around it; a closing bracket stays when it was opened inside. */
function withoutTail(address) {
  let kept = address.replace(/[.,;:!?…*_~]+$/u, "");
  for (const [open, shut] of ["()", "[]"]) {
    while (kept.endsWith(shut) && kept.split(shut).length > kept.split(open).length) {
      kept = kept.slice(0, -1).replace(/[.,;:!?…*_~]+$/u, "");
    }
  }
  return kept;
}

function isWebAddress(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) && url.hostname !== "" && !url.username && !url.password;
  } catch {
    return false;
  }
}

/** Relative luminance by WCAG 2. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour) {
  const parts = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/** Black or white, whichever reads better on a tenant's colour: one of them always reaches 4.5:1. */
function inkOn(colour) {
  return contrast(colour, "#ffffff") >= contrast(colour, "#000000") ? "#ffffff" : "#000000";
}

function initials(name) {
  const words = name.trim().split(/\s+/u).filter(Boolean);
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => [...word][0].toUpperCase()).join("");
}

/** Random even where the page is plain http and `randomUUID` does not exist. */
function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
