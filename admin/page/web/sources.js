// The table of sources: how many writes are in which state, how long the oldest waits, and whether anything is sent.
import { h } from './dom.js';
import { age, groups, holds, number, soon, states } from './words.js';

// open are the states of what is not over.
const open = groups.slice(0, 2).flatMap((group) => group.states);

export const countOf = (source, state) => source.states?.[state]?.writes ?? 0;

// total is how many writes of all sources, or one, are in some states.
export function total(status, wanted, name) {
  const of = (status?.sources ?? []).filter((source) => !name || source.source === name);
  return of.reduce((sum, source) => sum + wanted.reduce((all, state) => all + countOf(source, state), 0), 0);
}

// oldest is when the oldest write that is not over was accepted; undefined: there is none.
const oldest = (source) => open.map((state) => source.states?.[state]?.oldest).filter(Boolean).sort()[0];

// sources has what is known of each; alive: a gateway sends to them.
export function sources(status, filters, busy, alive) {
  const shown = states.filter((state) => total(status, [state]) > 0 || open.includes(state) || state === 'APPLIED');
  return [
    h('thead', {}, h('tr', {},
      h('th', { scope: 'col' }, 'Source'),
      shown.map((state) => h('th', { scope: 'col', class: column(state) }, state.toLowerCase())),
      h('th', { scope: 'col' }, 'Oldest open'),
      h('th', { scope: 'col', title: 'When all that is queued is sent, if it goes on as of late' }, 'Empty'),
      h('th', { scope: 'col' }, 'Sending'),
    )),
    h('tbody', {}, status.sources.map((source) => row(source, shown, filters, busy, alive))),
  ];
}

function row(source, shown, filters, busy, alive) {
  const name = source.source;
  return h('tr', { 'data-key': name, 'aria-current': filters.source === name && !filters.state ? 'true' : null },
    h('th', { scope: 'row' }, h('button', { type: 'button', class: 'link', 'data-do': 'source', 'data-source': name, title: `Only writes of ${name}` }, name)),
    shown.map((state) => cell(source, state, filters)),
    h('td', { 'data-name': 'oldest open' }, age(oldest(source)) ?? h('span', { class: 'quiet' }, '–')),
    h('td', { 'data-name': 'empty' }, soon(source.empty) ?? h('span', { class: 'quiet' }, '–')),
    h('td', { class: 'sending' }, h('div', {}, source.held
      ? [h('span', { class: 'held' }, 'held: ', why(source)), ' ', button('resume', 'Resume', name, busy)]
      : [h('span', { class: 'quiet' }, alive ? 'on' : 'no gateway'), ' ', button('hold', 'Hold', name, busy)])),
  );
}

const why = ({ held, heldBy, heldSince }) =>
  [held === 'OPERATOR' && heldBy ? `by ${heldBy}` : holds[held] ?? held, heldSince && [', ', age(heldSince)]];

const button = (what, title, source, busy) =>
  h('button', { type: 'button', class: 'small', 'data-do': what, 'data-source': source, 'aria-label': `${title} ${source}`, disabled: busy }, title);

const column = (state) => (open.includes(state) ? 'n' : 'n settled');

function cell(source, state, filters) {
  const n = countOf(source, state);
  if (n === 0) {
    return h('td', { class: `${column(state)} quiet`, 'data-name': state.toLowerCase() }, '0');
  }
  const chosen = filters.source === source.source && filters.state === state;
  return h('td', { class: column(state), 'data-name': state.toLowerCase() }, h('button', {
    type: 'button', class: 'count', 'data-do': 'cell', 'data-source': source.source, 'data-state': state, 'aria-pressed': String(chosen),
    'aria-label': `${number(n)} ${state.toLowerCase()} of ${source.source}`,
  }, number(n)));
}
