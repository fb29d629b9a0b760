// Keys of the list: they count only where nobody types and no drawer is open. The cursor lives here, so that a fast
// hand is never ahead of the server; the server is told where it stands and marks the row.
const TYPING = "input, textarea, select, [contenteditable], [role=textbox], [role=combobox]";

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const numbers = data.numbers;
  const place = () => numbers.indexOf(parentElement.cadenceAt ?? "");

  function move(step) {
    if (!numbers.length) return;
    const next = Math.min(numbers.length - 1, Math.max(0, place() + step));
    parentElement.cadenceAt = numbers[place() < 0 ? 0 : next];
    setStateValue("at", parentElement.cadenceAt);
  }

  function tell(name) {
    if (place() >= 0) setTriggerValue(name, numbers[place()]);
    return place() >= 0;
  }

  const keys = {
    j: () => (move(1), true),
    k: () => (move(-1), true),
    q: () => tell("looked"),
    "/": () => {
      const field = document.querySelector(".st-key-q input");
      field?.focus();
      field?.select();
      return Boolean(field);
    },
    r: () => (setTriggerValue("refreshed", true), true),
    "?": () => (setTriggerValue("help", true), true),
    Enter: () => !document.activeElement?.closest("button, a, [role=option], summary") && tell("opened"),
  };

  function listen(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (document.activeElement?.closest(TYPING) || document.querySelector("[role=dialog], [data-cadence-palette]")) return;
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (act && act()) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  if (parentElement.cadenceListen) document.removeEventListener("keydown", parentElement.cadenceListen, true);
  parentElement.cadenceListen = listen;
  document.addEventListener("keydown", listen, true);
  return () => document.removeEventListener("keydown", parentElement.cadenceListen, true);
}
