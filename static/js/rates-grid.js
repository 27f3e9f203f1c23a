// What stands in the rates calendar: rows, days, what a cell says, and how it is told to a person.

export const page = () => document.getElementById("rates-page");
export const grid = () => document.getElementById("grid");
export const scroller = () => document.getElementById("scroller");
export const mayChange = () => page()?.dataset.mayChange !== undefined;

// What a field is called, by its letter; a, d and s are yes or no.
export const fields = {
  p: "Price", n: "Minimum stay", t: "Minimum stay through", x: "Maximum stay", a: "Closed to arrival", d: "Closed to departure",
  s: "Stop sell", h: "Hours ahead", w: "Days ahead at most", q: "Quota",
};
export const isSwitch = (letter) => "ads".includes(letter);
const leastIsStrictest = "xwq";

let cached = { grid: null, dates: [], names: [] };
function heads() {
  if (cached.grid !== grid()) {
    const days = [...grid().querySelectorAll(".day")];
    cached = { grid: grid(), days, dates: days.map((day) => day.dataset.d), names: days.map((day) => day.querySelector(".visually-hidden").textContent) };
    cached.rows = new Map([...grid().querySelectorAll(".g > .r")].map((row) => [`${row.dataset.t}|${row.dataset.p}`, row]));
  }
  return cached;
}
export const dates = () => heads().dates;
export const dayHeads = () => heads().days;
export const rows = () => [...grid().querySelectorAll(".g > .r")].filter((row) => !row.parentElement.classList.contains("shut") || row.classList.contains("t"));
export const rowOf = (type, plan) => (grid() && heads().rows.get(`${type}|${plan}`)) ?? null;
export const cellAt = (row, index) => row.children[index + 1];
export const indexOf = (cell) => Array.prototype.indexOf.call(cell.parentElement.children, cell) - 1;
export const isPast = (index) => dates()[index] < page().dataset.today;
export const head = (row) => row.firstElementChild;
const typeRow = (row) => row.parentElement.firstElementChild;
const words = (row) => head(row).querySelector("a, b, span").textContent.trim();
export const subject = (row) => (row.dataset.p ? `${words(typeRow(row))}, ${words(row)}` : words(row));

// --- What a cell says -----------------------------------------------------------------------------------------
const decimals = () => Number(page().dataset.decimals);
export function minorOf(text) {
  const match = /^(\d+)(?:[.,](\d+))?$/.exec(text.trim());
  if (!match || (match[2] ?? "").length > decimals()) return null;
  return Number(match[1]) * 10 ** decimals() + Number((match[2] ?? "").padEnd(decimals(), "0") || 0);
}
export function majorOf(minor) {
  const unit = 10 ** decimals();
  const rest = minor % unit;
  return rest ? `${Math.floor(minor / unit)}.${String(rest).padStart(decimals(), "0")}` : String(minor / unit);
}
export function limitsIn(text) {
  const found = {};
  for (const word of (text ?? "").split(" ")) if (word) found[word[0]] = Number(word.slice(1));
  return found;
}
// What the server drew, kept beside a cell that shows something else for now.
const drawn = new WeakMap();
function original(cell) {
  let was = drawn.get(cell);
  if (!was) {
    was = { text: cell.firstChild?.nodeType === Node.TEXT_NODE ? cell.firstChild.data : "", look: cell.className, m: cell.dataset.m, own: limitsIn(cell.dataset.o), holds: limitsIn(cell.dataset.e) };
    drawn.set(cell, was);
  }
  return was;
}
export const shown = (cell) => original(cell).text;
export const isManual = (cell) => /\bm\b/.test(original(cell).look);
// What the row of this cell says itself; nothing where the price is computed or the restriction comes from elsewhere.
export function stored(cell, letter) {
  if (letter === "p") return isManual(cell) ? minorOf(shown(cell)) : null;
  return original(cell).own[letter] ?? null;
}
export const price = (cell) => minorOf(shown(cell));

function marksOf(limits) {
  const found = [];
  const least = Math.max(limits.n ?? 1, limits.t ?? 1);
  if (limits.x !== undefined) found.push(`${least}–${limits.x}`);
  else if (least > 1) found.push(`${least}+`);
  if (limits.q !== undefined) found.push(`q${limits.q}`);
  if (limits.h !== undefined) found.push(`${limits.h}h`);
  if (limits.w !== undefined) found.push(`${limits.w}d`);
  return found.join(" ");
}
function overlaid(was, wanted) {
  const holds = { ...was.holds };
  for (const [letter, value] of Object.entries(wanted)) {
    if (letter === "p") continue;
    if (holds[letter] === was.own[letter]) delete holds[letter];
    if (value === null) continue;
    const strictest = leastIsStrictest.includes(letter) ? Math.min : Math.max;
    holds[letter] = holds[letter] === undefined ? value : strictest(holds[letter], value);
  }
  return holds;
}
function textOf(was, wanted) {
  if (wanted.p === undefined) return was.text;
  return wanted.p === null ? "auto" : majorOf(wanted.p);
}
// Draw a cell with what waits for it ({letter: value}), or as the server drew it.
export function draw(cell, wanted) {
  const was = original(cell);
  const kept = ["sel", "at", "edit"].filter((name) => cell.classList.contains(name));
  if (cell.firstChild?.nodeType === Node.TEXT_NODE) cell.firstChild.data = wanted ? textOf(was, wanted) : was.text;
  cell.className = was.look;
  const holds = wanted ? overlaid(was, wanted) : was.holds;
  const limits = wanted && Object.keys(wanted).some((letter) => letter !== "p");
  if (wanted) {
    cell.classList.add("pend");
    cell.classList.toggle("m", wanted.p === undefined ? isManual(cell) : wanted.p !== null);
    cell.classList.toggle("pend-p", wanted.p !== undefined);
    if (wanted.p !== undefined) cell.classList.remove("np");
    cell.classList.toggle("pend-l", Boolean(limits));
    for (const [letter, look] of [["a", "ca"], ["d", "cd"], ["s", "ss"]]) cell.classList.toggle(look, Boolean(holds[letter]));
  }
  cell.classList.add(...kept);
  const marks = wanted ? marksOf(holds) : was.m;
  if (marks) cell.dataset.m = marks;
  else delete cell.dataset.m;
}

