// Plain word search over texts, and the sentence around an answer: with the platform's segmenter and without one.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const www = fileURLToPath(new URL('../../www/', import.meta.url));
const { build } = createRequire(join(www, 'package.json'))('esbuild');
const contents = "export * from './index.ts'; export * from './words.ts'";
const { outputFiles } = await build({ stdin: { contents, resolveDir: join(www, 'src/page') }, bundle: true, format: 'esm', write: false });
const [withSegmenter, without] = await Promise.all(['', 'const Intl = {};'].map((head) => import(`data:text/javascript;base64,${Buffer.from(head + outputFiles[0].text).toString('base64')}`)));

const both = (name, run) => {
  test(name, () => run(withSegmenter));
  test(`${name}, without Intl.Segmenter`, () => run(without));
};

const DOCUMENTS = [
  {
    id: 'hours', title: 'Opening hours', url: '/hours',
    text: 'When are you open?\n\nWe are open from Monday to Friday, 9 to 18. On Saturdays we close at noon.\n\nDirections\n\nThe car park is behind the yard.',
  },
  { id: 'returns', title: 'Returns', text: 'Returns\n\nA car can be returned within 30 days. The café’s vouchers can’t.\n\nStraße und Maß. ΟΔΟΣ ναός. Ünïcödé naïve résumé.' },
  { id: 'empty', text: '' },
  { id: '中文', text: '你好世界。我们星期一到星期五营业。退货需在三十天内。' },
];

both('hits are slices of their documents, the best first', ({ TextSearch }) => {
  const search = new TextSearch(DOCUMENTS);
  for (const query of ['open Monday', 'returned car', 'cafe', 'yard', '营业', 'the']) {
    const hits = search.search(query, 100);
    assert.ok(hits.length > 0, query);
    for (const { documentId, start, end, sentence, score } of hits) {
      assert.equal(sentence, DOCUMENTS.find(({ id }) => id === documentId).text.slice(start, end));
      assert.ok(score > 0);
      assert.equal(sentence, sentence.trim());
    }
    assert.deepEqual(hits.map(({ score }) => score), hits.map(({ score }) => score).sort((a, b) => b - a));
  }
  const [{ score, ...first }] = search.search('When do you close on Saturday?');
  const sentence = 'On Saturdays we close at noon.';
  const start = DOCUMENTS[0].text.indexOf(sentence);
  assert.deepEqual(first, { documentId: 'hours', title: 'Opening hours', url: '/hours', start, end: start + sentence.length, sentence });
  assert.equal('title' in search.search('星期一')[0], false);
});

both('words are found whatever their case, accents and endings', ({ TextSearch }) => {
  const search = new TextSearch(DOCUMENTS);
  const best = (query) => search.search(query)[0]?.sentence;
  for (const query of ['CAFÉ', 'cafe', 'cafe\u0301', 'Vouchers', 'voucher', 'vouch']) assert.equal(best(query), 'The café’s vouchers can’t.', query);
  for (const query of ['strasse', 'STRASSE', 'Straße', 'strass', 'mass']) assert.equal(best(query), 'Straße und Maß.', query);
  for (const query of ['οδος', 'Οδοσ', 'ναοσ']) assert.equal(best(query), 'ΟΔΟΣ ναός.', query);
  for (const query of ['unicode', 'naive', 'RESUME']) assert.equal(best(query), 'Ünïcödé naïve résumé.', query);
  // A longer word finds its stem.
  assert.equal(best('parking behind'), 'The car park is behind the yard.');
  assert.equal(best('退货'), '退货需在三十天内。');
});

both('nothing is found where there is nothing', ({ TextSearch }) => {
  const search = new TextSearch(DOCUMENTS);
  for (const query of ['', '  ', '?!', 'elephant', 'zz']) assert.deepEqual(search.search(query), []);
  assert.deepEqual(new TextSearch([]).search('open'), []);
  assert.deepEqual(new TextSearch([{ id: 'x', text: '\n\n \n' }]).search('open'), []);
  assert.equal(search.search('car', 1).length, 1);
  assert.deepEqual(search.search('car', 0), []);
});

both('a question comes with its answer and a heading with its text, and common words tell nothing beside others', ({ TextSearch }) => {
  const [deliver, ...none] = new TextSearch([{ id: 'x', text: 'Do you deliver?\n\nYes, within 50 km. Call us.' }]).search('delivery');
  assert.equal(deliver.sentence, 'Do you deliver?\n\nYes, within 50 km.');
  assert.deepEqual(none, []);
  // The question isn't shown a second time with the answer that is itself a hit.
  const open = new TextSearch(DOCUMENTS).search('when open Monday').map(({ sentence }) => sentence);
  assert.equal(open[0], 'We are open from Monday to Friday, 9 to 18.');
  assert.equal(open.filter((sentence) => sentence.includes('We are open')).length, 1);
  assert.equal(new TextSearch([{ id: 'x', text: 'Is it late?' }]).search('late')[0].sentence, 'Is it late?');
  assert.equal(new TextSearch(DOCUMENTS).search('where is the directions')[0].sentence, 'Directions\n\nThe car park is behind the yard.');
});

