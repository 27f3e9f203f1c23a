// Before the first paint: the colour scheme this browser chose. Absent means what the system says.
(() => {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