// --- In words ---------------------------------------------------------------------------------------------------
const numbers = new Map();
export function money(minor) {
  const { currency } = page().dataset;
  const whole = minor % 10 ** decimals() === 0;
  const key = `${currency}${whole}`;
  if (!numbers.has(key)) numbers.set(key, new Intl.NumberFormat(document.documentElement.lang || "en", { style: "currency", currency, currencyDisplay: "name", minimumFractionDigits: whole ? 0 : decimals(), maximumFractionDigits: decimals() }));
  return numbers.get(key).format(minor / 10 ** decimals());
}
const said = {
  n: (value) => `minimum stay ${value}`, t: (value) => `minimum stay through ${value}`, x: (value) => `maximum stay ${value}`,
  a: () => "closed to arrival", d: () => "closed to departure", s: () => "not sold: stop sell",
  h: (value) => `booked ${value} hours ahead`, w: (value) => `booked ${value} days ahead at most`, q: (value) => `quota ${value}`,
};
function whose(cell, row, index, letter, value) {
  if (original(cell).own[letter] === value || !row.dataset.p) return "";
  if (original(cellAt(typeRow(row), index)).own[letter] === value) return " by the room type";
  const house = rowOf("", "");
  if (house && original(cellAt(house, index)).own[letter] === value) return " by the house";
  return " by the plan";
}
function rooms(row, index) {
  const count = shown(cellAt(typeRow(row), index)).replace("−", "-");
  if (!/^-?\d+$/.test(count)) return "not on sale yet";
  if (Number(count) < 0) return `${-Number(count)} rooms sold too many`;
  return Number(count) === 0 ? "sold out" : `${count} ${count === "1" ? "room" : "rooms"} left`;
}
const standings = { w: "not told yet", r: "refused there", d: "another one is shown there" };
// What the chosen channel is told of a cell, in words; nothing where none is chosen or the cell is nobody's to tell.
function there(cell, row, index) {
  const { channel } = page().dataset;
  if (!channel || !row.dataset.t || isPast(index)) return "";
  if (row.dataset.c === undefined) return `not sold at ${channel}`;
  const said = cell.querySelector("small");
  if (!said) return `${channel} is not told of this day`;
  const standing = ["w", "r", "d"].find((look) => said.classList.contains(look));
  const minor = row.dataset.p ? minorOf(said.textContent) : null;
  const value = row.dataset.p ? (minor === null ? "no price" : money(minor)) : `${said.textContent} left`;
  const closed = said.classList.contains("x");
  return `${closed ? `closed at ${channel}` : `${channel} is told ${value}`}${standing ? `, ${standings[standing]}` : ""}`;
}
// "Double, Flexible, Friday 4 December: 129 euros, minimum stay 2, 3 rooms left"
export function told(cell, wanted) {
  const row = cell.parentElement;
  const index = indexOf(cell);
  const parts = [];
  if (row.dataset.p) {
    const now = price(cell);
    parts.push(now === null ? "no price, so not sold" : money(now));
    if (isManual(cell)) parts.push("set by hand");
    else if (row.dataset.f && now !== null) parts.push(`follows ${words(rowOf(row.dataset.t, row.dataset.f) ?? row)}`);
  }
  for (const [letter, value] of Object.entries(original(cell).holds)) parts.push(said[letter](value) + whose(cell, row, index, letter, value));
  parts.push(rooms(row, index));
  const outward = there(cell, row, index);
  if (outward) parts.push(outward);
  if (isPast(index)) parts.push("over");
  for (const [letter, value] of Object.entries(wanted ?? {}))
    parts.push(`to be saved: ${fields[letter].toLowerCase()} ${value === null ? (letter === "p" ? "as computed" : "none") : letter === "p" ? money(value) : isSwitch(letter) ? "yes" : value}`);
  return `${subject(row)}, ${heads().names[index]}: ${parts.join(", ")}`;
}
export function reveal(cell) {
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  // Sticky heads cover what scrollIntoView believes to be seen.
  const label = head(cell.parentElement).getBoundingClientRect();
  const box = cell.getBoundingClientRect();
  if (document.dir === "rtl") { if (box.right > label.left) scroller().scrollLeft += box.right - label.left; }
  else if (box.left < label.right) scroller().scrollLeft -= label.right - box.left;
  const top = grid().querySelector(".heads").getBoundingClientRect().bottom;
  if (box.top < top) scroller().scrollTop -= top - box.top + 1;
}
