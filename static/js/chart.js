// The tape chart under the hand: walking, opening, moving, lengthening and creating, by key and by pointer.
// Nothing is changed here: a move asks the server what would happen (#dialog), and the person says yes there.

import { toast, typing } from "./desk.js";
import { barAt, bars, dateAt, days, extent, grid, indexAt, measures, page, place, reveal, rightToLeft, rowAt, rowName, rows, scroller, span, written } from "./chart-geometry.js";

const cursor = { unit: null, lane: null, index: 0 };
let cell = null;      // the one element that stands for an empty cell
let extra = 0;        // nights taken beyond the first with Shift and an arrow
let lifted = null;    // what is being moved: { bar, row, start, end, ghost, edges }
let open = null;      // code of the booking in the sheet

const voice = (text) => { document.getElementById("chart-voice").textContent = text; };

// --- Walking ------------------------------------------------------------------------------------------------
function currentRow() {
  if (cursor.unit !== null) return grid()?.querySelector(`.r[data-unit="${CSS.escape(cursor.unit)}"]`);
  if (cursor.lane !== null) return grid()?.querySelector(`.r[data-lane="${CSS.escape(cursor.lane)}"]`);
  return null;
}
function remember(row, index) {
  cursor.unit = row.dataset.unit ?? null;
  cursor.lane = row.dataset.lane ?? null;
  cursor.index = index;
}
function emptyCell(row, index, text) {
  cell ??= document.createElement("div");
  cell.className = "cell";
  cell.role = "gridcell";
  cell.setAttribute("aria-colindex", index + 2);
  cell.ariaLabel = text;
  place(cell, index, index + 1 + extra, { middle: extra > 0 });
  row.append(cell);
  return cell;
}
function goTo(row, index, { focus = true } = {}) {
  const bounded = Math.min(Math.max(index, 0), days() - 1);
  remember(row, bounded);
  const bar = barAt(row, bounded);
  const link = bar?.querySelector("a.b");
  let target = link;
  if (link) cell?.remove();
  else {
    const what = bar ? bar.textContent.trim() : extra ? span(bounded, bounded + 1 + extra) : `${written(bounded)}, free`;
    target = emptyCell(row, bounded, `${what}, ${rowName(row)}`);
  }
  grid().querySelectorAll('[tabindex="0"]').forEach((element) => { element.tabIndex = -1; });
  target.tabIndex = 0;
  if (!focus) return;
  target.focus({ preventScroll: true });
  const { first, last } = bar ? extent(bar) : { first: bounded, last: bounded + extra };
  reveal(row, first, last + 1);
}
function walk(key, event) {
  const row = currentRow();
  if (!row) return;
  const here = barAt(row, cursor.index);
  const forward = (key === "ArrowRight") !== rightToLeft();
  if (key === "ArrowUp" || key === "ArrowDown") {
    extra = 0;
    const all = rows();
    const next = all[all.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
    if (next) goTo(next, cursor.index);
  } else if (key === "Home" || key === "End") {
    extra = 0;
    goTo(row, key === "Home" ? 0 : days() - 1);
  } else if (event.shiftKey && !here) {
    const free = !barAt(row, cursor.index + extra + 1) && cursor.index + extra + 1 < days();
    extra = Math.max(extra + (forward ? (free ? 1 : 0) : -1), 0);
    goTo(row, cursor.index);
  } else if (event.ctrlKey || event.metaKey) {
    extra = 0;
    const others = bars(row).filter((other) => (forward ? extent(other).first > cursor.index : extent(other).last < cursor.index) && other !== here);
    const next = forward ? others[0] : others.at(-1);
    if (next) goTo(row, Math.max(extent(next).first, 0));
  } else {
    extra = 0;
    const { first, last } = here ? extent(here) : { first: cursor.index, last: cursor.index };
    goTo(row, forward ? last + 1 : first - 1);
  }
}

// --- Opening ------------------------------------------------------------------------------------------------
const sheet = () => document.getElementById("sheet");
const content = () => document.getElementById("sheet-content");
function select(code) {
  grid()?.querySelectorAll(".b.selected").forEach((bar) => bar.classList.remove("selected"));
  if (code) grid()?.querySelectorAll(`.b[data-code="${CSS.escape(code)}"]`).forEach((bar) => bar.classList.add("selected"));
}
async function openSheet(bar) {
  const { code } = bar.dataset;
  select(code);
  open = code;
  await htmx.ajax("GET", `${page().dataset.reservations}${code}/sheet/`, { target: "#sheet-content", swap: "innerHTML" });
  if (!content().innerHTML.trim()) return;
  sheet().hidden = false;
  scroller().classList.add("beside");
  const row = bar.closest(".r");
  const { first, last } = extent(bar.closest(".c"));
  if (row) reveal(row, first, Math.min(last + 1, first + 3));
}
function closeSheet() {
  if (!sheet() || sheet().hidden) return false;
  sheet().hidden = true;
  content().replaceChildren();
  scroller().classList.remove("beside");
  select(null);
  open = null;
  const back = () => currentRow() && goTo(currentRow(), cursor.index);
  back();
  // A dialog that was closed just before may still take the focus with it when its own closing is told.
  setTimeout(() => document.activeElement === document.body && back(), 60);
  return true;
}
function newBooking(row, start, end) {
  if (!page().dataset.new) return;
  const query = new URLSearchParams({ arrival: dateAt(start), departure: dateAt(end) });
  if (row?.dataset.unit) query.set("unit", row.dataset.unit);
  if (row?.dataset.lane) query.set("type", row.dataset.lane);
  location.assign(`${page().dataset.new}?${query}`);
}

// --- Moving: one ghost, driven by keys or by the pointer ------------------------------------------------------
function lift(bar) {
  const start = Number(bar.dataset.s);
  const end = Number(bar.dataset.e);
  const row = bar.closest(".r");
  lifted = { bar, start, end, was: { start, end, row }, row: row.dataset.unit ? row : null, edges: bar.dataset.move, ghost: document.createElement("div") };
  lifted.ghost.className = "ghost";
  lifted.ghost.ariaHidden = "true";
  bar.classList.add("lifted");
  page().classList.add("moving");
  showGhost();
}
function showGhost() {
  const { ghost, row, start, end, bar } = lifted;
  grid().querySelectorAll(".r.target").forEach((other) => other.classList.remove("target"));
  const host = row ?? lifted.was.row;
  host.classList.add("target");
  host.append(ghost);
  place(ghost, start, end);
  const clash = row && bars(row).some((other) => {
    const { from, until } = extent(other);
    return !other.contains(bar) && from < 2 * end + 1 && 2 * start + 1 < until;
  });
  ghost.classList.toggle("refused", Boolean(clash));
  ghost.dataset.words = `${span(start, end)}${row ? ` · ${row.dataset.unit}` : ""}${clash ? " · taken" : ""}`;
  return `${span(start, end)}, ${rowName(host)}${clash ? ", taken" : ""}`;
}
function drop() {
  if (!lifted) return;
  lifted.ghost.remove();
  lifted.bar.classList.remove("lifted");
  grid().querySelectorAll(".r.target").forEach((row) => row.classList.remove("target"));
  page().classList.remove("moving");
  lifted = null;
}
function ask() {
  const { bar, row, start, end, was } = lifted;
  const same = start === was.start && end === was.end && (row === was.row || !row);
  drop();
  if (same) return;
  const values = { arrival: dateAt(start), departure: dateAt(end) };
  if (row) values.unit = row.dataset.unit;
  htmx.ajax("POST", `${page().dataset.reservations}${bar.dataset.code}/plan/`, { target: "#dialog", swap: "innerHTML", values });
}
function shift(key, event) {
  const forward = (key === "ArrowRight") !== rightToLeft();
  if (key === "ArrowUp" || key === "ArrowDown") {
    const all = rows().filter((row) => row.dataset.unit);
    const at = lifted.row ? all.indexOf(lifted.row) : all.findIndex((row) => row.compareDocumentPosition(lifted.was.row) & Node.DOCUMENT_POSITION_PRECEDING) - (key === "ArrowDown" ? 1 : 0);
    lifted.row = all[Math.min(Math.max(at + (key === "ArrowDown" ? 1 : -1), 0), all.length - 1)];
  } else if (event.shiftKey) lifted.end = Math.max(lifted.end + (forward ? 1 : -1), lifted.start + 1);
  else if (lifted.edges.includes("s")) {
    lifted.start += forward ? 1 : -1;
    lifted.end += forward ? 1 : -1;
  } else {
    voice("The guest is in house: the arrival stays. Shift and an arrow change the departure.");
    return;
  }
  voice(showGhost());
  reveal(lifted.row ?? lifted.was.row, lifted.start, lifted.end);
}

// --- Keys -----------------------------------------------------------------------------------------------------
const arrows = new Set(["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End"]);
document.addEventListener("keydown", (event) => {
  if (!grid() || document.getElementById("dialog").open) return;
  if (event.key === "Escape") {
    if (lifted) { drop(); voice("Left where it is."); }
    else if (!closeSheet()) return;
    event.preventDefault();
    return;
  }
  if (event.defaultPrevented || event.altKey || typing(event)) return;
  const inGrid = grid().contains(document.activeElement);
  if (arrows.has(event.key) && (inGrid || lifted)) {
    event.preventDefault();
    if (lifted) shift(event.key, event);
    else walk(event.key, event);
  } else if (event.key === "Enter" && lifted) {
    event.preventDefault();
    ask();
  } else if (event.key === "Enter" && inGrid && document.activeElement.dataset.code === open && open) {
    // A second Enter goes from the sheet to the page.
    event.preventDefault();
    content().querySelector('[data-key="Enter"]')?.click();
  } else if (event.key === "Enter" && document.activeElement === cell) {
    event.preventDefault();
    newBooking(currentRow(), cursor.index, cursor.index + 1 + extra);
  } else if (event.key.toLowerCase() === "n" && !event.ctrlKey && !event.metaKey && page().dataset.new) {
    event.preventDefault();
    event.stopPropagation();
    if (document.activeElement === cell) newBooking(currentRow(), cursor.index, cursor.index + 1 + extra);
    else document.getElementById("new-booking").click();
  } else if (event.key.toLowerCase() === "r" && !event.ctrlKey && !event.metaKey && document.getElementById("rates-switch")) {
    // Here R shows and hides the prices; elsewhere at the desk it may open the page of rates.
    event.preventDefault();
    event.stopPropagation();
    document.getElementById("rates-switch").click();
  } else if (event.key.toLowerCase() === "m" && !event.ctrlKey && !event.metaKey && page().dataset.mayChange !== undefined) {
    const bar = (inGrid ? document.activeElement : grid().querySelector(".b.selected"))?.closest("a.b");
    if (!bar || (!bar.dataset.move && open)) return;  // the sheet's own Move answers
    event.preventDefault();
    event.stopPropagation();
    if (!bar.dataset.move) { voice("This stay cannot be moved from here."); toast("This stay cannot be moved from here: open it instead."); return; }
    lift(bar);
    voice(`Moving ${bar.textContent.trim()}. Arrows move it, Shift and an arrow change the departure, Enter asks what would change, Escape leaves it.`);
  }
}, true);

// --- Pointer: click opens; drag moves, lengthens or creates ----------------------------------------------------
const edge = 7;
const slack = 4;
let gesture = null;
let swallowClick = false;

function edgeOf(bar, x) {
  const box = bar.getBoundingClientRect();
  const [near, far] = rightToLeft() ? [box.right - x, x - box.left] : [x - box.left, box.right - x];
  if (far < edge && !bar.classList.contains("ce") && box.width > 3 * edge) return "end";
  if (near < edge && !bar.classList.contains("cs") && bar.dataset.move.includes("s") && box.width > 3 * edge) return "start";
  return "whole";
}
document.addEventListener("pointerdown", (event) => {
  if (!grid()?.contains(event.target) || event.button !== 0 || event.pointerType === "touch" || lifted) return;
  const bar = event.target.closest("a.b");
  const row = event.target.closest(".r[data-unit], .r[data-lane]");
  swallowClick = false;
  if (bar) {
    if (bar.dataset.move && page().dataset.mayChange !== undefined) gesture = { bar, part: edgeOf(bar, event.clientX), x: event.clientX, y: event.clientY };
  } else if (row && !event.target.closest(".u, .b")) {
    event.preventDefault();
    extra = 0;
    goTo(row, indexAt(event.clientX));
    if (row.dataset.unit && page().dataset.new && !barAt(row, cursor.index)) gesture = { row, from: cursor.index, x: event.clientX, y: event.clientY };
  }
});
document.addEventListener("pointermove", (event) => {
  if (!gesture) {
    const bar = event.target.closest?.("a.b[data-move]");
    if (bar && page()) page().classList.toggle("at-edge", edgeOf(bar, event.clientX) !== "whole");
    return;
  }
  if (!gesture.begun) {
    if (Math.hypot(event.clientX - gesture.x, event.clientY - gesture.y) < slack) return;
    gesture.begun = true;
    swallowClick = true;
    if (gesture.bar) {
      gesture.scrolled = scroller().scrollLeft;
      lift(gesture.bar);
    }
  }
  event.preventDefault();
  if (gesture.bar) dragBar(event);
  else {
    const until = indexAt(event.clientX);
    const limit = Array.from({ length: days() }, (_, index) => index).find((index) => index > gesture.from && barAt(gesture.row, index)) ?? days();
    extra = Math.max(Math.min(until, limit) - gesture.from - 1, 0);
    goTo(gesture.row, gesture.from);
  }
});
function dragBar(event) {
  if (!lifted) return;
  const sign = rightToLeft() ? -1 : 1;
  const travelled = sign * (event.clientX - gesture.x) + sign * (scroller().scrollLeft - gesture.scrolled);
  const moved = Math.round(travelled / measures().column);
  const { was } = lifted;
  if (gesture.part === "end") lifted.end = Math.max(was.end + moved, lifted.start + 1);
  else if (gesture.part === "start") lifted.start = Math.min(was.start + moved, lifted.end - 1);
  else {
    if (lifted.edges.includes("s")) {
      lifted.start = was.start + moved;
      lifted.end = was.end + moved;
    }
    lifted.row = rowAt(event.clientX, event.clientY) ?? lifted.row;
  }
  showGhost();
  const box = scroller().getBoundingClientRect();
  const { label } = measures();
  if (event.clientY < box.top + 80) scroller().scrollTop -= 12;
  else if (event.clientY > box.bottom - 40) scroller().scrollTop += 12;
  if (event.clientX > box.right - 40) scroller().scrollLeft += 12;
  else if (event.clientX < box.left + label + 20) scroller().scrollLeft -= 12;
}
document.addEventListener("pointerup", () => {
  if (!gesture) return;
  const { begun, bar, row, from } = gesture;
  gesture = null;
  if (!begun) return;
  if (bar && lifted) ask();
  else if (row) newBooking(row, from, from + 1 + extra);
});
document.addEventListener("pointercancel", () => { gesture = null; drop(); });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("a.b")) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const bar = event.target.closest?.("a.b");
  if (bar && grid()?.contains(bar)) {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (swallowClick) { swallowClick = false; return; }
    const row = bar.closest(".r");
    extra = 0;
    goTo(row, Math.max(extent(bar.closest(".c")).first, 0), { focus: false });
    bar.tabIndex = 0;
    bar.focus({ preventScroll: true });
    openSheet(bar);
  } else if (event.target.closest?.("[data-sheet-close]")) {
    event.preventDefault();
    closeSheet();
  }
}, true);

