// The widget inside its frame: asks what the dates cost, and tells the page around it. It hears nobody.
const { parent: listener, property } = document.documentElement.dataset;
const widget = document.querySelector(".widget");
const form = widget.querySelector("form");
const answer = widget.querySelector(".answer");

// The server wrote the origin down after it found it among the allowed ones: no other page can read what is said.
const tell = (type, detail) => {
  if (listener && parent !== window) parent.postMessage({ type: `innkeep:${type}`, property, ...detail }, listener);
};

const wish = () => Object.fromEntries(new FormData(form));

const nextDay = (day) => {
  const next = new Date(`${day}T00:00:00Z`);
  next.setUTCDate(next.getUTCDate() + 1);
  return next.toISOString().slice(0, 10);
};

// --- Dates: the departure stays behind the arrival -------------------------------------------------------------
const keepOrder = () => {
  const { arrival, departure } = form.elements;
  if (!arrival.validity.valid) return;
  departure.min = nextDay(arrival.value);
  if (departure.value && departure.value < departure.min) departure.value = departure.min;
};

// --- The price of what is asked --------------------------------------------------------------------------------
let asking;
const ask = async () => {
  keepOrder();
  if (!form.checkValidity()) return;
  asking?.abort();
  const mine = (asking = new AbortController());
  const asked = wish();
  const address = new URL(location.href);
  for (const [name, value] of Object.entries(asked)) address.searchParams.set(name, value);
  answer.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(address, { headers: { "HX-Request": "true" }, signal: mine.signal });
    if (response.status !== 200 && response.status !== 422) throw new Error(`answered ${response.status}`);
    answer.innerHTML = await response.text();
    const said = answer.querySelector("[data-outcome]")?.dataset ?? {};
    const total = said.totalMinor ? { totalMinor: Number(said.totalMinor), currency: said.currency } : {};
    tell("search", { ...asked, outcome: said.outcome, ...total });
  } catch (error) {
    // No price is no harm: the button leads to the booking page all the same.
    if (error.name !== "AbortError") answer.textContent = "";
  } finally {
    if (mine === asking) answer.removeAttribute("aria-busy");
  }
};

let waiting;
form.addEventListener("change", () => {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 200);
});
form.addEventListener("submit", () => tell("book", wish()));
answer.addEventListener("click", (event) => {
  if (event.target.closest("a")) tell("book", wish());
});

// --- The height ------------------------------------------------------------------------------------------------
const height = () => Math.ceil(widget.getBoundingClientRect().height);
keepOrder();
tell("ready", { height: height() });
new ResizeObserver(() => tell("height", { height: height() })).observe(widget);
