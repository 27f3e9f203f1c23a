/* Innkeep's booking widget: <div data-innkeep-property="CODE"></div> and this script. See docs/widget.md. */
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector('script[src*="/sdk.js"]');
  const home = new URL(script.src).origin;
  const titles = { en: "Book a room", lt: "Užsakykite kambarį", de: "Zimmer buchen" };
  const frames = new Map();

  const mount = (el) => {
    if (frames.get(el)?.isConnected) return frames.get(el);
    const { innkeepProperty: code, theme, accent, target, arrival, departure, adults, children, title } = el.dataset;
    if (!code) throw new Error("Innkeep: the element has no data-innkeep-property.");
    const language = el.dataset.language || document.documentElement.lang;
    const address = new URL(`/embed/${encodeURIComponent(code)}/`, home);
    const asked = { parent: location.origin, language, theme, accent, target, arrival, departure, adults, children };
    for (const [name, value] of Object.entries(asked)) if (value) address.searchParams.set(name, value);
    const frame = document.createElement("iframe");
    frame.title = title || titles[language.slice(0, 2)] || titles.en;
    frame.loading = "lazy";
    frame.src = address;
    Object.assign(frame.style, { display: "block", width: "100%", height: "180px", border: "0" });
    // The same scheme on both sides of the border keeps the frame's corners see-through.
    frame.style.colorScheme = theme === "light" || theme === "dark" ? theme : "light dark";
    frames.set(el, frame);
    el.append(frame);
    return frame;
  };

  // Whoever else speaks, from another origin or out of another frame, is not heard.
  addEventListener("message", ({ origin, source, data }) => {
    if (origin !== home || !source || typeof data?.type !== "string" || !data.type.startsWith("innkeep:")) return;
    for (const [el, frame] of frames) {
      if (frame.contentWindow !== source) continue;
      if (Number.isFinite(data.height)) frame.style.height = `${Math.min(Math.max(data.height, 0), 4000)}px`;
      // What the page showed in its place, a link perhaps, is not needed once the widget is there.
      if (data.type === "innkeep:ready") for (const child of [...el.childNodes]) if (child !== frame) child.remove();
      const { type, ...detail } = data;
      el.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
    }
  });

  const mountAll = () => document.querySelectorAll('[data-innkeep-property]:not([data-innkeep-property=""])').forEach(mount);
  window.Innkeep = { mount };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
  else mountAll();
})();
