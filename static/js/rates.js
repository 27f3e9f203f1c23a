// The rates calendar under the hand: walking, selecting, editing in place. Nothing is saved before the preview's yes.

import { toast, typing } from "./desk.js";
import { cellAt, dates, dayHeads, fields, grid, head, indexOf, isPast, isSwitch, majorOf, mayChange, minorOf, page, price, reveal, rowOf, rows, scroller, stored, told } from "./rates-grid.js";
import * as pending from "./rates-pending.js";

// Where one is and where the selection began, by codes and day: these outlive the rows when others are drawn.
let at = null;       // { type, plan, day }
let anchor = null;
let editor = null;   // { box, input, letter, cell, fresh }
let field = "p";     // what was edited last: what fill-down copies
let posted = [];     // cells of the preview that is open

const voice = (text) => { document.getElementById("rates-voice").textContent = text; };
const place = (row, index) => ({ type: row.dataset.t, plan: row.dataset.p, day: dates()[index] });
const found = (where) => {
  const row = where && grid() ? rowOf(where.type, where.plan) : null;
  const index = where ? dates().indexOf(where.day) : -1;
  return row && index >= 0 ? { row, index, cell: cellAt(row, index) } : null;
};
const here = () => found(at);
const dialogOpen = () => document.getElementById("dialog").open;

// --- Selection ------------------------------------------------------------------------------------------------
function selection() {
  const to = here();
  const from = found(anchor) ?? to;
  if (!to) return [];
  const all = rows();
  const [top, bottom] = [all.indexOf(from.row), all.indexOf(to.row)].sort((a, b) => a - b);
  const [left, right] = [from.index, to.index].sort((a, b) => a - b);
  const cells = [];
  for (const row of all.slice(Math.max(top, 0), bottom + 1)) for (let index = left; index <= right; index += 1) cells.push({ row, index, cell: cellAt(row, index) });
  return cells;
}
const editable = () => selection().filter(({ index }) => !isPast(index));
function mark() {
  for (const cell of grid().querySelectorAll(".sel, .at")) {
    cell.classList.remove("sel", "at");
    cell.removeAttribute("aria-selected");
  }
  for (const element of grid().querySelectorAll(".on")) element.classList.remove("on");
  const cells = selection();
  if (cells.length > 1) for (const { cell } of cells) {
    cell.classList.add("sel");
    cell.setAttribute("aria-selected", "true");
  }
  for (const { row, index } of cells) {
    head(row).classList.add("on");
    dayHeads()[index].classList.add("on");
  }
  return cells;
}
function goTo(row, index, { extend = false, focus = true } = {}) {
  const bounded = Math.min(Math.max(index, 0), dates().length - 1);
  at = place(row, bounded);
  if (!extend || !anchor) anchor = at;
  const cell = cellAt(row, bounded);
  for (const other of grid().querySelectorAll("i[tabindex]")) other.removeAttribute("tabindex");
  cell.tabIndex = 0;
  cell.ariaLabel = told(cell, pending.waiting(row, bounded));
  const cells = mark();
  cell.classList.add("at");
  tell(cell);
  if (!focus) return;
  cell.focus({ preventScroll: true });
  reveal(cell);
  if (cells.length > 1) voice(`${cells.length} cells selected`);
}
function tell(cell) {
  const line = document.getElementById("rates-told");
  if (line) line.textContent = told(cell, pending.waiting(cell.parentElement, indexOf(cell)));
}
function walk(event) {
  const now = here();
  if (!now) return;
  const all = rows();
  const extend = event.shiftKey;
  const onward = (event.key === "ArrowRight") !== (document.dir === "rtl");
  const far = event.ctrlKey || event.metaKey;
  let { row, index } = now;
  if (event.key === "Home") index = 0;
  else if (event.key === "End") index = dates().length - 1;
  else if (event.key === "ArrowLeft" || event.key === "ArrowRight") index = far ? (onward ? dates().length - 1 : 0) : index + (onward ? 1 : -1);
  else {
    const down = event.key === "ArrowDown";
    const candidates = far ? all.filter((other) => other.classList.contains("t") || other === row) : all;
    row = candidates[candidates.indexOf(row) + (down ? 1 : -1)] ?? row;
  }
  goTo(row, index, { extend });
}

