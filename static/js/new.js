// A new booking: the sum of what is chosen, the departure that follows the arrival, offers for whatever the stay becomes,
// Ctrl+Enter books. What is booked is what was shown: a stay that changed since then is shown before it is booked.
const form = document.getElementById("book");
const offers = document.getElementById("offers");
const total = document.getElementById("new-total");
const note = document.getElementById("new-note");
const arrival = document.getElementById("id_arrival");
const departure = document.getElementById("id_departure");
const renew = document.getElementById("id_renew");

function show() {
  const currency = document.getElementById("currency")?.value;
  let sum = 0;
  let rooms = 0;
  for (const input of form.querySelectorAll('input[name^="rooms:"]')) {
    const count = Math.max(0, Number.parseInt(input.value, 10) || 0);
    input.closest(".plan").classList.toggle("is-chosen", count > 0);
    rooms += count;
    sum += count * Number(input.dataset.price);
  }
  if (!currency) { total.textContent = ""; return; }
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  const digits = money.resolvedOptions().maximumFractionDigits;
  total.textContent = rooms ? `${rooms} ${rooms === 1 ? "room" : "rooms"} · ${money.format(sum / 10 ** digits)}` : "No room chosen";
}
form.addEventListener("input", show);
document.body.addEventListener("htmx:afterSwap", show);
show();
// What a person chose is kept through another date or code as far as it is sold; a choice made for them is made anew.
const choose = (byHand) => { renew.value = byHand ? "" : "1"; };
choose(false);
offers.addEventListener("input", (event) => event.target.name.startsWith("rooms:") && choose(true));

// A later arrival keeps the length of the stay.
let nights = Math.max(1, (departure.valueAsNumber - arrival.valueAsNumber) / 864e5);
departure.addEventListener("change", () => { nights = Math.max(1, (departure.valueAsNumber - arrival.valueAsNumber) / 864e5 || 1); });
arrival.addEventListener("change", () => {
  if (Number.isNaN(arrival.valueAsNumber)) return;
  const leave = new Date(arrival.valueAsNumber);
  leave.setUTCDate(leave.getUTCDate() + nights);
  if (Number.isNaN(departure.valueAsNumber) || departure.valueAsNumber <= arrival.valueAsNumber) departure.valueAsDate = leave;
});

// --- Buttons that change the stay: data-set="arrival=...&departure=..." ---------------------------------------
const fetchOffers = () => document.body.dispatchEvent(new CustomEvent("stay:changed"));
offers.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-set]");
  if (!button) return;
  event.preventDefault();
  for (const [name, value] of new URLSearchParams(button.dataset.set)) {
    const field = document.querySelector(`[form="stay"][name="${CSS.escape(name)}"]`);
    if (field) field.value = value;
  }
  nights = Math.max(1, (departure.valueAsNumber - arrival.valueAsNumber) / 864e5 || 1);
  choose(false);
  fetchOffers();
});
// Another price of the desk's own is shown before it is sold, like every other.
offers.addEventListener("change", (event) => event.target.name === "price" && fetchOffers());
// A deal that was opened is spoken of first.
document.body.addEventListener("htmx:afterSettle", (event) => {
  const reason = document.getElementById("id_override_reason");
  if (event.detail.target === offers && reason && !reason.value && document.activeElement === document.body) reason.focus();
});

// --- Booking --------------------------------------------------------------------------------------------------
// Inputs of the stay send the booking on Enter only through their own form; Ctrl+Enter books from anywhere.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(".new-foot .btn.primary"));
  }
});
let under_way = 0;
document.body.addEventListener("htmx:beforeRequest", (event) => { if (event.detail.target === offers) under_way += 1; });
document.body.addEventListener("htmx:afterRequest", (event) => { if (event.detail.target === offers) under_way -= 1; });
function isShown() {
  if (under_way) return false;
  return [...form.querySelectorAll("[data-shown]")].every((seen) => {
    const field = document.querySelector(`[form="stay"][name="${CSS.escape(seen.name)}"]`);
    return !field || field.value.trim() === seen.value.trim();
  });
}
form.addEventListener("submit", (event) => {
  if (event.submitter && !event.submitter.matches(".new-foot .btn")) return;
  if (offers.querySelector("[data-shown]") && !isShown()) {
    event.preventDefault();
    note.textContent = "The stay has changed: look at the price, then book.";
    if (!under_way) fetchOffers();
    return;
  }
  note.textContent = "";
  // A second press while the first is under way would be the same booking; it need not be sent.
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
