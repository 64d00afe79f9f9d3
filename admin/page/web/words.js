// States, times and numbers in words.
import { h } from './dom.js';
import { now } from './api.js';

// groups are the states by what they ask of who looks, in the order in which they are shown.
export const groups = [
  { name: 'person', title: 'Need a person', states: ['UNKNOWN', 'DEAD'] },
  { name: 'waiting', title: 'Waiting', states: ['SENDING', 'QUEUED', 'HELD'] },
  { name: 'over', title: 'Over', more: 'newest first', states: ['APPLIED', 'REFUSED', 'EXPIRED', 'CANCELLED'], newest: true },
];

export const states = groups.flatMap((group) => group.states);

// meanings are what a state says to who has not seen it before.
export const meanings = {
  UNKNOWN: 'It was sent, and nobody knows whether it was made.',
  DEAD: 'It cannot be sent until somebody has it tried again.',
  SENDING: 'It is being sent.',
  QUEUED: 'It is sent when it is its turn.',
  HELD: 'It is queued, and its source is held.',
  APPLIED: 'It was made.',
  REFUSED: 'The API said no: it was not made.',
  EXPIRED: 'It was not made before its time was over.',
  CANCELLED: 'It was not made, and will not be.',
};

// holds are why nothing is sent to a source.
export const holds = {
  OPERATOR: 'somebody said so',
  CREDENTIAL: 'credential refused',
  STARTED: 'since the start',
  DAMAGED: 'a record is damaged',
  LOST: 'records are missing',
};

// span is a time in the unit in which it is read best.
export function span(seconds) {
  seconds = Math.max(0, Math.round(seconds));
  for (const [size, unit] of [[86400, 'd'], [3600, 'h'], [60, 'min']]) {
    if (seconds >= 2 * size) {
      return `${Math.floor(seconds / size)} ${unit}`;
    }
  }
  return `${seconds} s`;
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

// moment says of a time how far it is from now, with the time itself behind it; null: there is none.
const moment = (text, words) => {
  const at = Date.parse(text ?? '');
  return at ? h('time', { datetime: text, title: clock.format(at) }, words((at - now()) / 1000)) : null;
};

export const ago = (text) => moment(text, (seconds) => `${span(-seconds)} ago`); // what was
export const age = (text) => moment(text, (seconds) => span(-seconds)); // since when
export const left = (text) => moment(text, (seconds) => span(seconds)); // until when
export const soon = (text) => moment(text, (seconds) => (seconds > 0.5 ? `in ${span(seconds)}` : 'now')); // what will be

// exactly is the time of day, with the date behind it.
export function exactly(text) {
  const at = new Date(text);
  return h('time', { datetime: text, title: clock.format(at) }, at.toLocaleTimeString(undefined, { hour12: false }));
}

export const number = (n) => n.toLocaleString('en');

export const count = (n, thing) => `${number(n)} ${thing}${n === 1 ? '' : 's'}`;

export const badge = (state) => h('span', { class: 'state', 'data-state': state, title: meanings[state] }, state.toLowerCase());

// name is that of a field, without the type that all have.
export const name = (field) => field.replace(/^Mutation\./, '');

// shorter is the beginning of an id, which is enough to tell it from others.
export const shorter = (id) => `${id.slice(0, 8)}…`;

// middle is a text with its beginning and its end, by which it is told from others.
export const middle = (text, most) => (text.length > most ? `${text.slice(0, 4)}…${text.slice(5 - most)}` : text);
