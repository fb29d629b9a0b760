// Draws the columns; an order that is dropped on a column, or sent on by its button or the right arrow, is told with
// the version that was seen. All text goes in as text, never as markup.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

function drawCard(card) {
  return make(
    "div", { class: "card", draggable: "true", tabindex: "0", role: "group", "aria-label": `${card.told}, ${card.customer}` },
    make("div", { class: "line" }, make("b", {}, card.number), make("span", {}, card.total)),
    make("div", { class: "customer" }, card.customer),
    card.marks.length
      ? make("div", { class: "marks" }, ...card.marks.map((mark) => make("span", { class: `mark ${mark.color}` }, mark.word)))
      : null,
    make("div", { class: "facts" }, card.facts),
    card.to ? make("button", { type: "button", "aria-label": `${card.told}: ${card.step}` }, `${card.step} →`) : null,
  );
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".board");
  let lifted = null;

  const move = (card, to) => setTriggerValue("moved", { number: card.number, version: card.version, to });

  function animate(element, card, column) {
    element.addEventListener("dragstart", (event) => {
      lifted = { card, from: column.code };
      event.dataTransfer.setData("text/plain", card.number);
      event.dataTransfer.effectAllowed = "move";
      element.classList.add("lifted");
    });
    element.addEventListener("dragend", () => element.classList.remove("lifted"));
    element.addEventListener("dblclick", () => setTriggerValue("opened", card.number));
    element.addEventListener("keydown", (event) => {
      if (event.target !== element) return;
      if (event.key === "Enter") setTriggerValue("opened", card.number);
      else if (event.key === "ArrowRight" && card.to) move(card, card.to);
      else if (event.key === "ArrowDown") element.nextElementSibling?.focus();
      else if (event.key === "ArrowUp") element.previousElementSibling?.focus();
      else return;
      event.preventDefault();
    });
    element.querySelector("button")?.addEventListener("click", () => move(card, card.to));
    return element;
  }

  function drawColumn(column) {
    const element = make(
      "section", { class: column.cards.length ? "column" : "column void", "aria-label": `${column.name}: ${column.count}`, "data-code": column.code },
      make("h3", {}, column.name, make("span", {}, column.count)),
      ...column.cards.map((card) => animate(drawCard(card), card, column)),
      column.cards.length ? null : make("div", { class: "none" }, data.empty),
      column.more ? make("div", { class: "more" }, column.more) : null,
    );
    element.addEventListener("dragover", (event) => {
      if (!lifted || lifted.from === column.code) return;
      event.preventDefault();
      element.classList.add("over");
    });
    element.addEventListener("dragleave", () => element.classList.remove("over"));
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      element.classList.remove("over");
      if (lifted && lifted.from !== column.code) move(lifted.card, column.code);
      lifted = null;
    });
    return element;
  }

  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.told);
  root.replaceChildren(...data.columns.map(drawColumn));
}