// --- Changing ---------------------------------------------------------------------------------------------------
const short = { p: "price", n: "minimum stay", x: "maximum stay", q: "quota" };
const bounds = { n: [1, 730], x: [1, 730], q: [0, 10000] };
const hasField = ({ row }, letter) => letter !== "p" || row.dataset.p !== "";
function now({ row, index, cell }) {
  const waits = pending.waiting(row, index);
  return waits && typeof waits.p === "number" ? waits.p : price(cell);
}
// Return a function from a cell to its new value, or a sentence that says what is wrong.
function reader(letter, entry) {
  const text = entry.trim().replace("−", "-").replace(/\s/g, "");
  if (text === "") return () => null;
  if (letter !== "p") {
    const [least, most] = bounds[letter];
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) return `A whole number from ${least} to ${most}`;
    return () => value;
  }
  const relative = /^([+-])(\d+(?:[.,]\d+)?)(%?)$/.exec(text);
  if (relative) {
    const [, sign, number, percent] = relative;
    const by = (sign === "-" ? -1 : 1) * (percent ? Math.round(Number(number.replace(",", ".")) * 1000) : minorOf(number) ?? NaN);
    if (Number.isNaN(by)) return "Too many decimals";
    // In whole numbers throughout, halves up, as the server rounds.
    return (cell) => {
      const before = now(cell);
      if (before === null) return undefined;
      return percent ? Math.floor((2 * before * (100000 + by) + 100000) / 200000) : before + by;
    };
  }
  const minor = minorOf(text);
  if (minor === null) return "A price such as 129, or +10%, or -5";
  return () => minor;
}
function apply(letter, entry) {
  const read = reader(letter, entry);
  if (typeof read === "string") return read;
  const cells = editable().filter((cell) => hasField(cell, letter));
  if (!cells.length) return letter === "p" ? "Prices belong to plans" : "That day is over";
  const edits = [];
  for (const cell of cells) {
    const value = read(cell);
    if (value !== undefined && value !== null && value < 0) return "A price is never negative";
    if (value !== undefined) edits.push({ row: cell.row, index: cell.index, letter, value });
  }
  if (!edits.length) return "There is no price to change by so much";
  field = letter;
  pending.stage(edits);
  announce(edits.length);
  return null;
}
function announce(number) {
  const spot = here();
  if (spot) {
    spot.cell.ariaLabel = told(spot.cell, pending.waiting(spot.row, spot.index));
    tell(spot.cell);
  }
  voice(`${number} ${number === 1 ? "cell" : "cells"} changed, ${pending.count()} to save`);
}
function toggle(letter) {
  const cells = editable();
  if (!cells.length) return;
  const isOn = ({ row, index, cell }) => {
    const waits = pending.waiting(row, index);
    return (waits && letter in waits ? waits[letter] : stored(cell, letter)) === 1;
  };
  const value = cells.every(isOn) ? null : 1;
  field = letter;
  pending.stage(cells.map(({ row, index }) => ({ row, index, letter, value })));
  announce(cells.length);
}
function clear() {
  const cells = editable().filter((cell) => hasField(cell, "p"));
  if (!cells.length) { voice("Prices belong to plans."); return; }
  pending.stage(cells.map(({ row, index }) => ({ row, index, letter: "p", value: null })));
  announce(cells.length);
}
// Copy what the first row (column) says about the field edited last to the others; with one row, from the row above.
function fill(direction) {
  const cells = selection();
  if (!cells.length) return;
  const all = rows();
  const chosen = [...new Set(cells.map(({ row }) => row))];
  const indexes = [...new Set(cells.map(({ index }) => index))];
  const value = (row, index) => {
    const waits = pending.waiting(row, index);
    if (waits && field in waits) return waits[field];
    return field === "p" ? price(cellAt(row, index)) : stored(cellAt(row, index), field);
  };
  const down = direction === "down";
  const single = down ? chosen.length === 1 : indexes.length === 1;
  const source = down ? (single ? all[all.indexOf(chosen[0]) - 1] : chosen[0]) : single ? indexes[0] - 1 : indexes[0];
  if (source === undefined || source === -1) return;
  const edits = [];
  for (const { row, index } of cells) {
    if (isPast(index) || !hasField({ row }, field) || (down ? row === source || !hasField({ row: source }, field) : index === source)) continue;
    const copied = down ? value(source, index) : value(row, source);
    if (field === "p" && copied === null) continue;
    edits.push({ row, index, letter: field, value: copied });
  }
  if (!edits.length) return;
  pending.stage(edits);
  announce(edits.length);
}

