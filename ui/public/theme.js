// The colours that this device showed last, before anything is painted: a dark kitchen has no white flash at its start.
// What was chosen is read and kept by src/features/settings/display.svelte.ts, which says the last word a moment later.
try {
  const theme = localStorage.getItem('docket.theme');
  if (theme !== null) document.documentElement.dataset.theme = theme;
} catch {
  // A browser may refuse its storage; the page then begins in the colours of the system.
}
