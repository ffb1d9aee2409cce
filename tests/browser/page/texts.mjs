// Generated texts, the same in Node and in the page: from a seed, with no data beside.

/** mulberry32: small, seeded, good enough to vary texts. */
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = (next, list) => list[Math.floor(next() * list.length)];

const NAMES = ['Ana María', 'Zoë', 'Zoe\u0308', 'Łukasz', '山田太郎', 'Владимир', 'Ngọc', 'Ngo\u0323c', 'ليلى', 'דוד', 'अनिल', 'François', 'Franc\u0327ois', '김민수', '👩🏽‍🚀', 'O’Neil'];
const PLACES = ['Crestwood', 'São Paulo', 'Sa\u0303o Paulo', '東京', 'Zürich', 'Kraków', 'القاهرة', 'ירושלים', 'Москва', 'กรุงเทพ', '🏳️‍🌈', '🇧🇷', 'Ålesund'];
const NOISE = [
  '👨‍👩‍👧‍👦', '🇫🇷🇩🇪', '👍🏿', '❤️', '1️⃣', 'e\u0301', 'a\u0300\u0323', '한국어', '\u1112\u1161\u11ab', 'คำ', 'क्षि', '𝒳', '𠮷野家', '\u200b', '\u00ad', '\ufeff', '\u202e', '—', '“quoted”', 'ﬁne', '½', 'ＡＢＣ', 'x'.repeat(40), '`code`', '<b>', '&amp;', '\\', '٣', '…',
];
const SPACES = [' ', ' ', ' ', '  ', '\r\n', '\n', '\t', '\u00a0', '\u3000', '\r\n\r\n'];
const LONE = ['\ud800', '\udc00', 'a\udfff', '\ud83d'];

/**
 * Sentences that hold an answer, between pieces that are hard to keep offsets right in.
 * @param {number} seed
 * @param {{ loneSurrogates?: boolean }} [options] text that is no valid Unicode, which only a browser can hold
 */
export function randomContext(seed, { loneSurrogates = false } = {}) {
  const next = random(seed);
  const noise = loneSurrogates ? [...NOISE, ...LONE, ...LONE, ...LONE] : NOISE;
  const junk = () => {
    let text = '';
    for (let count = Math.floor(next() * 6); count > 0; count -= 1) text += pick(next, noise) + (next() < 0.5 ? pick(next, SPACES) : '');
    return text;
  };
  let text = next() < 0.5 ? pick(next, SPACES) : '';
  for (let count = 1 + Math.floor(next() * 4); count > 0; count -= 1) {
    const name = pick(next, NAMES);
    const place = pick(next, PLACES);
    const year = 1900 + Math.floor(next() * 120);
    const glue = () => pick(next, SPACES);
    text += junk() + glue();
    text += pick(next, [
      `${name}${glue()}founded the company in ${place} in ${year}.`,
      `The company,${glue()}founded by ${name}${junk()}, moved to ${place}${junk()} in ${year}.`,
      `In ${year}${junk()}${glue()}${name} became the founder of a shop in ${place}.`,
    ]);
    text += glue() + junk();
  }
  if (next() < 0.5) text += pick(next, SPACES);
  return text;
}

const SENTENCES = [
  'The {thing} in the {place} was painted {colour} after the rain of {month}.',
  'Every {month} the {people} of the {place} bring their {thing} to the square.',
  'A {colour} {thing} stood near the {place} until the {people} took it away.',
  'Most of the {people} prefer a {colour} {thing} to an old one.',
  'The {place} opens in {month} and closes when the {people} have gone home.',
  'Nobody had seen the {thing} of the {place} since {month}.',
];
const FILLERS = {
  thing: ['lorry', 'fence', 'engine', 'bicycle', 'lantern', 'gate', 'wagon', 'ladder'],
  place: ['harbour', 'mill', 'garden', 'market', 'workshop', 'station', 'orchard'],
  colour: ['green', 'blue', 'grey', 'yellow', 'white', 'brown'],
  month: ['March', 'April', 'June', 'August', 'October', 'December'],
  people: ['farmers', 'visitors', 'carpenters', 'sailors', 'children', 'gardeners'],
};
/** What `longContext` holds somewhere, what it answers, and how to ask for it. */
const FACT = 'The night watchman of the depot is called Barnaby Quillfeather.'.split(' ');
export const FACT_QUESTION = 'What is the night watchman of the depot called?';
export const FACT_ANSWER = 'Barnaby Quillfeather';

/**
 * Plain English of exactly `words` words, with one fact at `fact` of its length.
 * @param {number} words
 */
export function longContext(words, { seed = 1, fact = 0.5 } = {}) {
  const next = random(seed);
  const list = [];
  let told = false;
  while (list.length < words) {
    if (!told && list.length >= fact * words) {
      list.push(...FACT);
      told = true;
    }
    list.push(...pick(next, SENTENCES).replace(/\{(\w+)\}/g, (_, kind) => pick(next, FILLERS[kind])).split(' '));
  }
  list.length = words;
  return list.join(' ');
}
