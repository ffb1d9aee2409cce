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

const WORDS = ('the dealership sells new and used cars in a town of the valley where many people work on trucks and ' +
  'engines since the early days of the family business which arranges loans at competitive rates for buyers').split(' ');

/**
 * Plain English of exactly `words` words, with one fact near `fact` (0 to 1).
 * @param {number} words
 */
export function longContext(words, { seed = 1, fact = 0.02 } = {}) {
  const next = random(seed);
  const list = [];
  const sentence = 'The night watchman of the depot is called Barnaby Quillfeather.'.split(' ');
  const at = Math.floor((words - sentence.length) * fact);
  let left = 0;
  while (list.length < words) {
    if (list.length === at) {
      list.push(...sentence);
      left = 0;
      continue;
    }
    let word = pick(next, WORDS);
    if (left === 0) {
      left = 8 + Math.floor(next() * 12);
      word = word[0].toUpperCase() + word.slice(1);
    }
    left -= 1;
    // No sentence runs into the fact, and the text ends with one.
    if (left === 0 || list.length + 1 === at || list.length + 1 === words) {
      word += '.';
      left = 0;
    }
    list.push(word);
  }
  return list.join(' ');
}
