// A stand-in for two clusters: serves pages made beforehand and swallows bulk requests, so that what is measured is the
// engine alone. Plain HTTP and HTTPS, in a process of its own. Prints its two ports.
import { readFileSync } from 'node:fs';
import { createServer as createPlain } from 'node:http';
import { createServer as createSecure } from 'node:https';

/** `shape`: `text`, one long one, or `fields`, many small ones. Without a certificate only plain HTTP. */
const { documents, documentBytes, shape = 'text', certificateFile, keyFile } = JSON.parse(process.env.BENCH_TASK);
const WORDS = 'lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua'.split(' ');
/** Digits of sort values, so that a page can be used again with other ones. */
const DIGITS = 12;
const HEAD = '{"pit_id":"stand-in","took":9,"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"max_score":null,"hits":[';
const TAIL = ']}}';

/** No more than a page may hold. */
const hits = Array.from({ length: Math.min(5_000, Math.ceil(64e6 / documentBytes)) }, (_, at) => hitOf(at));

function hitOf(number) {
  if (shape === 'fields') return `{"_index":"stand-in","_id":"id-${number}","_version":1,"_score":null,"_source":${fieldsOf(number)},"sort":[${'1'.padEnd(DIGITS, '0')}]}`;
  let message = '';
  while (message.length < documentBytes - 150) message += `${WORDS[(number * 7 + message.length) % WORDS.length]} `;
  const source = { id: number, host: `web-${number % 40}`, at: 1_700_000_000_000 + number * 37, status: 200 + (number % 5), exact: number / 7, tags: [WORDS[number % 19], WORDS[number % 7]], message };
  return `{"_index":"stand-in","_id":"id-${number}","_version":1,"_score":null,"_source":${JSON.stringify(source)},"sort":[${'1'.padEnd(DIGITS, '0')}]}`;
}

/** As many fields as fit, of numbers and short texts. */
function fieldsOf(number) {
  const members = [];
  for (let at = 0, length = 2; length < documentBytes; at += 1) {
    members.push(at % 2 === 0 ? `"count_${at}":${((number + at) / 8).toFixed(3)}` : `"name_${at}":"${WORDS[at % WORDS.length]}"`);
    length += members.at(-1).length + 1;
  }
  return `{${members.join(',')}}`;
}

const pages = new Map();

/** Of so many hits; their documents are the same in all pages. */
function pageOf(size) {
  const known = pages.get(size) ?? Buffer.from(HEAD + Array.from({ length: size }, (_, at) => hits[at % hits.length]).join(',') + TAIL);
  pages.set(size, known);
  return known;
}

function search(body) {
  const { size, search_after: [after] = [0] } = JSON.parse(body);
  const from = after === 0 ? 0 : after - 10 ** (DIGITS - 1);
  const count = Math.max(0, Math.min(size, documents - from));
  if (count === 0) return Buffer.from(HEAD + TAIL);
  const page = Buffer.from(pageOf(count));
  page.write(String(10 ** (DIGITS - 1) + from + count), page.length - TAIL.length - 2 - DIGITS, 'latin1');
  return page;
}

const answers = new Map();

/** As Elasticsearch answers with Godwit's `filter_path` when every document is new. */
function bulkAnswer(count) {
  const known = answers.get(count) ?? Buffer.from(`{"errors":false,"items":[${Array.from({ length: count }, () => '{"index":{"status":201}}').join(',')}]}`);
  if (answers.size < 10_000) answers.set(count, known);
  return known;
}

/** Counts lines of a bulk request, two for each document. */
function lineCounter() {
  let lines = 0;
  return {
    take(chunk) {
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines += 1;
    },
    get documents() {
      return lines / 2;
    },
  };
}

function answer(request, response) {
  response.setHeader('x-elastic-product', 'Elasticsearch');
  response.setHeader('content-type', 'application/json');
  const send = (body) => response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body);
  if (request.url.includes('/_bulk')) {
    const counter = lineCounter();
    request.on('data', (chunk) => counter.take(chunk)).on('end', () => send(bulkAnswer(counter.documents)));
    return;
  }
  let body = '';
  request.on('data', (chunk) => (body += chunk)).on('end', () => {
    if (request.url === '/') send(JSON.stringify({ name: 'n', cluster_name: 'stand-in', cluster_uuid: 'u', version: { number: '8.19.8', build_flavor: 'default' }, tagline: 'You Know, for Search' }));
    else if (request.url.includes('/_pit')) send('{"id":"stand-in","succeeded":true,"num_freed":1}');
    else if (request.url.includes('/_search')) send(search(body));
    else send('{}');
  });
}

const listen = (server) => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
const plain = await listen(createPlain(answer));
const secure = certificateFile === undefined ? 0 : await listen(createSecure({ cert: readFileSync(certificateFile), key: readFileSync(keyFile) }, answer));
console.log(JSON.stringify({ plain, secure }));
