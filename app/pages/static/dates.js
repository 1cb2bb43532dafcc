// Days and times as they are in the Netherlands, whatever the clock zone of this device.

const ZONE = "Europe/Amsterdam";
const DAY = 86_400_000;
let ahead = 0; // how far the clock of this device runs ahead of the desk, in milliseconds

/** Follows the desk's clock (its Date header), so that a wrong clock here gives no day of tomorrow. */
export function setClock(header) {
  const desk = Date.parse(header ?? "");
  if (!Number.isNaN(desk)) ahead = Date.now() - desk;
}

export const now = () => new Date(Date.now() - ahead);

const parts = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
  hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** Wall clock in the Netherlands, as milliseconds counted as if it were UTC. */
function wall(instant) {
  const at = Object.fromEntries(parts.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
}

/** A day is the UTC midnight that carries its date; today in the Netherlands is one. */
export const today = (instant = now()) => Math.floor(wall(instant) / DAY) * DAY;
export const daysLater = (day, count) => day + count * DAY;

/** RFC 3339 with the offset that holds in the Netherlands at wall clock `local` (ms, as if UTC). */
function stamp(local) {
  const guess = wall(new Date(local)) - local;
  const offset = wall(new Date(local - guess)) - (local - guess);
  const minutes = Math.round(offset / 60_000);
  const sign = minutes < 0 ? "-" : "+";
  const two = (number) => String(Math.abs(number)).padStart(2, "0");
  const zone = `${sign}${two(Math.trunc(minutes / 60))}:${two(minutes % 60)}`;
  return new Date(local).toISOString().slice(0, 19) + zone;
}

export const startOf = (day) => stamp(day);

/** The end of a day, or this moment while the day still lasts. */
export function endOf(day) {
  const instant = now();
  return day === today(instant) ? stamp(Math.floor(wall(instant) / 1000) * 1000) : stamp(day + DAY - 1000);
}

/** "14-11-2026" (also with / . or spaces) as a day; null when it is no day between 1900 and 2199. */
export function readDay(text) {
  const match = /^\s*([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]((?:19|20|21)[0-9]{2})\s*$/.exec(text);
  if (!match) return null;
  const [date, month, year] = match.slice(1).map(Number);
  const day = Date.UTC(year, month - 1, date);
  const back = new Date(day);
  return back.getUTCDate() === date && back.getUTCMonth() === month - 1 ? day : null;
}

const say = (options, zone) => new Intl.DateTimeFormat("nl-NL", { timeZone: zone, ...options });
const longDay = { weekday: "long", day: "numeric", month: "long" };

export const dayInWords = (day) => say(longDay, "UTC").format(day);
export const dayWithYear = (day) => say({ ...longDay, year: "numeric" }, "UTC").format(day);

/** "maandag 23 november 2026 om 9.14 uur" */
export function momentInWords(text) {
  const instant = new Date(text);
  return `${say({ ...longDay, year: "numeric" }, ZONE).format(instant)} om ${clock(instant)}`;
}

/** "23 november, 10.20 uur" */
export function shortMoment(text) {
  const instant = new Date(text);
  return `${say({ day: "numeric", month: "long" }, ZONE).format(instant)}, ${clock(instant)}`;
}

/** "10.20 uur" */
export function clock(instant) {
  const time = say({ hour: "numeric", minute: "2-digit", hourCycle: "h23" }, ZONE).format(instant);
  return `${time.replace(":", ".").replace(/^0/, "")} uur`;
}

/** Sunday of Easter (Gauss, Gregorian calendar). */
function easter(year) {
  const a = year % 19, b = Math.floor(year / 100), c = year % 100;
  const d = (19 * a + b - Math.floor(b / 4) - Math.floor((b - Math.floor((b + 8) / 25) + 1) / 3) + 15) % 30;
  const e = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - d - (c % 4)) % 7;
  const f = d + e - 7 * Math.floor((a + 11 * d + 22 * e) / 451) + 114;
  return Date.UTC(year, Math.floor(f / 31) - 1, (f % 31) + 1);
}

/** Days on which an office may be closed. A day too many makes a promise later, never broken. */
function isFree(day) {
  const date = new Date(day);
  const year = date.getUTCFullYear();
  const weekday = date.getUTCDay();
  const fixed = [[0, 1], [3, 26], [3, 27], [4, 5], [11, 25], [11, 26]];
  const moving = [-2, 1, 39, 50].map((count) => daysLater(easter(year), count));
  return weekday === 0 || weekday === 6 || moving.includes(day)
    || fixed.some(([month, number]) => date.getUTCMonth() === month && date.getUTCDate() === number);
}

/** The day that lies `count` working days after `day`. */
export function workingDaysLater(day, count) {
  let at = day;
  for (let left = count; left > 0;) {
    at = daysLater(at, 1);
    if (!isFree(at)) left -= 1;
  }
  return at;
}
