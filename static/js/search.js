// The search of the top bar: results as they are typed, arrows walk them, Enter opens, Escape closes.
const box = document.querySelector(".search input[type=search]");
const list = document.getElementById("search-results");

if (box && list) {
  const options = () => [...list.querySelectorAll('[role="option"]')];
  let chosen = -1;
  const choose = (index) => {
    const all = options();
    chosen = all.length ? (index + all.length) % all.length : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) {
      box.setAttribute("aria-activedescendant", all[chosen].id);
      all[chosen].scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  const open = (is) => {
    list.hidden = !is;
    box.ariaExpanded = String(is);
    if (!is) choose(-1);
  };
  list.addEventListener("htmx:afterSwap", () => {
    open(document.activeElement === box && list.innerHTML.trim() !== "" && box.value.trim().length > 1);
    choose(-1);
    if (options().length) choose(0);
  });
  box.addEventListener("input", () => box.value.trim() || open(false));
  box.addEventListener("focus", () => list.innerHTML.trim() && box.value.trim() && open(true));
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden && options().length) open(true);
      choose(chosen + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && !list.hidden && chosen >= 0 && list.dataset.text === box.value.trim()) {
      event.preventDefault();
      options()[chosen].querySelector("a").click();
    } else if (event.key === "Escape") open(false);
  });
  document.addEventListener("click", (event) => event.target.closest(".search") || open(false));
  list.addEventListener("htmx:beforeSwap", (event) => { list.dataset.text = new URL(event.detail.xhr.responseURL).searchParams.get("q")?.trim() ?? ""; });
}