// --- The editor ---------------------------------------------------------------------------------------------------
function edit(letter, { text = null } = {}) {
  const spot = here();
  if (!spot || !mayChange()) return;
  if (isPast(spot.index)) { voice("That night is over: its prices stay as they were."); return; }
  if (!hasField(spot, letter) && !editable().some((cell) => hasField(cell, letter))) {
    voice("Prices belong to plans: choose a plan below.");
    return;
  }
  close();
  const many = editable().filter((cell) => hasField(cell, letter)).length;
  const waits = pending.waiting(spot.row, spot.index);
  const value = waits && letter in waits ? waits[letter] : letter === "p" ? price(spot.cell) : stored(spot.cell, letter);
  const box = document.createElement("span");
  box.className = "editor";
  box.dataset.field = many > 1 ? `${fields[letter]} · ${many} cells` : fields[letter];
  const input = document.createElement("input");
  input.inputMode = letter === "p" ? "decimal" : "numeric";
  input.autocomplete = "off";
  input.ariaLabel = `${fields[letter]}, ${many > 1 ? `${many} cells` : told(spot.cell, waits)}`;
  input.value = text ?? (value === null || value === undefined ? "" : letter === "p" ? majorOf(value) : String(value));
  box.append(input);
  spot.cell.append(box);
  spot.cell.classList.add("edit");
  editor = { box, input, letter, cell: spot.cell, fresh: text === null };
  input.focus({ preventScroll: true });
  if (text === null) input.select();
}
function close({ focus = true } = {}) {
  if (!editor) return;
  const { box, cell } = editor;
  editor = null;
  cell.classList.remove("edit");
  box.remove();
  if (focus && cell.isConnected) cell.focus({ preventScroll: true });
}
// Take what is typed; false when it cannot be, and the editor says why and stays.
function commit() {
  const { input, letter, box } = editor;
  const wrong = apply(letter, input.value);
  if (wrong === null) { close(); return true; }
  box.dataset.error = wrong;
  input.ariaInvalid = "true";
  voice(wrong);
  return false;
}
const touched = () => editor && (!editor.fresh || editor.input.value !== editor.input.defaultValue);
const opens = { p: "p", m: "n", x: "x", q: "q" };
const toggles = new Set(["a", "d", "s"]);
function inEditor(event) {
  const { key } = event;
  const lower = key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  if (key === "Escape") close();
  else if (key === "Enter") {
    const many = selection().length > 1;
    if (!commit()) { event.preventDefault(); return; }
    const spot = here();
    if (!many && !control && spot) {
      const all = rows();
      const next = all[all.indexOf(spot.row) + (event.shiftKey ? -1 : 1)];
      if (next) goTo(next, spot.index);
    }
  } else if (key === "Tab") {
    if (!commit()) { event.preventDefault(); return; }
    const spot = here();
    goTo(spot.row, spot.index + (event.shiftKey ? -1 : 1));
  } else if (arrows.has(key) && (editor.fresh || key === "ArrowUp" || key === "ArrowDown")) {
    // Nothing typed yet: the arrows still walk. Something typed: up and down take it and go on.
    if (editor.fresh) close();
    else if (!commit()) { event.preventDefault(); return; }
    walk(event);
  } else if (!control && !event.altKey && lower in opens) {
    if (touched() && !editor.fresh && !commit()) { event.preventDefault(); return; }
    edit(opens[lower]);
  } else if (!control && !event.altKey && toggles.has(lower)) {
    close();
    toggle(lower);
  } else return;
  event.preventDefault();
  event.stopPropagation();
}
document.addEventListener("input", (event) => {
  if (event.target !== editor?.input) return;
  editor.fresh = false;
  delete editor.box.dataset.error;
  editor.input.ariaInvalid = null;
});
document.addEventListener("focusout", (event) => {
  if (event.target !== editor?.input || !document.hasFocus()) return;
  // Going elsewhere takes what was typed, if it makes sense.
  if (editor.fresh || apply(editor.letter, editor.input.value) !== null) close({ focus: false });
  else close({ focus: false });
});

