/**
 * The sample shop: its indices and documents. The same seed gives the same documents, whatever the machine.
 *
 * Only field types of Elasticsearch's core: the builds used here lack mapper-extras.
 */

/** Numbers that look random and repeat with the seed (mulberry32). */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

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

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }
}

export interface SampleDocument {
  id?: string;
  routing?: string;
  source: object;
}

/** @param number of the document within its index @param all how many there will be */
export type MakeDocument = (number: number, dice: Dice, all: number) => SampleDocument;

export interface SampleIndex {
  name: string;
  /** Part of all documents of the sample that lies here. */
  share: number;
  /** Body of the create request; absent for the data stream, which its first write creates. */
  create?: object;
  document?: MakeDocument;
}

export const DATA_STREAM = 'logs-shop-default';

export const DATA_STREAM_TEMPLATE = {
  index_patterns: ['logs-shop-*'],
  priority: 500,
  data_stream: {},
  template: {
    settings: { number_of_shards: 1, number_of_replicas: 0 },
    mappings: {
      properties: {
        '@timestamp': { type: 'date' },
        message: { type: 'text' },
        log: { properties: { level: { type: 'keyword' } } },
        service: { properties: { name: { type: 'keyword' } } },
        http: { properties: { status: { type: 'short' }, duration_ms: { type: 'integer' } } },
        client: { properties: { ip: { type: 'ip' } } },
      },
    },
  },
};

const CITIES = ['Hamburg', 'Wien', 'Zürich', 'Lyon', 'Gdańsk', 'Malmö', 'Porto', 'Genova', 'Leeds', 'Utrecht'] as const;
const GIVEN = ['Ada', 'Bruno', 'Chloé', 'Dmitri', 'Elif', 'Fatou', 'Günter', 'Hana', 'Ines', 'João', 'Kasia', 'Liam'] as const;
const FAMILY = ['Albrecht', 'Berg', 'Costa', 'Dubois', 'Ek', 'Ferrari', 'Górski', 'Haas', 'Ito', 'Jansen', 'Kaya'] as const;
const THINGS = ['kettle', 'lamp', 'notebook', 'backpack', 'headphones', 'jacket', 'bicycle bell', 'tea pot', 'mug'] as const;
const ADJECTIVES = ['quiet', 'bright', 'folding', 'enamelled', 'waterproof', 'small', 'heavy', 'recycled'] as const;
const STATUSES = ['placed', 'paid', 'packed', 'shipped', 'delivered', 'returned'] as const;
const LEVELS = ['info', 'info', 'info', 'info', 'warn', 'error'] as const;
const PATHS = ['/cart', '/checkout', '/search?q=lamp', '/product/4711', '/login', '/account/orders'] as const;

const START = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 86_400_000;

/** Times rise with the number, as they do in a real index. */
const timeOf = (number: number, dice: Dice, all: number): string =>
  new Date(START + Math.floor((number / Math.max(all, 1)) * YEAR_MS) + dice.below(1000)).toISOString();
const customerId = (dice: Dice): string => `c-${String(dice.below(16_000)).padStart(6, '0')}`;
const ip = (dice: Dice): string => `10.${dice.below(256)}.${dice.below(256)}.${1 + dice.below(254)}`;

const settings = (shards = 1, more: object = {}): object => ({ number_of_shards: shards, number_of_replicas: 0, ...more });
const keyword = { type: 'keyword' };
const text = { type: 'text', fields: { raw: { type: 'keyword', ignore_above: 256 } } };

function order(number: number, dice: Dice, all: number): SampleDocument {
  const customer = customerId(dice);
  const items = Array.from({ length: 1 + dice.below(4) }, () => {
    return { product: `p-${dice.below(4000)}`, quantity: 1 + dice.below(3), price: dice.below(20_000) / 100 };
  });
  const source = {
    customer,
    placed_at: timeOf(number, dice, all),
    status: dice.pick(STATUSES),
    currency: dice.pick(['EUR', 'EUR', 'CHF', 'SEK', 'GBP']),
    total: Math.round(items.reduce((sum, item) => sum + item.quantity * item.price, 0) * 100) / 100,
    items,
    ship_to: { city: dice.pick(CITIES), location: { lat: 40 + dice.below(2000) / 100, lon: dice.below(2000) / 100 } },
    note: dice.below(5) === 0 ? `Please leave the ${dice.pick(THINGS)} with ${dice.pick(GIVEN)} next door` : null,
  };
  // Routed by customer: a copy that forgets the routing puts the document on another shard, or fails.
  return { id: `o-${String(number).padStart(8, '0')}`, routing: customer, source };
}

