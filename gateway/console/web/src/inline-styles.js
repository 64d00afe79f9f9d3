// The editor styles itself inline: with <style> elements, and with style
// attributes in the HTML it writes. The page's Content-Security-Policy forbids
// both, so that nobody else can do it; what scripts do to styles through the
// CSSOM it allows. So the same styles are set that way here, and the policy
// stays as strict as it is.

// A stand-in for <style>: its text is a sheet that its document adopts for as
// long as it is connected.
class InlineStyle extends HTMLElement {
  sheet = new CSSStyleSheet();
  #text = '';
  #adopter;

  get textContent() {
    return this.#text;
  }

  set textContent(text) {
    this.#text = String(text ?? '');
    this.sheet.replaceSync(this.#text);
  }

  get innerText() {
    return this.textContent;
  }

  set innerText(text) {
    this.textContent = text;
  }

  get innerHTML() {
    return this.textContent;
  }

  set innerHTML(text) {
    this.textContent = text;
  }

  appendChild(node) {
    this.textContent += node.textContent;
    return node;
  }

  connectedCallback() {
    this.style.display = 'none';
    this.#adopter = this.getRootNode();
    this.#adopter.adoptedStyleSheets.push(this.sheet);
  }

  disconnectedCallback() {
    const sheets = this.#adopter.adoptedStyleSheets;
    this.#adopter.adoptedStyleSheets = sheets.filter((sheet) => sheet !== this.sheet);
  }
}
customElements.define('inline-style', InlineStyle);

const { createElement } = document;
document.createElement = function (name, options) {
  return createElement.call(this, /^style$/i.test(name) ? 'inline-style' : name, options);
};

// HTML is written with its style attributes under another name, which are then
// read and set one by one.
const aside = 'data-inline-style';
const tags = /<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi;
const styleAttribute = /\sstyle(?==)|"[^"]*"|'[^']*'/gi; // not what only looks like one in a value

function setAside(html) {
  return String(html).replace(tags, (tag) =>
    tag.replace(styleAttribute, (found) => (/^\s/.test(found) ? ` ${aside}` : found)),
  );
}

function apply(parent) {
  for (const element of parent?.querySelectorAll(`[${aside}]`) ?? []) {
    element.style.cssText = element.getAttribute(aside);
    element.removeAttribute(aside);
  }
}

const { get, set } = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML');
Object.defineProperty(Element.prototype, 'innerHTML', {
  configurable: true,
  enumerable: true,
  get,
  set(html) {
    set.call(this, setAside(html));
    apply(this);
  },
});

const { insertAdjacentHTML, setAttribute } = Element.prototype;
Element.prototype.insertAdjacentHTML = function (position, html) {
  insertAdjacentHTML.call(this, position, setAside(html));
  apply(/^(before|after)(begin|end)$/i.test(position) ? this.parentNode ?? this : this);
};
Element.prototype.setAttribute = function (name, value) {
  if (/^style$/i.test(name)) {
    this.style.cssText = value;
    return;
  }
  setAttribute.call(this, name, value);
};