// --- Keys -----------------------------------------------------------------------------------------------------
const arrows = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);
document.addEventListener("keydown", (event) => {
  if (!page() || dialogOpen()) return;
  const control = event.ctrlKey || event.metaKey;
  const lower = event.key.toLowerCase();
  if (control && lower === "s" && pending.count()) {
    event.preventDefault();
    if (!editor || commit()) preview();
    return;
  }
  if (editor && event.target === editor.input) { inEditor(event); return; }
  if (control && lower === "z" && !typing(event) && mayChange()) {
    event.preventDefault();
    if (pending.stepBack()) announce(0);
    return;
  }
  if (!grid()?.contains(event.target) || event.altKey || typing(event)) return;
  if (event.target.closest("button, a")) return;
  const spot = here();
  if (!spot) return;
  if (arrows.has(event.key)) walk(event);
  else if (event.key === " " && event.shiftKey) selectRow(spot.row);
  else if (event.key === " " && control) selectDay(spot.index);
  else if (event.key === " " && spot.row.querySelector(".fold")) fold(spot.row.parentElement);
  else if (control && lower === "a") selectAll();
  else if (event.key === "Escape" && selection().length > 1) goTo(spot.row, spot.index);
  else if (lower === "e" && !control && page().dataset.explain && spot.row.dataset.p) explain(spot);
  else if (!mayChange()) return;
  else if (control && lower === "d") fill("down");
  else if (control && lower === "r" && selection().length > 1) fill("right");
  else if (control) return;
  else if (event.key === "Enter" || event.key === "F2") edit(spot.row.dataset.p ? "p" : "n");
  else if (event.key === "Delete" || event.key === "Backspace") clear();
  else if (/^[0-9+\-−]$/.test(event.key)) edit("p", { text: event.key });
  else if (lower in opens) edit(opens[lower]);
  else if (toggles.has(lower)) toggle(lower);
  else if (lower === "o") openDay();
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// --- Pointer: drag selects, a click edits -------------------------------------------------------------------------
let drag = null;
const cellUnder = (event) => {
  const cell = event.target.closest?.(".g > .r > i");
  return cell && grid()?.contains(cell) ? cell : null;
};
function selectRow(row) {
  anchor = place(row, 0);
  goTo(row, dates().length - 1, { extend: true });
}
function selectDay(index) {
  const all = rows();
  anchor = place(all[0], index);
  goTo(all.at(-1), index, { extend: true });
}
function selectAll() {
  anchor = place(rows()[0], 0);
  goTo(rows().at(-1), dates().length - 1, { extend: true });
}
document.addEventListener("pointerdown", (event) => {
  const cell = cellUnder(event);
  if (!cell || event.button !== 0 || event.pointerType === "touch" || event.target === editor?.input) return;
  event.preventDefault();
  if (editor && !editor.fresh && !commit()) return;
  close({ focus: false });
  const row = cell.parentElement;
  goTo(row, indexOf(cell), { extend: event.shiftKey });
  drag = { moved: event.shiftKey };
});
document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const under = document.elementFromPoint(event.clientX, event.clientY)?.closest(".g > .r > i");
  if (under && under !== here()?.cell) {
    drag.moved = true;
    goTo(under.parentElement, indexOf(under), { extend: true });
  }
  const box = scroller().getBoundingClientRect();
  if (event.clientX > box.right - 30) scroller().scrollLeft += 14;
  if (event.clientY > box.bottom - 24) scroller().scrollTop += 14;
});
document.addEventListener("pointerup", () => {
  if (!drag) return;
  const { moved } = drag;
  drag = null;
  const spot = here();
  if (!moved && spot && mayChange()) edit(spot.row.dataset.p ? "p" : "n");
});
document.addEventListener("click", (event) => {
  const { target } = event;
  if (!page()) return;
  const cell = cellUnder(event);
  if (cell && event.pointerType === "touch" && target !== editor?.input) {
    goTo(cell.parentElement, indexOf(cell));
    if (mayChange()) edit(cell.parentElement.dataset.p ? "p" : "n");
  } else if (target.closest(".fold")) fold(target.closest(".g"));
  else if (target.closest("[data-fold-all]")) foldAll();
  else if (target.closest("[data-pending-preview]")) preview();
  else if (target.closest("[data-pending-back]")) { if (pending.stepBack()) announce(0); }
  else if (target.closest("[data-pending-drop]")) { pending.drop(); voice("Nothing is left to save."); }
  else if (target.closest("[data-rates-bulk]") && !event.ctrlKey && !event.metaKey) { event.preventDefault(); openBulk(target.closest("[data-rates-bulk]").href); }
  else if (grid()?.contains(target) && !target.closest("a, button")) {
    const row = target.closest(".g > .r");
    const day = target.closest(".day");
    if (day) selectDay(dayHeads().indexOf(day));
    else if (row && target.closest(".u")) selectRow(row);
  }
}, true);
document.addEventListener("pointerover", (event) => {
  const cell = cellUnder(event);
  if (!cell || drag || editor) return;
  tell(cell);
  if (cell.title === "" && (cell.dataset.e || cell.matches(".np, .so, .full, .over"))) cell.title = told(cell, null);
});

