// Opens with Ctrl-K or Cmd-K at once and looks through pages and actions here; orders and customers are asked of the
// server while one types. What it shows goes in as text, never as markup.
const PAUSE = 180;

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Letters in their order, the closer together and the earlier the better; nothing where they are not all there.
function score(name, typed) {
  const text = name.toLowerCase();
  const whole = text.indexOf(typed);
  if (whole >= 0) return 1000 - whole;
  let at = -1;
  let spread = 0;
  for (const letter of typed.replaceAll(" ", "")) {
    const next = text.indexOf(letter, at + 1);
    if (next < 0) return 0;
    spread += next - at;
    at = next;
  }
  return Math.max(1, 500 - spread);
}

function matching(places, typed) {
  const found = places.filter((place) => place.kind === "order" || place.kind === "customer");
  const known = places.filter((place) => !found.includes(place));
  if (!typed) return known;
  const scored = known.map((place) => [score(place.name, typed), place]).filter(([points]) => points > 0);
  scored.sort((one, other) => other[0] - one[0]);
  return [...found, ...scored.map(([, place]) => place)];
}

export default function (component) {
  const { data, parentElement, setStateValue, setTriggerValue } = component;
  const root = parentElement.querySelector(".palette");
  root.cadence ??= { typed: "", selected: 0, timer: 0, before: null };
  const kept = root.cadence;
  let shown = [];

  function draw() {
    const typed = kept.typed.trim().toLowerCase();
    // Answers to other letters than these are old.
    const fresh = data.query.toLowerCase() === typed ? data.places : data.places.filter((place) => place.page && !["order", "customer"].includes(place.kind));
    shown = matching(fresh, typed);
    kept.selected = Math.max(0, Math.min(kept.selected, shown.length - 1));
    const list = root.querySelector("[role=listbox]");
    list.replaceChildren(...shown.map((place, position) => {
      const option = make(
        "li", { role: "option", id: `place-${position}`, "aria-selected": position === kept.selected },
        make("span", {}, place.name), make("span", {}, place.hint),
      );
      option.addEventListener("click", () => choose(place));
      return option;
    }));
    root.querySelector(".nothing").hidden = shown.length > 0;
    root.querySelector("input").setAttribute("aria-activedescendant", shown.length ? `place-${kept.selected}` : "");
    list.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }

  function open() {
    kept.before = document.activeElement;
    root.hidden = false;
    document.body.setAttribute("data-cadence-palette", "");
    root.querySelector("input").focus();
    draw();
  }

  function close() {
    root.hidden = true;
    document.body.removeAttribute("data-cadence-palette");
    kept.typed = root.querySelector("input").value = "";
    kept.selected = 0;
    kept.before?.focus?.();
  }

  function choose(place) {
    close();
    setTriggerValue("chosen", { page: place.page, address: place.address });
  }

  function type(event) {
    kept.typed = event.target.value;
    kept.selected = 0;
    draw();
    clearTimeout(kept.timer);
    kept.timer = setTimeout(() => setStateValue("query", kept.typed), PAUSE);
  }

  function steer(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) kept.selected = (kept.selected + step + shown.length) % Math.max(1, shown.length);
    else if (event.key === "Enter" && shown[kept.selected]) choose(shown[kept.selected]);
    else if (event.key === "Escape") close();
    else if (event.key !== "Tab") return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
    if (step) draw();
  }

  if (!root.firstChild) {
    const input = make("input", {
      type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "places", "aria-label": data.label,
      placeholder: data.hint, autocomplete: "off", spellcheck: "false",
    });
    const list = make("ul", { role: "listbox", id: "places", "aria-label": data.label });
    const nothing = make("div", { class: "nothing" }, data.nothing);
    root.append(make("div", { class: "box", role: "dialog", "aria-modal": "true", "aria-label": data.label }, input, list, nothing));
  }
  const input = root.querySelector("input");
  input.oninput = type;
  input.onkeydown = steer;
  root.onclick = (event) => event.target === root && close();

  function listen(event) {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (root.hidden) open();
    else close();
  }

  if (root.cadenceListen) document.removeEventListener("keydown", root.cadenceListen, true);
  root.cadenceListen = listen;
  document.addEventListener("keydown", listen, true);
  if (!root.hidden) draw();
  return () => {
    document.removeEventListener("keydown", root.cadenceListen, true);
    document.body.removeAttribute("data-cadence-palette");
  };
}
