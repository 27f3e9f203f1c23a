// What waits to be saved: collected here, shown in the cells, kept in this tab until it is saved or discarded.

import { cellAt, dates, draw, fields, grid, page, rowOf, rows, stored } from "./rates-grid.js";

// key -> value; a key is type, plan, day and the field's letter, parted by a bar.
let wanted = new Map();
let since = "";
const steps = [];

const keyOf = (row, index, letter) => `${row.dataset.t}|${row.dataset.p}|${dates()[index]}|${letter}`;
const store = () => `rates:${page().dataset.place}`;

export const count = () => wanted.size;
export const seen = () => since || page().dataset.seen;
export const asCells = () => [...wanted].map(([key, value]) => [...key.split("|"), value]);

export function waiting(row, index) {
  let found = null;
  for (const letter of Object.keys(fields)) {
    const key = keyOf(row, index, letter);
    if (wanted.has(key)) (found ??= {})[letter] = wanted.get(key);
  }
  return found;
}
function keep() {
  if (wanted.size) sessionStorage.setItem(store(), JSON.stringify({ cells: asCells(), seen: seen() }));
  else {
    since = "";
    sessionStorage.removeItem(store());
  }
}
function remember() {
  steps.push(new Map(wanted));
  if (steps.length > 60) steps.shift();
  if (!wanted.size) since = page().dataset.seen;
}

// Collect [{row, index, letter, value}]; what is as it was already is no change.
export function stage(edits) {
  remember();
  for (const { row, index, letter, value } of edits) {
    const key = keyOf(row, index, letter);
    if (stored(cellAt(row, index), letter) === value) wanted.delete(key);
    else wanted.set(key, value);
  }
  paint();
}
// Take over cells as the server wrote them: [type, plan, day, letter, value].
export function adopt(cells) {
  remember();
  for (const [type, plan, day, letter, value] of cells) wanted.set(`${type}|${plan}|${day}|${letter}`, value);
  paint();
}
export function drop(cells = null) {
  steps.length = 0;
  if (cells === null) wanted.clear();
  else for (const [type, plan, day, letter] of cells) wanted.delete(`${type}|${plan}|${day}|${letter}`);
  paint();
}
export function stepBack() {
  if (!steps.length) return false;
  wanted = steps.pop();
  paint();
  return true;
}
export function restore() {
  let kept = null;
  try { kept = JSON.parse(sessionStorage.getItem(store())); } catch { sessionStorage.removeItem(store()); }
  if (!kept?.cells) return;
  wanted = new Map(kept.cells.map(([type, plan, day, letter, value]) => [`${type}|${plan}|${day}|${letter}`, value]));
  since = kept.seen;
}

// --- Showing it -------------------------------------------------------------------------------------------------
function bar() {
  const element = document.getElementById("pending");
  if (!element) return;
  element.hidden = !wanted.size;
  const kinds = new Map();
  for (const key of wanted.keys()) {
    const letter = key.slice(-1);
    kinds.set(letter, (kinds.get(letter) ?? 0) + 1);
  }
  document.getElementById("pending-count").textContent = `${wanted.size} ${wanted.size === 1 ? "cell" : "cells"} to save`;
  document.getElementById("pending-kinds").textContent = [...kinds].map(([letter, number]) => `${fields[letter].toLowerCase()} ${number}`).join(", ");
}
export function paint() {
  if (grid()) {
    const byCell = new Map();
    for (const [key, value] of wanted) {
      const [type, plan, day, letter] = key.split("|");
      const row = rowOf(type, plan);
      const index = dates().indexOf(day);
      if (!row || index < 0) continue;
      const cell = cellAt(row, index);
      if (!byCell.has(cell)) byCell.set(cell, {});
      byCell.get(cell)[letter] = value;
    }
    for (const cell of grid().querySelectorAll(".pend")) if (!byCell.has(cell)) draw(cell, null);
    for (const [cell, letters] of byCell) draw(cell, letters);
    follow(byCell);
  }
  bar();
  keep();
}
// Prices that follow a changed one cannot be told before they are computed: they are marked instead.
function follow(byCell) {
  for (const cell of grid().querySelectorAll(".will")) cell.classList.remove("will");
  const changed = new Set([...byCell].filter(([, letters]) => letters.p !== undefined).map(([cell]) => cell));
  if (!changed.size) return;
  for (const row of rows()) {
    const parent = row.dataset.f && rowOf(row.dataset.t, row.dataset.f);
    if (!parent) continue;
    for (let index = 0; index < dates().length; index += 1) {
      const cell = cellAt(row, index);
      if (changed.has(cellAt(parent, index)) && !cell.classList.contains("m")) {
        cell.classList.add("will");
        changed.add(cell);
      }
    }
  }
}
