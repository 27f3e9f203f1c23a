// Rows that are walked with the arrows and acted on with one key: [data-row] inside [data-rows].
// The place is kept when the rows are drawn anew, so that "check in, check in, check in" is I, I, I.
import { typing } from "./desk.js";

const dialog = document.getElementById("dialog");
let here = null; // the row's name, and where it stood
let at = 0;

const rows = () => [...document.querySelectorAll("[data-rows] [data-row], .task-rows [data-row]")].filter((row) => row.checkVisibility());
const link = (row) => row.querySelector("a, input[type=checkbox]");

function stand(row, all = rows()) {
  document.querySelectorAll("[data-row].is-here").forEach((other) => other.classList.remove("is-here"));
  if (!row) return;
  row.classList.add("is-here");
  here = row.dataset.row;
  at = all.indexOf(row);
  link(row)?.focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event) || dialog.open) return;
  const all = rows();
  if (!all.length) return;
  const current = document.activeElement?.closest("[data-row]");
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  if (step) {
    event.preventDefault();
    stand(current ? all[Math.min(Math.max(all.indexOf(current) + step, 0), all.length - 1)] : all[Math.min(at, all.length - 1)], all);
    return;
  }
  if (!current || event.key.length !== 1) return;
  const button = current.querySelector(`[data-row-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button) return;
  event.preventDefault();
  stand(current, all);
  button.click();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (!row) return;
  here = row.dataset.row;
  at = rows().indexOf(row);
});
// Drawn anew: stand where one stood, or on the row that took its place.
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.target === dialog || here === null || dialog.open) return;
  const all = rows();
  const same = all.find((row) => row.dataset.row === here);
  if (!document.activeElement || document.activeElement === document.body) stand(same ?? all[Math.min(at, all.length - 1)], all);
});
// Printing needs this module, so its button appears only with it.
const showPrint = () => document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
document.body.addEventListener("htmx:afterSwap", showPrint);
showPrint();
document.addEventListener("click", (event) => event.target.closest("[data-print]") && window.print());