const ORDERS_MAPPINGS = {
  _routing: { required: true },
  properties: {
    ...{ customer: keyword, placed_at: { type: 'date' }, status: keyword, currency: keyword, total: { type: 'double' }, note: { type: 'text' } },
    items: { type: 'nested', properties: { product: keyword, quantity: { type: 'short' }, price: { type: 'double' } } },
    ship_to: { properties: { city: keyword, location: { type: 'geo_point' } } },
  },
};

export const SAMPLE_INDICES: readonly SampleIndex[] = [
  {
    name: 'orders-2025',
    share: 0.15,
    create: { settings: settings(2), mappings: ORDERS_MAPPINGS, aliases: { orders: {} } },
    document: order,
  },
  {
    name: 'orders-2026',
    share: 0.3,
    create: {
      settings: settings(2),
      mappings: ORDERS_MAPPINGS,
      aliases: { orders: {}, 'orders-current': { is_write_index: true }, 'orders-returned': { filter: { term: { status: 'returned' } } } },
    },
    document: order,
  },
  {
    name: 'products',
    share: 0.02,
    create: {
      settings: settings(1, {
        analysis: {
          filter: { shop_synonyms: { type: 'synonym', synonyms: ['mug, cup', 'jacket, coat'] } },
          analyzer: { shop_text: { type: 'custom', tokenizer: 'standard', filter: ['lowercase', 'asciifolding', 'shop_synonyms'] } },
        },
      }),
      mappings: {
        properties: {
          name: { ...text, analyzer: 'shop_text' },
          ...{ sku: keyword, price: { type: 'double' }, in_stock: { type: 'integer' }, tags: keyword, description: { type: 'text' } },
        },
      },
    },
    document: (number: number, dice: Dice): SampleDocument => {
      const name = `${dice.pick(ADJECTIVES)} ${dice.pick(THINGS)}`;
      const description = `A ${name} for people in ${dice.pick(CITIES)}, made of ${dice.pick(['steel', 'wool', 'oak', 'glass'])}.`;
      const source = { name, sku: `SKU-${number}`, price: dice.below(20_000) / 100, in_stock: dice.below(500), tags: [dice.pick(ADJECTIVES)], description };
      return { id: `p-${number}`, source };
    },
  },
  {
    name: 'customers',
    share: 0.08,
    create: {
      settings: settings(),
      mappings: { properties: { name: text, email: keyword, city: keyword, since: { type: 'date' }, is_business: { type: 'boolean' } } },
    },
    document: (number: number, dice: Dice, all: number): SampleDocument => {
      const [given, family] = [dice.pick(GIVEN), dice.pick(FAMILY)];
      const email = `customer${number}@shop.example`;
      const source = { name: `${given} ${family}`, email, city: dice.pick(CITIES), since: timeOf(number, dice, all), is_business: dice.below(9) === 0 };
      return { id: `c-${String(number).padStart(6, '0')}`, source };
    },
  },
  {
    name: 'sessions',
    share: 0.2,
    create: {
      settings: settings(2),
      mappings: { properties: { customer: keyword, started_at: { type: 'date' }, seconds: { type: 'integer' }, pages: keyword, ip: { type: 'ip' } } },
    },
    // Without an id of its own: Elasticsearch gives one.
    document: (number: number, dice: Dice, all: number): SampleDocument => {
      const pages = Array.from({ length: 1 + dice.below(6) }, () => dice.pick(PATHS));
      return { source: { customer: customerId(dice), started_at: timeOf(number, dice, all), seconds: dice.below(3600), pages, ip: ip(dice) } };
    },
  },
  { name: 'drafts', share: 0, create: { settings: settings(), mappings: { properties: { title: text } } } },
  {
    name: DATA_STREAM,
    share: 0.25,
    document: (number: number, dice: Dice, all: number): SampleDocument => {
      const [level, path, status] = [dice.pick(LEVELS), dice.pick(PATHS), dice.pick([200, 200, 200, 302, 404, 500])];
      const http = { status, duration_ms: dice.below(900) };
      const message = `GET ${path} answered ${status} in ${http.duration_ms} ms`;
      return { source: { '@timestamp': timeOf(number, dice, all), message, log: { level }, service: { name: 'shop' }, http, client: { ip: ip(dice) } } };
    },
  },
];