// --- Folding ------------------------------------------------------------------------------------------------------
const foldKey = () => `rates-folded:${page().dataset.place}`;
const folded = () => new Set((localStorage.getItem(foldKey()) ?? "").split(" ").filter(Boolean));
function showFold(group, shut) {
  group.classList.toggle("shut", shut);
  group.querySelector(".fold").ariaExpanded = String(!shut);
}
function fold(group, shut = !group.classList.contains("shut")) {
  showFold(group, shut);
  const all = folded();
  if (shut) all.add(group.dataset.t);
  else all.delete(group.dataset.t);
  localStorage.setItem(foldKey(), [...all].join(" "));
  const spot = here();
  if (shut && spot && group.contains(spot.row) && spot.row.dataset.p) goTo(group.firstElementChild, spot.index);
}
function foldAll() {
  const groups = [...grid().querySelectorAll(".g[data-t]")];
  const shut = groups.some((group) => !group.classList.contains("shut"));
  for (const group of groups) fold(group, shut);
}

// --- Asking the server ----------------------------------------------------------------------------------------------
function preview() {
  if (!pending.count()) return;
  htmx.ajax("POST", page().dataset.preview, { target: "#dialog", swap: "innerHTML", values: { cells: JSON.stringify(pending.asCells()), seen: pending.seen() } });
}
function explain({ row, index }) {
  const query = new URLSearchParams({ room_type: row.dataset.t, rate_plan: row.dataset.p, arrival: dates()[index] });
  location.assign(`${page().dataset.explain}?${query}`);
}
function openDay() {
  const { row, index } = here();
  if (isPast(index)) { toast("That night is over: its prices stay as they were."); return; }
  const query = new URLSearchParams({ type: row.dataset.t, plan: row.dataset.p, date: dates()[index] });
  htmx.ajax("GET", `${page().dataset.cell}?${query}`, { target: "#dialog", swap: "innerHTML" });
}
function allButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";
  button.textContent = "All";
  button.addEventListener("click", () => {
    const boxes = [...button.closest("fieldset").querySelectorAll("input")];
    const on = boxes.some((box) => !box.checked);
    for (const box of boxes) box.checked = on;
  });
  return button;
}
function openBulk(address) {
  const cells = grid() ? editable() : [];
  let url = address;
  if (cells.length > 1) {
    const query = new URLSearchParams({ field: "price" });
    const days = cells.map(({ index }) => dates()[index]).sort();
    query.set("first", days[0]);
    query.set("last", days.at(-1));
    for (const type of new Set(cells.map(({ row }) => row.dataset.t))) if (type) query.append("type", type);
    for (const plan of new Set(cells.map(({ row }) => row.dataset.p))) if (plan) query.append("plan", plan);
    url = `${page().dataset.bulk}?${query}`;
  }
  htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
}
function refresh() {
  // The address of what is seen, which on a phone is not what the bar of the browser says.
  return htmx.ajax("GET", `${location.pathname}${page().dataset.here}`, { target: "#rates-page", swap: "outerHTML" });
}
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "dialog" || !page()) return;
  const dialog = event.detail.target;
  const bulk = dialog.querySelector(".rates-bulk");
  if (bulk) {
    bulk.elements.pending.value = JSON.stringify(pending.asCells());
    bulk.elements.seen.value = pending.seen();
    for (const chips of bulk.querySelectorAll("[data-all] legend")) chips.append(allButton());
  }
  const cells = dialog.querySelector("[data-rates-cells]");
  posted = cells?.value ? JSON.parse(cells.value) : [];
  // What was asked for in a dialog waits in the calendar, too, for whoever goes back.
  if (posted.length && dialog.querySelector("#rates-effect")) pending.adopt(posted);
});
document.body.addEventListener("rates:changed", () => {
  pending.drop(posted);
  posted = [];
  refresh();
});

