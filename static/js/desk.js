// What every page has: dialogs, toasts, menus, keys, the colour scheme, the offline banner.
// Other modules listen to events; nothing here knows a page.

const dialog = document.getElementById("dialog");
const toasts = document.getElementById("toasts");

// --- Dialog: htmx swaps into #dialog, and it opens; an empty answer or "dialog:close" closes it -------------
let opener = null;
export function openDialog() {
  if (!dialog.open) {
    opener = document.activeElement;
    dialog.showModal();
  }
  const first = dialog.querySelector("[autofocus]") ?? dialog.querySelector("input:not([type=hidden]), select, textarea, .btn.primary");
  first?.focus();
  // What is filled in gives way to what is typed.
  if (first?.matches("input.amount")) first.select();
}
export function closeDialog() {
  if (dialog.open) dialog.close();
}
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target !== dialog) return;
  if (dialog.innerHTML.trim()) openDialog();
  else closeDialog();
  replayTyped();
});
// Who types faster than the dialog comes types into its first field, and presses nothing else meanwhile.
let coming = null;
let typedAhead = "";
function replayTyped() {
  const field = document.activeElement;
  if (typedAhead && dialog.contains(field) && field.matches("input:not([type=radio], [type=checkbox], [type=date]), textarea")) {
    field.value = typedAhead;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  coming = null;
  typedAhead = "";
}
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target === dialog && event.detail.requestConfig.verb === "get" && !dialog.open) coming = event.detail.xhr;
});
document.body.addEventListener("htmx:afterRequest", (event) => { if (event.detail.xhr === coming) replayTyped(); });
document.addEventListener("keydown", (event) => {
  if (!coming || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.length === 1) typedAhead += event.key;
  else if (event.key !== "Enter") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);
dialog.addEventListener("close", () => {
  dialog.replaceChildren();
  if (opener?.isConnected) opener.focus();
  opener = null;
});
dialog.addEventListener("click", (event) => {
  if (event.target === dialog || event.target.closest("[data-dialog-close]")) {
    event.preventDefault();
    closeDialog();
  }
});
document.body.addEventListener("dialog:close", closeDialog);

// --- Toasts: from the server as markup, or by HX-Trigger {"toast": {"message": ..., "level": ...}} -----------
const lifetime = 6000;
const lifetimeWithButton = 20000;
function watch(toast) {
  let timer;
  const stays = toast.querySelector(".btn:not(.plain)") ? lifetimeWithButton : lifetime;
  const start = () => { timer = setTimeout(() => toast.remove(), stays); };
  const stop = () => clearTimeout(timer);
  // An error stays until it is closed, a toast with something to press for a while, everything while it is looked at.
  if (!toast.classList.contains("is-alert")) {
    toast.addEventListener("mouseenter", stop);
    toast.addEventListener("mouseleave", start);
    toast.addEventListener("focusin", stop);
    toast.addEventListener("focusout", start);
    start();
  }
}
// `undo` is { url, values }: posted when its button is pressed.
export function toast(message, level = "", undo = null) {
  const box = document.createElement("div");
  box.className = `toast${level ? ` is-${level}` : ""}`;
  box.role = level === "alert" ? "alert" : "status";
  const text = document.createElement("span");
  text.textContent = message;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn plain";
  close.dataset.toastClose = "";
  close.ariaLabel = "Close this message";
  close.textContent = "×";
  box.append(text);
  if (undo) {
    const back = document.createElement("button");
    back.type = "button";
    back.className = "btn";
    back.textContent = "Undo";
    back.addEventListener("click", () => {
      box.remove();
      htmx.ajax("POST", undo.url, { target: "#dialog", swap: "innerHTML", values: undo.values });
    });
    box.append(back);
  }
  box.append(close);
  toasts.append(box);
}
toasts.querySelectorAll(".toast").forEach(watch);
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.classList?.contains("toast")) watch(node);
}).observe(toasts, { childList: true });
toasts.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest(".toast").remove();
});
document.body.addEventListener("toast", (event) => toast(event.detail.message ?? event.detail.value, event.detail.level, event.detail.undo));
// A modal dialog makes the rest inert: while one is open, toasts live inside it.
new MutationObserver(() => (dialog.open ? dialog : document.body).append(toasts)).observe(dialog, { attributeFilter: ["open"] });

