/** Random JSON texts from a seed: what a search may answer, written in every way that JSON allows. */

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    const found = list[this.below(list.length)];
    if (found === undefined) throw new Error('nothing to pick from');
    return found;
  }

  shuffle<T>(list: readonly T[]): T[] {
    const left = [...list];
    const out: T[] = [];
    while (left.length > 0) out.push(...left.splice(this.below(left.length), 1));
    return out;
  }
}

const NUMBERS = ['0', '-0', '1.0', '9007199254740993', '12345678901234567890', '1e400', '1E5', '-1.5e-7', '0.1000000000000000055511151231257827'];
const PIECES = ['a', 'Z', ' ', 'é', '漢', '😀', '\\"', '\\\\', '\\/', '\\n', '\\u00e9', '\\ud83d\\ude00', '{', '}', '[', ']', ':', ',', '"_id":'.replaceAll('"', '\\"'), '//', '/*'];
/** Names that mean something in an answer, so that they turn up inside documents too. */
const NAMES = ['_id', '_source', 'hits', 'sort', '_routing', 'pit_id', '_shards', 'failed', 'total', '_version'];

export class RandomJson {
  constructor(readonly random: Random) {}

  space(): string {
    const { random } = this;
    if (random.chance(0.8)) return '';
    return Array.from({ length: 1 + random.below(3) }, () => random.pick([' ', '\n', '\t', '\r'])).join('');
  }

  string(): string {
    const { random } = this;
    const long = random.chance(0.05) ? 'x'.repeat(random.below(200)) : '';
    return `"${Array.from({ length: random.below(8) }, () => random.pick(PIECES)).join('')}${long}"`;
  }

  /** A key, now and then with an escaped first letter. */
  key(name: string): string {
    if (!this.random.chance(0.05)) return JSON.stringify(name);
    return `"\\u${name.charCodeAt(0).toString(16).padStart(4, '0')}${name.slice(1)}"`;
  }

  object(members: readonly (readonly [string, string])[]): string {
    const texts = members.map(([name, value]) => `${this.space()}${name}${this.space()}:${this.space()}${value}${this.space()}`);
    return `{${texts.length === 0 ? this.space() : texts.join(',')}}`;
  }

  array(values: readonly string[]): string {
    return `[${values.length === 0 ? this.space() : values.map((value) => `${this.space()}${value}${this.space()}`).join(',')}]`;
  }

  value(depth = 0): string {
    const { random } = this;
    const kind = random.below(depth > 4 ? 4 : 6);
    if (kind === 0) return this.string();
    if (kind === 1) return random.pick(NUMBERS);
    if (kind === 2) return random.pick(['true', 'false', 'null']);
    if (kind === 3) return String(random.below(1_000_000));
    if (kind === 4) return this.array(Array.from({ length: random.below(4) }, () => this.value(depth + 1)));
    return this.document(depth + 1);
  }

  document(depth = 0): string {
    const { random } = this;
    const names = Array.from({ length: random.below(6) }, (_, at) => (random.chance(0.4) ? random.pick(NAMES) : `f${String(at)}`));
    return this.object([...new Set(names)].map((name) => [this.key(name), this.value(depth)]));
  }

  hit(): string {
    const { random } = this;
    const members: [string, string][] = [
      [this.key('_index'), '"i"'],
      [this.key('_id'), this.string()],
      [this.key('_score'), 'null'],
      [this.key('_source'), this.document()],
    ];
    if (random.chance(0.7)) members.push([this.key('_version'), String(1 + random.below(1e9))]);
    if (random.chance(0.7)) members.push([this.key('_seq_no'), String(random.below(1e9))]);
    if (random.chance(0.4)) members.push([this.key('_routing'), this.string()]);
    if (random.chance(0.8)) members.push([this.key('sort'), this.array(Array.from({ length: 1 + random.below(2) }, () => random.pick(['1', '922337203685477580', '"x\\"y"', 'null'])))]);
    if (random.chance(0.2)) members.push([this.key('fields'), this.document()]);
    return this.object(random.shuffle(members));
  }

  /** Hits that differ in nothing but the values of their parts, as real ones do, and now and then one that does. */
  uniformHits(): string[] {
    const { random } = this;
    const [before, behind] = random.pick([['"_index":"i",', ''], ['"_index":"i","_type":"_doc",', ',"ignored":["a"]'], [' "_index" : "i" , ', ' ']] as const);
    const [version, score] = random.pick([[',"_version":', ',"_score":null'], ['', ',"_score":null'], [' , "_version" : ', ' , "_score":null']] as const);
    return Array.from({ length: 2 + random.below(5) }, () => {
      if (random.chance(0.1)) return this.hit();
      const number = version === '' ? '' : `${version}${String(1 + random.below(1e6))}`;
      return `{${before}"_id":${this.string()}${number}${score},"_source":${this.document()},"sort":[${random.pick(['1', '922337203685477580', '"x\\"y"'])}]${behind}}`;
    });
  }

  answer(): string {
    return this.#answer(Array.from({ length: this.random.below(6) }, () => this.hit()));
  }

  uniformAnswer(): string {
    return this.#answer(this.uniformHits());
  }

  #answer(all: readonly string[]): string {
    const { random } = this;
    const hits = this.array(all);
    const inner: [string, string][] = [
      [this.key('hits'), hits],
      [this.key('max_score'), 'null'],
    ];
    if (random.chance(0.6)) inner.push([this.key('total'), random.pick(['7', this.object([['"value"', '7'], ['"relation"', '"eq"']])])]);
    const members: [string, string][] = [
      ['"took"', String(random.below(100))],
      [this.key('timed_out'), random.pick(['true', 'false'])],
      [this.key('_shards'), this.object(random.shuffle([['"total"', '3'], ['"failed"', String(random.below(3))], ['"skipped"', '0']]))],
      [this.key('hits'), this.object(random.shuffle(inner))],
    ];
    if (random.chance(0.5)) members.push([this.key('pit_id'), this.string()]);
    if (random.chance(0.3)) members.push(['"aggregations"', this.document()]);
    return `${this.space()}${this.object(random.shuffle(members))}${this.space()}`;
  }
}

/** Flips, inserts, deletes or repeats some bytes, or cuts the text off. */
export function damage(random: Random, text: Buffer): Buffer {
  const at = random.below(text.length);
  const kind = random.below(6);
  if (kind === 0) return text.subarray(0, at);
  if (kind === 1) return Buffer.concat([text.subarray(0, at), text.subarray(at + 1 + random.below(4))]);
  const structural = Buffer.from(random.pick(['"', '{', '}', '[', ']', ',', ':', '\\', '/', '//', '/*', '*/', '\n', ' ', '0', '-', 'e', '\u0001', 'null', '"_id":"x",']));
  if (kind === 2) return Buffer.concat([text.subarray(0, at), structural, text.subarray(at)]);
  if (kind === 3) return Buffer.concat([text.subarray(0, at), structural, text.subarray(at + structural.length)]);
  if (kind === 4) {
    const copy = Buffer.from(text);
    copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
    return copy;
  }
  const from = random.below(text.length);
  return Buffer.concat([text.subarray(0, at), text.subarray(from, from + random.below(40)), text.subarray(at)]);
}
