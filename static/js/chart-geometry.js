// Where things are on the chart: days as indexes from the first one shown, bars in half days, rows by unit.

const dayMillis = 86400000;

export const page = () => document.getElementById("chart-page");
export const scroller = () => document.getElementById("scroller");
export const grid = () => document.getElementById("grid");
export const days = () => Number(page().dataset.days);
export const rightToLeft = () => document.documentElement.dir === "rtl";

export function dateAt(index) {
  return new Date(Date.parse(`${page().dataset.from}T00:00:00Z`) + index * dayMillis).toISOString().slice(0, 10);
}
export function written(index, weekday = true) {
  const options = { timeZone: "UTC", day: "numeric", month: "short" };
  if (weekday) options.weekday = "short";
  return new Intl.DateTimeFormat("en-GB", options).format(new Date(`${dateAt(index)}T00:00:00Z`));
}
export function span(start, end) {
  const nights = end - start;
  return `${written(start)} – ${written(end)} · ${nights} ${nights === 1 ? "night" : "nights"}`;
}

export const rows = () => [...grid().querySelectorAll(".r[data-unit], .r[data-lane]")];
export const rowName = (row) => (row.dataset.unit ? `room ${row.dataset.unit}` : "unassigned");
export const bars = (row) => [...row.querySelectorAll(":scope > .c")];

// A cell stands for the night that begins on its day: the half days 2i+1 and 2i+2 from the window's edge.
export function extent(cell) {
  const [, begin] = /(?:^| )a(\d+)/.exec(cell.className);
  const [, length] = /(?:^| )w(\d+)/.exec(cell.className);
  const from = Number(begin);
  const until = from + Number(length);
  return { first: Math.floor(from / 2), last: Math.ceil((until - 1) / 2) - 1, from, until };
}
export function barAt(row, index) {
  return bars(row).find((cell) => {
    const { from, until } = extent(cell);
    return from <= 2 * index + 1 && 2 * index + 1 < until;
  });
}

export function measures() {
  const head = grid().querySelector(".day").getBoundingClientRect();
  const corner = grid().querySelector(".corner").getBoundingClientRect();
  return { column: head.width, label: corner.width };
}
export function indexAt(x) {
  const { column, label } = measures();
  const box = grid().getBoundingClientRect();
  const offset = rightToLeft() ? box.right - x : x - box.left;
  return Math.floor((offset - label) / column);
}
export function rowAt(x, y) {
  return document.elementsFromPoint(x, y).map((element) => element.closest(".r[data-unit]")).find(Boolean);
}
// The content security policy allows no style attribute in markup; a property set from here is fine.
export function place(element, start, end, { middle = true } = {}) {
  const { column, label } = measures();
  const half = middle ? 0.5 : 0;
  element.style.insetInlineStart = `${label + (start + half) * column + 1}px`;
  element.style.width = `${(end - start) * column - 2}px`;
}
// Bring the days [start, end) of a row out from behind the labels, the head and the sheet.
export function reveal(row, start, end) {
  const { column, label } = measures();
  const area = scroller();
  const sheet = document.getElementById("sheet");
  const covered = sheet && !sheet.hidden && innerWidth > 640 ? sheet.offsetWidth : 0;
  const room = area.clientWidth - label - covered;
  const sign = rightToLeft() ? -1 : 1;
  const left = Math.abs(area.scrollLeft);
  if (start * column < left) area.scrollLeft = sign * Math.max(start * column - column / 2, 0);
  else if ((end + 0.5) * column > left + room) area.scrollLeft = sign * Math.min((end + 0.5) * column - room, start * column);
  row.scrollIntoView({ block: "nearest", inline: "nearest" });
}
