// The countdown: the page says how many minutes are left; this counts the seconds, and shows the end when it comes.
const kept = document.querySelector(".kept");
if (kept) {
  const ends = Date.now() + Number(kept.dataset.seconds) * 1000;
  const ticking = kept.querySelector(".ticking");
  const shown = ticking.querySelector("b");
  ticking.hidden = false;
  kept.querySelector(".clock").classList.add("visually-hidden");
  const tick = () => {
    const left = Math.max(0, Math.round((ends - Date.now()) / 1000));
    shown.textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    kept.classList.toggle("soon", left < 180);
    if (left === 0) location.reload();
    else setTimeout(tick, 1000);
  };
  tick();
}
// The bar of a phone repeats the total of the card, which follows the extras.
document.addEventListener("htmx:afterSwap", () => {
  const total = document.querySelector("#summary .total dd");
  for (const slim of document.querySelectorAll("[data-total]")) if (total) slim.textContent = total.textContent;
});