// --- Requests that fail -------------------------------------------------------------------------------------
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr } = event.detail;
  if (xhr.status < 400 || xhr.status === 422 || xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.shouldSwap = false;
  if (xhr.status === 403) toast("You may not do that, or you were signed out. Reload the page.", "alert");
  else if (xhr.status === 404) toast("That is no longer there. Reload the page.", "alert");
  else toast("The server could not do that. Nothing was changed; try again.", "alert");
});
document.body.addEventListener("htmx:sendError", () => toast("No connection. Nothing was changed.", "alert"));
document.body.addEventListener("htmx:timeout", () => toast("The server takes too long. Look before you try again.", "alert"));

const banner = document.createElement("div");
banner.className = "offline";
banner.role = "status";
banner.textContent = "No connection. What you see may be out of date, and changes wait until you are back.";
function showConnection() {
  if (navigator.onLine) banner.remove();
  else document.body.prepend(banner);
}
addEventListener("online", showConnection);
addEventListener("offline", showConnection);
showConnection();

// --- Menus: close on a click elsewhere and on Escape; arrows walk -------------------------------------------
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest?.("details.menu[open]");
  if (!menu) return;
  const items = [...menu.querySelectorAll(".menu-item")];
  const at = items.indexOf(document.activeElement);
  if (event.key === "Escape") {
    menu.open = false;
    menu.querySelector("summary").focus();
  } else if (event.key === "ArrowDown") items[(at + 1) % items.length]?.focus();
  else if (event.key === "ArrowUp") items[(at - 1 + items.length) % items.length]?.focus();
  else return;
  event.preventDefault();
  event.stopPropagation();
});

// --- Keys ---------------------------------------------------------------------------------------------------
// A link or button with data-key="c" is pressed by that key, wherever the focus is, unless something is typed.
// The key is drawn beside the word by the template (<kbd>), so that it is learned by looking.
export function typing(event) {
  return event.target.closest?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
}
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event)) return;
  // Enter on something that can be pressed presses that.
  if (event.key === "Enter" && event.target.closest?.("a, button, summary")) return;
  const scope = dialog.open ? dialog : document;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const bound = [...scope.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((element) => element.checkVisibility());
  if (bound) {
    event.preventDefault();
    if (bound.matches("input")) { bound.focus(); bound.select(); }
    else bound.click();
  } else if (event.key === "?" && !dialog.open) {
    const keys = document.getElementById("keys");
    if (!keys) return;
    event.preventDefault();
    dialog.replaceChildren(keys.content.cloneNode(true));
    openDialog();
  }
});
// Escape in the search gives the focus back to the page.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.('input[type="search"]')) event.target.blur();
});

// --- Colour scheme ------------------------------------------------------------------------------------------
function showTheme() {
  const theme = document.documentElement.dataset.theme ?? "system";
  for (const choice of document.querySelectorAll("[data-theme-choice]")) choice.ariaPressed = String(choice.dataset.themeChoice === theme);
}
document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]")?.dataset.themeChoice;
  if (!choice) return;
  if (choice === "system") {
    localStorage.removeItem("theme");
    delete document.documentElement.dataset.theme;
  } else {
    localStorage.setItem("theme", choice);
    document.documentElement.dataset.theme = choice;
  }
  showTheme();
});
showTheme();

// Tabs that do not fit are scrolled so that the page one is on can be seen.
document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// --- Small enhancements of plain forms ----------------------------------------------------------------------
// <select data-submit> and <input data-submit> send their form when they change; without JavaScript a button does.
document.addEventListener("change", (event) => event.target.matches("[data-submit]") && event.target.form.requestSubmit());
