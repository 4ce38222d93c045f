export type Child = Node | string | undefined;

/** Makes an element; texts become text nodes, so that nothing in them is read as markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  dress(made, attributes, children);
  return made;
}

/** The same for SVG. */
export function svg<K extends keyof SVGElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[K] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  dress(made, attributes, children);
  return made;
}

function dress(
  made: Element,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly Child[],
): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
}

/** A part of the page with its heading and what stands beside it. */
export function section(
  id: string,
  heading: string,
  aside: string | undefined,
  ...children: readonly Child[]
): HTMLElement {
  const headingId = `${id}-heading`;
  return element(
    'section',
    { id, 'aria-labelledby': headingId },
    element(
      'div',
      { class: 'section-head' },
      element('h2', { id: headingId }, heading),
      aside === undefined ? undefined : element('p', { class: 'aside' }, aside),
    ),
    ...children,
  );
}

/** @param rows - the first cell of each is its heading */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  return element(
    'div',
    { class: 'wide', tabindex: '0', role: 'group', 'aria-label': caption },
    element(
      'table',
      {},
      element(
        'thead',
        {},
        element('tr', {}, ...head.map((text) => element('th', { scope: 'col' }, text))),
      ),
      element(
        'tbody',
        {},
        ...rows.map(([first, ...others]) =>
          element(
            'tr',
            {},
            element('th', { scope: 'row' }, first),
            ...others.map((cell) => element('td', {}, cell)),
          ),
        ),
      ),
    ),
  );
}
