// A new booking: the sum of what is chosen, the departure that follows the arrival, Ctrl+Enter books.
const form = document.getElementById("book");
const total = document.getElementById("new-total");
const arrival = document.getElementById("id_arrival");
const departure = document.getElementById("id_departure");

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

// A later arrival keeps the length of the stay.
let nights = Math.max(1, (departure.valueAsNumber - arrival.valueAsNumber) / 864e5);
departure.addEventListener("change", () => { nights = Math.max(1, (departure.valueAsNumber - arrival.valueAsNumber) / 864e5 || 1); });
arrival.addEventListener("change", () => {
  if (Number.isNaN(arrival.valueAsNumber)) return;
  const leave = new Date(arrival.valueAsNumber);
  leave.setUTCDate(leave.getUTCDate() + nights);
  if (Number.isNaN(departure.valueAsNumber) || departure.valueAsNumber <= arrival.valueAsNumber) departure.valueAsDate = leave;
});
// Inputs of the stay send the booking on Enter only through their own form; Ctrl+Enter books from anywhere.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});
// A second press while the first is under way would be the same booking; it need not be sent.
form.addEventListener("submit", (event) => {
  if (form.dataset.sent && !event.submitter?.name) event.preventDefault();
  form.dataset.sent = "1";
  setTimeout(() => delete form.dataset.sent, 4000);
});
