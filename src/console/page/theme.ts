// Loaded before the first line is drawn, and small for that: a page in the wrong colours would flash.

const chosen = localStorage.getItem("headend-theme");
if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
