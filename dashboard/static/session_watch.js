/* A page whose session has ended goes to the sign-in: Streamlit itself would only say that the connection is lost. */
(() => {
  if (window.cadenceWatchesSession) return;
  window.cadenceWatchesSession = true;
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch("/api/v1/me", { cache: "no-store" });
      if (answer.status === 401 || answer.status === 403) location.reload();
    } catch {
      // No answer: the server is away, and that is told elsewhere.
    }
  };
  setInterval(look, 60_000);
  document.addEventListener("visibilitychange", look);
})();
