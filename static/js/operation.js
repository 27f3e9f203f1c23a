// Forms that can show what they would change do so by themselves when something in them changes.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.operation");
  if (!form?.querySelector('button[name="preview"]') || event.target.matches("[hx-get]")) return;
  if (!form.closest("#dialog") || !form.checkValidity()) return;
  htmx.ajax("POST", form.action, { source: form, target: "#dialog .preview", select: ".preview", swap: "outerHTML", values: { preview: "1" } });
});
// A menu closes when its entry opens a dialog; the focus comes back to the menu, not to an entry that is hidden.
document.addEventListener("click", (event) => {
  const menu = event.target.closest(".menu-item[hx-get]")?.closest("details.menu");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}, true);
