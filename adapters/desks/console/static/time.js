// Ages and times of day, by the server's clock: an agent's own may be wrong.

let ahead = 0;

export function setNow(iso) {
  ahead = Date.parse(iso) - Date.now();
}

export const secondsSince = (iso) => Math.max(0, (Date.now() + ahead - Date.parse(iso)) / 1000);

export function age(iso) {
  const seconds = secondsSince(iso);
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export const ago = (iso) => (secondsSince(iso) < 5 ? "just now" : `${age(iso)} ago`);

export function timeOfDay(iso) {
  const at = new Date(iso);
  const today = at.toDateString() === new Date(Date.now() + ahead).toDateString();
  const clock = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  return today ? clock : `${at.toLocaleDateString([], { day: "numeric", month: "short" })}, ${clock}`;
}

export function dayAndTime(iso) {
  const at = new Date(iso);
  const clock = at.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
  return `${at.toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" })}, ${clock}`;
}

export function until(iso) {
  const seconds = Math.max(0, (Date.parse(iso) - Date.now() - ahead) / 1000);
  if (seconds < 3600) return `in ${Math.ceil(seconds / 60)} min`;
  return seconds < 172800 ? `in ${Math.round(seconds / 3600)} h` : `in ${Math.round(seconds / 86400)} d`;
}
