// Elements without a framework: a view is made anew from what is known, and what is on the screen becomes like it,
// so that focus, scrolling and selected text stay. Views have no listeners of their own: whoever is clicked says in
// data-do what is to be done. Text is only ever text.

// h makes an element. Of attributes, null, undefined and false are left out, and true is empty; children that are null
// or false are, too.
export function h(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// show has an element on the screen have children like these.
export function show(element, ...children) {
  children = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  children = children.map((child) => (child instanceof Node ? child : document.createTextNode(child)));
  let at = element.firstChild;
  for (const child of children) {
    const there = counterpart(at, child);
    if (!there) {
      element.insertBefore(child, at);
      continue;
    }
    while (at !== there) {
      at = drop(at);
    }
    become(there, child);
    at = there.nextSibling;
  }
  while (at) {
    at = drop(at);
  }
}

function drop(node) {
  const next = node.nextSibling;
  node.remove();
  return next;
}

// counterpart is what is on the screen for a node, from at on: the next where nothing has a key, else what has the same.
function counterpart(at, node) {
  const key = node.dataset?.key;
  if (key === undefined) {
    return at && alike(at, node) && at.dataset?.key === undefined ? at : null;
  }
  for (; at; at = at.nextSibling) {
    if (at.dataset?.key === key && alike(at, node)) {
      return at;
    }
  }
  return null;
}

const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName;

function become(there, node) {
  if (there.nodeType === Node.TEXT_NODE) {
    if (there.data !== node.data) {
      there.data = node.data;
    }
    return;
  }
  for (const { name } of [...there.attributes]) {
    if (!node.hasAttribute(name) && !(name === 'open' && there.localName === 'details')) {
      there.removeAttribute(name);
    }
  }
  for (const { name, value } of node.attributes) {
    if (there.getAttribute(name) !== value) {
      there.setAttribute(name, value);
    }
  }
  show(there, ...node.childNodes);
}
