// One write: what can be done about it, its times, and every step it has taken.
import { now } from './api.js';
import { h } from './dom.js';
import { age, ago, badge, exactly, left, meanings, name, number, soon } from './words.js';

export function detail(write, values, busy, source) {
  return [
    h('header', {},
      h('h2', {}, name(write.field)), badge(write.state),
      h('button', { type: 'button', class: 'close', 'data-do': 'close', 'aria-label': 'Close', 'aria-keyshortcuts': 'Escape' }, '×')),
    h('p', { class: 'meaning' }, meanings[write.state], ' ', hint(write, source)),
    h('div', { class: 'buttons', 'data-key': 'actions' }, actions(write).map(([verb, title, kind]) =>
      h('button', { type: 'button', class: kind, 'data-key': verb, 'data-do': 'act', 'data-verb': verb, disabled: busy }, title))),
    h('dl', {}, facts(write).filter(([, value]) => value).map(([title, value]) => h('div', { 'data-key': title }, h('dt', {}, title), h('dd', {}, value)))),
    h('h3', {}, 'History'),
    history(write),
    h('h3', {}, 'Sent and answered'),
    values ? payload(values) : [
      h('p', { class: 'quiet' }, 'It may be secret. The log of the gateway says who looked.'),
      h('button', { type: 'button', class: 'small', 'data-do': 'values', disabled: busy }, 'Show it'),
    ],
  ];
}

function hint(write, source) {
  switch (write.state) {
    case 'UNKNOWN':
      return write.nextLook
        ? ['The gateway looks for it ', soon(write.nextLook), ', and you can say what became of it before that.']
        : `Look for it at ${write.source}, then say what became of it: nobody checks what you say. What is behind it in its lane waits.`;
    case 'HELD':
      return `${source?.held === 'CREDENTIAL' ? 'The API does not take our credential: mend that first. ' : ''}Resume ${write.source} to have it sent.`;
    case 'DEAD':
      return 'Mend the cause first.';
  }
  return '';
}

// actions are what makes sense in a state: verb, title, and how it looks.
function actions({ state }) {
  switch (state) {
    case 'UNKNOWN':
      return [['made', 'It was made'], ['not-made', 'It was not made']];
    case 'QUEUED':
      return [['retry', 'Send it now'], ['cancel', 'Cancel', 'danger']];
    case 'HELD':
      return [['cancel', 'Cancel', 'danger']];
    case 'DEAD':
      return [['retry', 'Queue it again'], ['cancel', 'Cancel', 'danger'], ['erase', 'Erase', 'danger']];
    case 'SENDING':
      return [];
  }
  return [['erase', 'Erase', 'danger']];
}

const filtered = (filter, value, write) => value &&
  h('button', { type: 'button', class: 'link', 'data-do': 'only', 'data-filter': filter, 'data-value': value, 'data-source': filter === 'lane' ? write.source : null, title: `Only writes of this ${filter}` }, value);

function facts(write) {
  const waits = ['QUEUED', 'HELD', 'SENDING', 'UNKNOWN', 'DEAD'].includes(write.state);
  return [
    ['id', [h('code', {}, write.id), ' ', h('button', { type: 'button', class: 'small', 'data-do': 'copy', 'data-text': write.id, 'aria-label': 'Copy the id' }, 'Copy')]],
    ['source', filtered('source', write.source, write)],
    ['field', filtered('field', write.field, write)],
    ['connector', write.connector !== write.field && write.connector],
    ['lane', filtered('lane', write.lane, write)],
    ['caller', write.caller],
    ['key', write.key && h('code', {}, write.key)],
    ['accepted', ago(write.accepted)],
    ['in this state', ['for ', age(write.since)]],
    ['reason', write.reason && h('span', { class: 'reason' }, write.reason)],
    ['tries', number(write.attempts)],
    ['newest answer', write.status && `status ${write.status}`],
    ['next try', waits && soon(write.nextTry)],
    ['made', waits && write.eta && [soon(write.eta), ', if it goes on as of late']],
    ['expires', waits && soon(write.expires)],
    ['first sent', ago(write.firstSent)],
    ['API knows its key', waits && until(write.knownUntil)],
  ];
}

// until says for how long sending it again does not double it.
const until = (text) => text && (Date.parse(text) > now() ? ['for ', left(text), ': sent again, it is not doubled'] : ['no more, since ', age(text)]);

function history(write) {
  const steps = write.history ?? [];
  return h('ol', { class: 'history', reversed: true }, steps.map((step, i) => [step, i]).reverse().map(([step, i]) =>
    h('li', { 'data-key': `${i} ${step.at} ${step.state}` },
      exactly(step.at), ' ', badge(step.state), ' ',
      step.attempt > 0 && step.state === 'SENDING' && `try ${step.attempt} `,
      step.reason && h('span', { class: 'reason' }, step.reason), ' ',
      step.who && h('span', { class: 'quiet' }, `by ${step.who}`))));
}

function payload(values) {
  const { request, answer } = values;
  return h('div', { class: 'payload' },
    values.message && [h('h4', {}, 'The caller was told'), h('p', {}, values.message)],
    values.args !== undefined && [h('h4', {}, 'Arguments'), h('pre', { tabindex: '0' }, JSON.stringify(values.args, null, 2))],
    h('h4', {}, 'Request, without credentials'),
    h('pre', { tabindex: '0' }, `${request.method} ${request.path}\n`, headers(request.header), body(request)),
    h('h4', {}, 'Answer'),
    answer
      ? h('pre', { tabindex: '0' }, `${answer.status}\n`, headers(answer.header), body(answer))
      : h('p', { class: 'quiet' }, 'None came, or it was too large to be kept.'),
    h('button', { type: 'button', class: 'small', 'data-do': 'hide' }, 'Hide it'),
  );
}

const headers = (header = {}) => Object.entries(header).flatMap(([key, all]) => all.map((value) => `${key}: ${value}\n`)).join('');

// body is one as it is read best: JSON with its lines, a form with one pair in each.
function body({ header = {}, body: text = '' }) {
  if (!text) {
    return '';
  }
  const media = Object.entries(header).find(([key]) => key.toLowerCase() === 'content-type')?.[1]?.[0] ?? '';
  if (/x-www-form-urlencoded/.test(media)) {
    return `\n${[...new URLSearchParams(text)].map(([key, value]) => `${key} = ${value}`).join('\n')}`;
  }
  try {
    JSON.parse(text); // numbers may be larger than a script tells apart: only what stays the same is laid out anew
    const pretty = JSON.stringify(JSON.parse(text), null, 2);
    return `\n${JSON.stringify(JSON.parse(text)) === text.replace(/\s*\n\s*/g, '') ? pretty : text}`;
  } catch {
    return `\n${text}`;
  }
}
