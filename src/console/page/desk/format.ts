// Figures and times as people read them. Nothing here knows the browser.

const LOCALE = "en";
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const finest = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium" });

/** `1,234.5`; fractions only where they say something. */
export function number(value: number): string {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return whole.format(value);
  return size >= 1 ? fine.format(value) : finest.format(value);
}

/** `12.3K`, for where there is little room. */
export function compact(value: number): string {
  return Math.abs(value) < 10_000 ? number(value) : short.format(value);
}

export function bytes(value: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const step = Math.min(Math.max(Math.floor(Math.log2(Math.max(value, 1)) / 10), 0), units.length - 1);
  return `${number(value / 1024 ** step)} ${units[step]}`;
}

/** `3 d 4 h`, `12 min`, `8 s`: the two largest units at most. */
export function duration(seconds: number): string {
  const units: [string, number][] = [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
    ["s", 1],
  ];
  const at = units.findIndex(([, size]) => seconds >= size);
  if (at === -1) return "0 s";
  const [name, size] = units[at] ?? ["s", 1];
  const rest = units[at + 1];
  const count = Math.floor(seconds / size);
  const more = rest ? Math.floor((seconds % size) / rest[1]) : 0;
  return more > 0 && rest ? `${count} ${name} ${more} ${rest[0]}` : `${count} ${name}`;
}

/** `4 min ago`, `in 2 h`, a date for what is far away. */
export function relative(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1000);
  const size = Math.abs(seconds);
  if (size < 5) return "now";
  if (size >= 30 * 86_400) return day.format(atMs);
  const text = size < 60 ? `${size} s` : size < 3_600 ? `${Math.floor(size / 60)} min` : hours(size);
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}

function hours(seconds: number): string {
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** To the second, where the operator is. */
export function exact(atMs: number): string {
  return moment.format(atMs);
}

/** `14:03:07.123`, where the operator is. */
export function clock(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const ms = String(at.getMilliseconds()).padStart(3, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

/** `live` as a heading. */
export function titled(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Keeps both ends of a long id: they tell two of them apart. */
export function shortened(id: string, length = 18): string {
  if (id.length <= length) return id;
  const tail = 6;
  return `${id.slice(0, length - tail - 1)}…${id.slice(-tail)}`;
}
