// The page about writes: asks its listener every two seconds, shows what it is told, and does what buttons say.
//
// What is known is in `is`; draw makes the screen like it; refresh asks anew; `doing` has what can be clicked.
import * as api from './api.js';
import { detail } from './detail.js';
import { h, show } from './dom.js';
import { asked, bulk, chips, list, tabs } from './list.js';
import { sources, total } from './sources.js';
import { count, groups, name, shorter, states } from './words.js';

const element = (id) => document.getElementById(id);

const every = 2000; // ms between two looks at how much there is
const anyway = 15_000; // ms after which lists are asked for again, also where the numbers say nothing new
const first = 100; // writes of a list
const most = 5; // records that cannot be read

const is = {
  status: null, // of the outbox
  health: null, // of the gateway; null: this is no gateway
  lists: [],
  one: null, // the write that is looked at
  values: null, // what was sent and answered of it
  filters: read(),
  limit: first,
  failure: '', // why nothing new is known
  heard: 0, // when something was, as Date.now
  busy: false,
  notes: [], // what came of what was done
};

// read takes filters from the address, so that they stay when it is loaded again.
function read() {
  const query = new URLSearchParams(location.search);
  const tab = query.get('tab');
  const state = query.get('state') ?? '';
  return {
    tab: groups.some((group) => group.name === tab) ? tab : 'all',
    source: query.get('source') ?? '',
    state: states.includes(state) ? state : '',
    field: query.get('field') ?? '',
    lane: query.get('lane') ?? '',
    id: query.get('id') ?? '',
  };
}

// choose changes filters.
function choose(filters) {
  is.filters = { ...is.filters, ...filters };
  const query = new URLSearchParams(Object.entries(is.filters).filter(([key, value]) => value && !(key === 'tab' && value === 'all')));
  history.replaceState(null, '', `${location.pathname}${query.size > 0 ? `?${query}` : ''}`);
}

// want changes filters, and asks for what they want.
function want(filters) {
  choose(filters);
  is.limit = 'id' in filters ? is.limit : first;
  return refresh(true);
}

let turn = 0; // of the newest refresh: older ones are not shown
let newest; // its end
let listed = { numbers: '', at: 0 }; // what the lists fit
let timer;

// refresh asks how much there is, and where that has changed, or it is wanted, for the writes themselves. It ends when
// what is shown is no older.
function refresh(wanted = false) {
  clearTimeout(timer);
  if (wanted) {
    listed.numbers = '';
  }
  newest = asking(++turn);
  return newest;
}

async function asking(mine) {
  try {
    const [status, health] = await Promise.all([api.get('writes/status'), is.health === null ? null : api.get('health')]);
    const numbers = JSON.stringify(status, (key, value) => (['empty', 'journal'].includes(key) ? undefined : value));
    const old = Date.now() - listed.at > anyway && total(status, [...groups[0].states, ...groups[1].states]) > 0;
    if (old || numbers !== listed.numbers) {
      const [lists, one] = await Promise.all([
        Promise.all(asked(is.filters, status, is.limit).map(async ({ group, query }) => ({ group, ...(await api.get('writes', query)) }))),
        look(is.filters.id),
      ]);
      if (mine !== turn) {
        return newest;
      }
      listed = { numbers, at: Date.now() };
      Object.assign(is, { lists, one });
    }
    if (mine !== turn) {
      return newest;
    }
    Object.assign(is, { status, health, failure: '', heard: Date.now() });
  } catch (refused) {
    if (mine !== turn) {
      return newest;
    }
    if (refused.status === 401) {
      return gate('That token is not one of ours: the gateway, or the command, may have been started anew.');
    }
    is.failure = refused.message;
  }
  draw();
  again();
}

function again() {
  clearTimeout(timer);
  timer = setTimeout(() => (document.hidden ? again() : refresh()), every);
}

// look is one write; null where there is none any more.
async function look(id) {
  if (!id) {
    return null;
  }
  try {
    return await api.get(`writes/${encodeURIComponent(id)}`);
  } catch (refused) {
    if (refused.status !== 404 && refused.status !== 400) {
      throw refused;
    }
    is.filters.id = '';
    note('bad', `${id}: ${refused.message}`);
    return null;
  }
}