// --- What comes from the server -----------------------------------------------------------------------------------
let kept = null;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "rates-page" || !scroller()) return;
  close({ focus: false });
  const focused = grid()?.contains(document.activeElement) || document.activeElement === document.body;
  kept = { top: scroller().scrollTop, left: scroller().scrollLeft, days: dates().join(), focused, menu: event.detail.requestConfig.elt?.closest?.("details[data-keep]")?.dataset.keep };
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id !== "rates-page") return;
  prepare();
  if (kept && scroller()) {
    scroller().scrollTop = kept.top;
    if (kept.days === dates().join()) scroller().scrollLeft = kept.left;
    const menu = kept.menu && document.querySelector(`details[data-keep="${kept.menu}"]`);
    if (menu) menu.open = true;
    else if (kept.focused && !dialogOpen()) here()?.cell.focus({ preventScroll: true });
  }
  kept = null;
});
function prepare() {
  if (!page()) return;
  if (grid()) {
    page().classList.toggle("may", mayChange());
    const shut = folded();
    for (const group of grid().querySelectorAll(".g[data-t]")) if (shut.has(group.dataset.t)) showFold(group, true);
    const spot = here();
    const start = spot && rows().includes(spot.row) ? spot : { row: rows()[0], index: 0 };
    anchor = null;
    goTo(start.row, start.index, { focus: false });
  }
  pending.paint();
}
function phone() {
  const narrow = matchMedia("(max-width: 639px)").matches;
  if (narrow && page()?.dataset.view === "grid" && !new URLSearchParams(location.search).has("view"))
    htmx.ajax("GET", page().dataset.list, { target: "#rates-page", swap: "outerHTML" });
}
if (page()) {
  pending.restore();
  prepare();
  phone();
}
