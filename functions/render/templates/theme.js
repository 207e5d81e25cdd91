"use strict";
// Before anything is painted: the theme that was chosen, where it is not the system's.
try {
  const theme = localStorage.getItem("theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch { /* nothing is kept here: the system's theme */ }
