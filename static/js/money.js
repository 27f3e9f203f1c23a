// Folios and the dialogs about money: lines that are chosen are counted, and a list is narrowed by typing.

import { toast } from "./desk.js";

// --- Chosen lines: how many, and what is left of them ---------------------------------------------------------
function showChosen(form) {
  const said = form.querySelector("[data-chosen]");
  if (!said) return;
  const boxes = [...form.querySelectorAll('input[name="line"]')];
  const chosen = boxes.filter((box) => box.checked);
  const all = form.querySelector("[data-tick-all]");
  if (all) {
    all.hidden = false;
    all.checked = chosen.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }
  form.querySelectorAll("tr.is-chosen").forEach((row) => row.classList.remove("is-chosen"));
  chosen.forEach((box) => box.closest("tr").classList.add("is-chosen"));
  const hint = said.parentElement.querySelector("[data-hint]");
  if (hint) hint.hidden = chosen.length > 0;
  if (!chosen.length) {
    said.textContent = "";
    return;
  }
  const format = new Intl.NumberFormat("en", { style: "currency", currency: form.dataset.lines });
  const scale = 10 ** format.resolvedOptions().maximumFractionDigits;
  const sum = chosen.reduce((total, box) => total + Number(box.dataset.left), 0);
  said.textContent = `${chosen.length} ${chosen.length === 1 ? "line" : "lines"}, ${format.format(sum / scale)}`;
}
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-lines]");
  if (!form) return;
  if (event.target.matches("[data-tick-all]")) form.querySelectorAll('input[name="line"]').forEach((box) => { box.checked = event.target.checked; });
  showChosen(form);
});
const showAll = () => document.querySelectorAll("[data-lines]").forEach(showChosen);
document.body.addEventListener("htmx:afterSwap", showAll);
showAll();

// --- <input data-find="#list">: typing leaves what begins a word like it; the first that is left is chosen ----
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const shown = (list) => [...list.querySelectorAll("label:not([hidden])")];
let waiting;
function choose(label) {
  const radio = label?.querySelector("input");
  if (!radio || radio.checked) return;
  radio.checked = true;
  label.scrollIntoView({ block: "nearest" });
  clearTimeout(waiting);
  waiting = setTimeout(() => radio.isConnected && radio.dispatchEvent(new Event("change", { bubbles: true })), 200);
}
document.addEventListener("input", (event) => {
  const list = event.target.matches("[data-find]") && document.querySelector(event.target.dataset.find);
  if (!list) return;
  const words = plain(event.target.value).split(/\s+/).filter(Boolean);
  for (const label of list.querySelectorAll("label")) {
    const text = ` ${plain(label.textContent)}`;
    label.hidden = !words.every((word) => text.includes(` ${word}`) || text.includes(`\n${word}`));
  }
  const left = shown(list);
  list.querySelector("[data-none]").hidden = left.length > 0;
  if (words.length) choose(left[0]);
});
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = step && event.target.matches?.("[data-find]") && document.querySelector(event.target.dataset.find);
  if (!list) return;
  event.preventDefault();
  const left = shown(list);
  const at = left.findIndex((label) => label.querySelector("input").checked);
  choose(left[Math.min(Math.max(at + step, 0), left.length - 1)]);
});

// --- <button data-copy="text">: puts it where it can be pasted from --------------------------------------------
const showCopy = () => document.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = !navigator.clipboard; });
document.body.addEventListener("htmx:afterSwap", showCopy);
showCopy();
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  toast("Copied.");
});