test('a rare word weighs more than a common one, and words of the title or the heading help', () => {
  const { TextSearch } = withSegmenter;
  const text = Array.from({ length: 40 }, (_, i) => `Sales are good in week ${i}.`).join('\n') + '\nSales of bicycles.\nBicycles are good.';
  assert.match(new TextSearch([{ id: 'x', text }]).search('bicycles sales')[0].sentence, /^Sales of bicycles/);
  const pages = ['Red', 'Blue'].map((title) => ({ id: title, title, text: 'The price is 5.' }));
  assert.equal(new TextSearch(pages).search('price blue')[0].documentId, 'Blue');
  const headings = new TextSearch([{ id: 'x', text: 'Sales\n\nMonday, 8 to 12\n\nWorkshop\n\nMonday, 9 to 18' }]);
  assert.equal(headings.search('monday workshop')[0].sentence, 'Workshop\n\nMonday, 9 to 18');
  const rows = new TextSearch([{ id: 'x', text: 'Sales hours\n\nMonday, 8 to 12\nSunday, closed\n\nWorkshop hours\n\nSunday, 9 to 18' }]);
  assert.match(rows.search('workshop sunday')[0].sentence, /Sunday, 9 to 18$/);
});

both('the sentence around an answer', ({ sentenceAt }) => {
  const check = (text, answer, sentence) => {
    const start = text.indexOf(answer);
    const found = sentenceAt(text, start, start + answer.length);
    assert.equal(found.text, sentence);
    assert.equal(text.slice(found.start, found.end), sentence);
  };
  const text = 'One here. Dr. A. Smith met Mrs. Jones at 3.30 p.m. on Friday! “Is it so?” she asked. See No. 5.\n\nHeading\n\nLast one without a stop\nNext row, 5';
  check(text, 'One', 'One here.');
  check(text, 'Jones', 'Dr. A. Smith met Mrs. Jones at 3.30 p.m. on Friday!');
  check(text, 'Smith', 'Dr. A. Smith met Mrs. Jones at 3.30 p.m. on Friday!');
  check(text, 'No. 5', 'See No. 5.');
  check(text, 'Heading', 'Heading');
  check(text, 'stop', 'Last one without a stop');
  check(text, 'row', 'Next row, 5');
  // An answer of two sentences, and one over a line break.
  check(text, 'here. Dr', 'One here. Dr. A. Smith met Mrs. Jones at 3.30 p.m. on Friday!');
  check(text, 'stop\nNext', 'Last one without a stop\nNext row, 5');
  check('你好。我们九点开门。再见', '九点', '我们九点开门。');
  check('هل أنت مفتوح؟ نعم، كل يوم.', 'نعم', 'نعم، كل يوم.');
  check('Family 👩‍👩‍👧‍👦 day. E\u0301cole 🇩🇪!', '👩‍👩‍👧‍👦', 'Family 👩‍👩‍👧‍👦 day.');
});

both('the sentences of a text cover its letters once, in order, and no line break', ({ sentencesOf, sentenceAt }) => {
  const pieces = ['A b. ', 'C d! ', '\n', '\n\n', ' ', 'Mr. E f ', '你好。', '\u2028', 'g? ', '😀 ', '\ud83d', 'e\u0301. ', '\r\n', '3.5 '];
  let state = 7;
  const random = (below) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor((state / 2 ** 32) * below); };
  for (let round = 0; round < 200; round += 1) {
    const text = Array.from({ length: random(30) }, () => pieces[random(pieces.length)]).join('');
    let from = 0;
    for (const { start, end } of sentencesOf(text)) {
      assert.equal(text.slice(from, start).trim(), '');
      assert.ok(end > start);
      assert.doesNotMatch(text.slice(start, end), /^\s|\s$|[\n\r\u2028]/);
      assert.deepEqual(sentenceAt(text, start, end), { start, end, text: text.slice(start, end) });
      from = end;
    }
    assert.equal(text.slice(from).trim(), '');
  }
});

test('words', () => {
  for (const { fold, wordsOf } of [withSegmenter, without]) {
    assert.equal(fold('Ｆｕｌｌ ﬁne ΣΊΣΥΦΟΣ İ co\u00adop'), 'full fine σισυφοσ i coop');
    assert.deepEqual(wordsOf('One, two-three 4 №5!'), ['one', 'two', 'three', '4', ...wordsOf('№5')]);
    assert.deepEqual(wordsOf('हिन्दी'), ['हिन्दी']);
  }
  assert.deepEqual(without.wordsOf('ab你好c'), ['ab', '你', '好', 'c']);
});