function draw() {
  element('gate').hidden = true;
  element('work').hidden = is.status === null;
  show(element('notices'), notices());
  show(element('toasts'), is.notes.map(({ kind, text, key }) => h('div', { class: `notice ${kind}`, 'data-key': key },
    h('span', {}, text), h('button', { type: 'button', class: 'close', 'data-do': 'dismiss', 'data-note': key, 'aria-label': 'Dismiss' }, '×'))));
  show(element('pulse'), is.failure ? h('span', { class: 'bad' }, `no answer since ${new Date(is.heard || Date.now()).toLocaleTimeString()}`) : 'live');
  show(element('health'), well());
  if (is.status === null) {
    return;
  }
  const person = total(is.status, groups[0].states);
  document.title = `${person > 0 ? `(${person}) ` : ''}writes · holdfast`;
  show(element('sources'), is.status.sources.length > 0 ? sources(is.status, is.filters, is.busy, is.health !== null) : h('tbody', {}, h('tr', {}, h('td', { class: 'none' }, 'Nothing was written yet.'))));
  show(element('tabs'), tabs(is.status, is.filters));
  show(element('filters'), chips(is.filters), bulk(is.filters, is.busy));
  show(element('list'), list(is.lists, is.filters.id));
  const aside = element('detail');
  const looks = is.one !== null && is.filters.id !== '';
  aside.hidden = !looks;
  element('work').classList.toggle('two', looks);
  show(aside, looks ? detail(is.one, is.values, is.busy, is.status.sources.find(({ source }) => source === is.one.source)) : []);
}

function well() {
  if (is.health === null) {
    return 'a directory that no gateway has open';
  }
  const { state, reasons = [], version } = is.health;
  return [h('span', { class: state === 'ok' ? 'good' : 'warn' }, state), reasons.length > 0 ? `: ${reasons.join(', ')}` : '', h('span', { class: 'quiet', title: version }, ` ${version.length > 20 ? version.slice(0, 12) : version}`)];
}

// notices are what everybody should read first.
function notices() {
  const status = is.status ?? {};
  const line = (kind, key, ...text) => h('div', { class: `notice ${kind}`, 'data-key': key }, text);
  return [
    is.failure && line('bad', 'failure', is.failure, ' It is asked again.'),
    status.refuses && line('bad', 'refuses', 'Nothing is accepted: ', status.refuses),
    status.held && line('warn', 'held', `Nothing is sent to any source: ${status.heldWhy || status.held}. `,
      h('button', { type: 'button', class: 'small', 'data-do': 'resume-all', disabled: is.busy }, 'Resume all')),
    status.damaged?.slice(0, most).map((id) => line('bad', id, h('span', {}, 'A record cannot be read, and its key is refused: ', h('code', {}, id)),
      h('button', { type: 'button', class: 'small', 'data-do': 'damaged', 'data-id': id, 'aria-label': `Erase ${id}`, disabled: is.busy }, 'Erase'))),
    status.damaged?.length > most && line('bad', 'damaged', `${count(status.damaged.length - most, 'more record')} cannot be read: see holdfast writes status.`),
    status.known === false && !status.refuses && line('', 'unknown', 'What was accepted before is still being read: not all of it is shown.'),
  ];
}

let notes = 0;

// note says what came of what was done: what went well for a while, and what did not until it is dismissed.
function note(kind, text) {
  const key = `note ${++notes}`;
  is.notes = [...is.notes.filter((one) => one.kind === 'bad').slice(-2), { kind, text, key }];
  if (kind !== 'bad') {
    setTimeout(() => dismiss(key), 6000);
  }
}

function dismiss(key) {
  is.notes = is.notes.filter((one) => one.key !== key);
  draw();
}