// --- What comes from the server --------------------------------------------------------------------------------
function prepare() {
  if (!grid()) return;
  // Without JavaScript every bar is a stop of the Tab key; with it the grid is one stop, and arrows walk inside.
  grid().querySelectorAll("a").forEach((link) => { link.tabIndex = -1; });
  const row = currentRow() ?? rows()[0];
  if (row) goTo(row, currentRow() ? cursor.index : Number(scroller().dataset.anchor || 0), { focus: false });
  if (open) select(open);
}
function phone() {
  const narrow = matchMedia("(max-width: 639px)").matches;
  if (narrow && page() && page().dataset.days !== "7" && !new URLSearchParams(location.search).has("days"))
    htmx.ajax("GET", `${location.pathname}?days=7&type=first`, { target: "#chart-page", swap: "outerHTML" });
}
async function refresh() {
  const address = page().dataset.rows;
  await htmx.ajax("GET", address, { target: "#rows", swap: "innerHTML" });
  const row = currentRow();
  if (row) goTo(row, cursor.index, { focus: document.activeElement === document.body });
  if (open) select(open);
}
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id === "chart-page" || event.detail.target.closest?.("#rows") || event.detail.target.id === "rows") prepare();
});
// Another window of the same rooms: stay at the height where the person was, and keep the filter's menu open.
let kept = null;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.id !== "chart-page" || !scroller()) return;
  kept = { top: scroller().scrollTop, menu: event.detail.requestConfig.elt.closest?.("details[data-keep]")?.dataset.keep };
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id !== "chart-page" || !kept) return;
  open = null;
  prepare();
  if (scroller()) scroller().scrollTop = kept.top;
  const menu = kept.menu && document.querySelector(`details[data-keep="${kept.menu}"]`);
  if (menu) {
    menu.open = true;
    menu.querySelector(".menu-item")?.focus({ preventScroll: true });
  }
  kept = null;
});
// The rest of the rows did not come: say so where they would be, and offer to ask again.
function restFailed(event) {
  const rest = event.detail.elt.closest?.(".rest");
  if (rest && !rest.querySelector(".rest-failed")) rest.prepend(document.getElementById("rest-failed").content.cloneNode(true));
}
document.body.addEventListener("htmx:sendError", restFailed);
document.body.addEventListener("htmx:responseError", restFailed);
document.addEventListener("click", (event) => {
  const rest = event.target.closest?.("[data-rest-again]")?.closest(".rest");
  if (rest) htmx.ajax("GET", rest.getAttribute("hx-get"), { source: rest, target: rest, swap: "outerHTML" });
});
document.body.addEventListener("reservation:changed", refresh);
prepare();
phone();
