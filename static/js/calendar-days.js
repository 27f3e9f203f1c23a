// The days of the calendar by keyboard: arrows by day and week, Home and End within the week, Page up and down turn months.
const days = () => [...document.querySelectorAll("#calendar [data-day]")];

const hold = (chosen) => days().forEach((day) => { day.tabIndex = day === chosen ? 0 : -1; });
const begin = () => {
  const all = days();
  if (all.length) hold(all.find((day) => day.href) ?? all[0]);
};
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const added = (iso, count) => new Date(Date.parse(`${iso}T12:00Z`) + count * 864e5).toISOString().slice(0, 10);
const weekday = (iso) => (new Date(`${iso}T12:00Z`).getUTCDay() + 6) % 7;

// Which day to go on from once the months have turned.
let goOn = null;

const turn = (direction, iso) => {
  const link = document.querySelector(`#calendar [data-turn="${direction}"]`);
  if (link) {
    goOn = iso;
    link.click();
  }
};

document.addEventListener("keydown", (event) => {
  const day = event.target.closest?.("#calendar [data-day]");
  if (!day || event.altKey || event.ctrlKey || event.metaKey) return;
  const iso = day.dataset.day;
  const to = event.key in steps ? added(iso, steps[event.key])
    : event.key === "Home" ? added(iso, -weekday(iso))
    : event.key === "End" ? added(iso, 6 - weekday(iso))
    : null;
  if (to) {
    event.preventDefault();
    const next = days().find((other) => other.dataset.day === to);
    if (next) {
      hold(next);
      next.focus();
    } else turn(to < iso ? "earlier" : "later", to);
  } else if (event.key === "PageUp" || event.key === "PageDown") {
    event.preventDefault();
    turn(event.key === "PageUp" ? "earlier" : "later", iso);
  }
});

document.addEventListener("focusin", (event) => {
  const day = event.target.closest?.("#calendar [data-day]");
  if (day) {
    goOn = day.dataset.day;
    hold(day);
  }
});

document.addEventListener("htmx:afterSettle", () => {
  begin();
  const day = goOn && days().find((other) => other.dataset.day === goOn);
  if (day) {
    hold(day);
    day.focus();
  }
});

begin();