// sure asks whether to go on.
function sure(title, text, yes, danger = false) {
  const dialog = element('ask');
  show(element('ask-title'), title);
  show(element('ask-text'), text);
  show(element('ask-yes'), yes);
  element('ask-yes').className = danger ? 'danger' : 'primary';
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

// done does one thing at a time, says what came of it, and looks anew.
async function done(what, said) {
  if (is.busy) {
    return;
  }
  is.busy = true;
  draw();
  try {
    note('good', said(await what()));
  } catch (refused) {
    note('bad', refused.message);
  }
  is.busy = false;
  await refresh(true);
}

// leave looks at no write any more.
function leave() {
  Object.assign(is, { one: null, values: null });
  choose({ id: '' });
}

// of one write: what is asked, and what is sent.
const verbs = {
  retry: { path: 'retry' },
  cancel: { path: 'cancel', title: 'Cancel it?', text: () => 'It is not sent any more, and who asks is told so. That cannot be undone.', yes: 'Cancel it', danger: true },
  erase: { path: 'erase', title: 'Erase it?', text: () => 'Nothing is known of it afterwards: its key is free, and who comes with it has the change made, be it for a second time.', yes: 'Erase it', danger: true },
  made: { path: 'resolve', body: { made: true }, title: 'It was made?', text: (write) => `You have looked at ${write.source}, and it is there. It is never sent again.`, yes: 'It was made' },
  'not-made': { path: 'resolve', body: { made: false }, title: 'It was not made?', text: (write) => `You have looked at ${write.source}, and it is not there. If it is, after all, it is made twice: what was queued is sent again at once, else who comes with its key has it sent.`, yes: 'It was not made', danger: true },
};

// and of many.
const crowds = {
  retry: { title: 'Queue', text: 'They are sent when it is their turn.', yes: 'Queue them', done: 'queued again' },
  cancel: { title: 'Cancel', text: 'They are not sent any more, and who asks is told so. That cannot be undone.', yes: 'Cancel them', danger: true, done: 'cancelled' },
};

// all does something about all that is meant, call after call.
async function all(verb, meant) {
  const sum = { done: 0, failures: 0, failed: [] };
  for (let after; ;) {
    const part = await api.post(`writes/${verb}`, { ...meant, limit: 1000, ...(after ? { after } : {}) });
    sum.done += part.done;
    sum.failures += part.failures ?? 0;
    sum.failed = [...sum.failed, ...(part.failed ?? [])].slice(0, 5);
    if (!part.more) {
      return sum;
    }
    after = part.next;
  }
}

const doing = {
  async act({ verb }) {
    const write = is.one;
    const { path, body, title, text, yes, danger } = verbs[verb];
    if (title && !(await sure(title, `${name(write.field)} at ${write.source}. ${text(write)}`, yes, danger))) {
      return;
    }
    await done(() => api.post(`writes/${write.id}/${path}`, body), ({ erased, state }) => {
      if (erased) {
        leave();
      }
      return `${name(write.field)} ${shorter(write.id)} is ${erased ? 'erased' : state}.`;
    });
  },
  async many({ verb }) {
    const { source, state, field, lane } = is.filters;
    const meant = Object.fromEntries(Object.entries({ source, state, field, lane }).filter(([, value]) => value));
    let found;
    try {
      ({ found } = await api.post(`writes/${verb}`, { ...meant, dryRun: true }));
    } catch (refused) {
      note('bad', refused.message);
      return draw();
    }
    const { title, text, yes, danger } = crowds[verb];
    const of = Object.entries(meant).map(([key, value]) => `${key} ${value}`).join(', ');
    if (await sure(`${title} ${count(found, 'write')}?`, `Of ${of}. ${text}`, yes, danger)) {
      await done(() => all(verb, meant), ({ done: n, failures, failed }) => {
        if (failures > 0) {
          note('bad', `${count(failures, 'write')} could not be: ${failed.map(({ id, message }) => `${shorter(id)} ${message}`).join('; ')}`);
        }
        return `${count(n, 'write')} ${n === 1 ? 'is' : 'are'} ${crowds[verb].done}.`;
      });
    }
  },
  async hold({ source }) {
    if (await sure(`Hold ${source}?`, 'Nothing is sent to it until somebody resumes it, from any gateway. What comes is accepted and waits; what expires meanwhile is not made.', 'Hold it')) {
      await done(() => api.post('writes/hold', { source }), () => `${source} is held.`);
    }
  },
  async resume({ source }) {
    const waiting = total(is.status, ['HELD'], source);
    if (await sure(`Resume ${source}?`, waiting > 0 ? `What waits is sent then, as fast as its limits allow: ${count(waiting, 'write')}.` : 'Nothing waits for it now.', 'Resume it')) {
      await done(() => api.post('writes/resume', { source }), () => `${source} is sent to again.`);
    }
  },
  async 'resume-all'() {
    const waiting = total(is.status, ['HELD']);
    if (await sure('Resume all sources?', `What holds everything is over then, and is not told of again. ${count(waiting, 'write')} wait${waiting === 1 ? 's' : ''}. Sources that are held by themselves stay so.`, 'Resume all')) {
      await done(() => api.post('writes/resume', { all: true }), () => 'What held everything is over.');
    }
  },
  async damaged({ id }) {
    if (await sure('Erase it?', `${id} cannot be read: nobody knows what it was, or whether it was made. Its key is free afterwards, and who comes with it has the change made, be it for a second time.`, 'Erase it', true)) {
      await done(() => api.post(`writes/${id}/erase`), () => `${shorter(id)} is erased.`);
    }
  },
  async values() {
    const { id } = is.one;
    is.busy = true;
    draw();
    try {
      const { values } = await api.get(`writes/${id}`, { values: 'true' });
      is.values = is.one?.id === id ? values : null;
    } catch (refused) {
      note('bad', refused.message);
    }
    is.busy = false;
    draw();
  },
  hide() {
    is.values = null;
    draw();
  },
  async open({ id }) {
    opener = id;
    if (id !== is.filters.id) {
      is.values = null;
      await want({ id });
    }
    element('detail').focus({ preventScroll: true });
  },
  close() {
    leave();
    draw();
    document.querySelector(`[data-row][data-id="${CSS.escape(opener)}"]`)?.focus();
  },
  tab: ({ tab }) => want({ tab, state: '' }),
  source: ({ source }) => want(is.filters.source === source && !is.filters.state ? { source: '' } : { source, state: '' }),
  cell: ({ source, state }) => want(is.filters.source === source && is.filters.state === state ? { source: '', state: '' } : { source, state, tab: 'all' }),
  only: ({ filter, value, source }) => want({ [filter]: value, ...(source ? { source } : {}), tab: 'all', state: '' }),
  unfilter: ({ filter }) => want({ [filter]: '' }),
  more() {
    is.limit = Math.min(1000, is.limit + 200);
    refresh(true);
  },
  dismiss: ({ note: key }) => dismiss(key),
  async copy({ text }) {
    await navigator.clipboard?.writeText(text).catch(() => {});
    note('good', 'Copied.');
    draw();
  },
  theme() {
    const next = { '': 'light', light: 'dark', dark: '' }[localStorage.getItem('holdfast-theme') ?? ''];
    localStorage.setItem('holdfast-theme', next);
    theme();
  },
};

let opener = ''; // the write whose row was left for its detail

function theme() {
  const chosen = localStorage.getItem('holdfast-theme') ?? '';
  document.documentElement.style.colorScheme = chosen || 'light dark';
  element('theme').textContent = chosen || 'system';
  element('theme').setAttribute('aria-label', `Theme: ${chosen || 'as the system is'}`);
}

// gate asks for a token.
function gate(why) {
  clearTimeout(timer);
  turn++;
  api.forget();
  Object.assign(is, { status: null, lists: [], one: null, values: null });
  element('work').hidden = true;
  element('gate').hidden = false;
  element('gate-why').textContent = why;
  show(element('notices'));
  show(element('toasts'));
  show(element('pulse'));
  show(element('health'));
  element('token-text').focus();
}

async function begin() {
  element('gate').hidden = true;
  try {
    is.health = await api.get('health');
  } catch (refused) {
    if (refused.status === 401) {
      return gate('That token is not one of ours: the gateway, or the command, may have been started anew.');
    }
    is.health = refused.status === 404 ? null : { state: '?', version: '' };
  }
  await refresh(true);
}

document.addEventListener('click', async (event) => {
  const clicked = event.target.closest('[data-do]');
  if (!clicked || clicked.disabled || (clicked.matches('tr') && String(getSelection()))) {
    return;
  }
  await doing[clicked.dataset.do](clicked.dataset);
});

// Up and down go from row to row, Escape closes what is open, and / finds.
document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || element('ask').open) {
    return;
  }
  if (event.key === 'Escape' && is.one !== null) {
    event.preventDefault();
    return doing.close();
  }
  const typing = event.target.matches('input');
  if (event.key === '/' && !typing) {
    event.preventDefault();
    return element('find-text').focus();
  }
  const rows = [...document.querySelectorAll('[data-row]')];
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (at >= 0 && to !== undefined && rows[to]) {
    event.preventDefault();
    rows[to].focus();
  }
});

element('find').addEventListener('submit', (event) => {
  event.preventDefault();
  const id = element('find-text').value.trim().split('-')[0]; // what callers are told has a secret behind it
  element('find-text').value = '';
  if (id) {
    doing.open({ id });
  }
});

element('token').addEventListener('submit', (event) => {
  event.preventDefault();
  api.keep(element('token-text').value.trim());
  element('token-text').value = '';
  begin();
});

document.addEventListener('visibilitychange', () => {
  if (!document.hidden && is.status !== null) {
    refresh();
  }
});

addEventListener('hashchange', () => api.take() && begin());

theme();
api.take();
if (api.known()) {
  begin();
} else {
  gate('');
}
