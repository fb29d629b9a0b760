// Draws the planned picture as SVG; a box or line that is clicked, or entered by keyboard, is told by its code.
const SVG = "http://www.w3.org/2000/svg";

function make(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  for (const child of children) element.append(child); // strings become text, never markup
  return element;
}

function words(x, y, text, kind) {
  return make("text", { x, y, class: kind }, text);
}

function box(status) {
  const { x, y, width, height } = status;
  const lines = status.name.map((part, place) => {
    const top = status.name.length === 1 ? 20 : 14 + place * 14;
    return words(x + 14, y + top, part, "name");
  });
  return make(
    "g", { class: status.retired ? "box retired" : "box", "data-code": status.code, "aria-label": status.told },
    make("title", {}, status.told),
    make("rect", { class: "ground", x, y, width, height, rx: 6 }),
    make("rect", { x: x + 5, y: y + 7, width: 3, height: height - 14, rx: 1.5, fill: status.color }),
    ...lines,
    words(x + 14, y + height - 16, status.count, status.quiet ? "count quiet" : "count"),
    words(x + width - 9, y + height - 16, status.late, "late"),
  );
}

function line(move) {
  const labels = move.words.map((part, place) => {
    const shift = move.words.length === 1 ? 0 : place === 0 ? -9 : 10;
    return words(move.x, move.y + shift, part, "");
  });
  return make(
    "g", { class: `line ${move.kind}`, "data-code": move.code, "aria-label": move.told },
    make("title", {}, move.told),
    make("path", { class: "seen", d: move.path, "stroke-width": move.weight, "marker-end": "url(#tip)" }),
    make("path", { class: "felt", d: move.path }),
    ...labels,
  );
}

function tip() {
  const size = { id: "tip", viewBox: "0 0 8 8", refX: 7.5, refY: 4, markerWidth: 8, markerHeight: 8 };
  const shape = make("path", { d: "M0 0.8L7.5 4L0 7.2Z", class: "tip" });
  return make("defs", {}, make("marker", { ...size, markerUnits: "userSpaceOnUse", orient: "auto" }, shape));
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".picture");
  const picture = make(
    "svg", { viewBox: `0 0 ${data.width} ${data.height}`, role: "group", "aria-label": data.told },
    tip(),
    ...data.headings.map((heading) => words(heading.x, 10, heading.text, "heading")),
    ...data.lines.map(line),
    ...data.boxes.map(box),
  );
  for (const part of picture.querySelectorAll("[data-code]")) {
    const open = () => setTriggerValue("opened", part.dataset.code);
    part.setAttribute("role", "link");
    part.setAttribute("tabindex", "0");
    part.addEventListener("click", open);
    part.addEventListener("keydown", (event) => {
      if (event.key === "Enter") open();
    });
  }
  root.replaceChildren(picture);
}
