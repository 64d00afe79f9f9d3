// The list of writes, what needs a person first.
import { h } from './dom.js';
import { age, ago, badge, groups, middle, name, number, shorter, soon } from './words.js';
import { total } from './sources.js';

// asked are the lists that filters want: those of which there is anything, as far as that is known.
export function asked(filters, status, limit) {
  const of = groups.filter((group) => filters.tab === 'all' || group.name === filters.tab);
  return of.flatMap((group) => {
    const wanted = group.states.filter((state) => !filters.state || state === filters.state)
      .filter((state) => total(status, [state], filters.source) > 0);
    if (wanted.length === 0) {
      return [];
    }
    const few = filters.tab === 'all' && !filters.state && group.name === 'over' ? Math.ceil(limit / 4) : limit;
    return [{
      group,
      query: {
        state: wanted.join(','), source: filters.source, field: filters.field, lane: filters.lane,
        order: group.newest ? 'newest' : '', limit: String(few),
      },
    }];
  });
}

export function tabs(status, filters) {
  const one = (tab, title, n, urgent) => h('button', {
    type: 'button', 'data-do': 'tab', 'data-tab': tab, 'aria-pressed': String(filters.tab === tab && !filters.state),
  }, title, h('span', { class: urgent && n > 0 ? 'number urgent' : 'number' }, number(n)));
  return [
    one('all', 'All', total(status, groups.flatMap((group) => group.states), filters.source)),
    groups.map((group) => one(group.name, group.title, total(status, group.states, filters.source), group.name === 'person')),
  ];
}

export function chips(filters) {
  return ['source', 'state', 'field', 'lane'].filter((key) => filters[key]).map((key) =>
    h('button', { type: 'button', class: 'chip', 'data-key': key, 'data-do': 'unfilter', 'data-filter': key, 'aria-label': `No more only ${key} ${filters[key]}` },
      h('span', { class: 'quiet' }, key), ' ', key === 'state' ? filters[key].toLowerCase() : filters[key], h('span', { class: 'x', 'aria-hidden': 'true' }, '×')));
}

// many are what can be done about all writes in a state at once: verb, title, and how it looks. Of those that are unknown
// somebody has to look at each.
const many = {
  DEAD: [['retry', 'Queue all again'], ['cancel', 'Cancel all', 'danger']],
  QUEUED: [['cancel', 'Cancel all', 'danger']],
  HELD: [['cancel', 'Cancel all', 'danger']],
};

export const bulk = (filters, busy) => (many[filters.state] ?? []).map(([verb, title, kind]) =>
  h('button', { type: 'button', class: `small ${kind ?? ''}`, 'data-key': verb, 'data-do': 'many', 'data-verb': verb, disabled: busy }, title));

export function list(lists, selected) {
  if (lists.every(({ writes }) => writes.length === 0)) {
    return [h('tbody', {}, h('tr', {}, h('td', { class: 'none' }, 'There are none.')))];
  }
  const all = lists.flatMap(({ writes }) => writes.map(({ id }) => id));
  const stop = all.includes(selected) ? selected : all[0]; // where Tab comes to; from there it is up and down
  return [
    h('thead', {}, h('tr', {}, ['State', 'Write', 'Source', 'Lane', 'Age', 'Tries', 'What is next'].map((title, i) =>
      h('th', { scope: 'col', class: i === 5 ? 'n' : null }, title)))),
    lists.filter(({ writes }) => writes.length > 0).map(({ group, writes, more }) => h('tbody', { 'data-key': group.name },
      h('tr', { 'data-key': 'title', class: 'group' }, h('th', { colspan: '7', scope: 'rowgroup' }, group.title, group.more && h('span', { class: 'quiet' }, `, ${group.more}`))),
      writes.map((write) => row(write, selected, stop)),
      more && h('tr', { 'data-key': 'more' }, h('td', { colspan: '7', class: 'more' },
        writes.length < 1000
          ? h('button', { type: 'button', class: 'small', 'data-do': 'more' }, 'Show more')
          : h('span', { class: 'quiet' }, 'There are more: choose a source or a state, or see: holdfast writes list'))),
    )),
  ];
}

function row(write, selected, stop) {
  const chosen = write.id === selected;
  return h('tr', { 'data-key': write.id, 'data-do': 'open', 'data-id': write.id, class: 'write', 'aria-current': chosen ? 'true' : null },
    h('td', { class: 'is' }, badge(write.state)),
    h('td', { class: 'what' }, h('button', {
      type: 'button', class: 'link', 'data-row': true, 'data-do': 'open', 'data-id': write.id, 'aria-expanded': String(chosen), tabindex: write.id === stop ? '0' : '-1',
    }, name(write.field), ' ', h('span', { class: 'id' }, shorter(write.id)))),
    h('td', { class: 'source' }, write.source),
    h('td', { class: 'lane', title: write.lane }, middle(write.lane ?? '', 18)),
    h('td', { class: 'age' }, age(write.accepted)),
    h('td', { class: 'tries n' }, number(write.attempts)),
    h('td', { class: 'next' }, next(write)),
  );
}

// next is what becomes of a write by itself, or why it is as it is.
function next(write) {
  const reason = write.reason && h('span', { class: 'reason' }, write.reason);
  switch (write.state) {
    case 'SENDING':
      return ['for ', age(write.since)];
    case 'QUEUED':
      return [write.nextTry ? ['next try ', soon(write.nextTry)] : 'waits for its turn', reason && [' ', reason]];
    case 'HELD':
      return [write.expires ? ['expires ', soon(write.expires)] : 'waits for its source', reason && [' ', reason]];
    case 'UNKNOWN':
      return [reason, ' for ', age(write.since), write.nextLook && [', next look ', soon(write.nextLook)]];
    case 'DEAD':
      return [reason, ' for ', age(write.since)];
  }
  return [ago(write.since), reason && [' ', reason]];
}
