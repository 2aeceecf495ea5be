/**
 * A JSON document as a tree in which every value that nobody looks into stays the bytes that it was.
 *
 * Keys keep their order and spelling, numbers their digits. Only white space between the parts that were opened goes.
 */
import { JsonCursor } from './json-cursor.js';

/** Not opened: one value as it stands. */
export type Raw = Buffer;

export interface Member {
  readonly key: string;
  /** With quotes, as it was written. */
  readonly rawKey: Buffer;
  value: Value;
}

export class ObjectNode {
  constructor(public members: Member[]) {}
}

export class ArrayNode {
  constructor(public elements: Value[]) {}
}

export type Value = Raw | ObjectNode | ArrayNode;

const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;

/** Opens one level. Scalars stay as they are. @throws MalformedAnswer if it is no strict JSON, e.g. has comments */
export function open(value: Value): Value {
  if (!Buffer.isBuffer(value)) return value;
  const cursor = new JsonCursor(value);
  const first = cursor.peek();
  const taken = (): Raw => {
    cursor.peek();
    const start = cursor.at;
    cursor.skip();
    return value.subarray(start, cursor.at);
  };
  if (first === OPEN_BRACE) {
    const members: Member[] = [];
    for (let more = cursor.enterObject(); more; more = cursor.nextMember()) {
      const [key, rawKey] = [cursor.text(), value.subarray(cursor.start - 1, cursor.end + 1)];
      members.push({ key, rawKey, value: taken() });
    }
    cursor.finish();
    return new ObjectNode(members);
  }
  if (first === OPEN_BRACKET) {
    const elements: Value[] = [];
    for (let more = cursor.enterArray(); more; more = cursor.nextElement()) elements.push(taken());
    cursor.finish();
    return new ArrayNode(elements);
  }
  return value;
}

export function memberOf(key: string, value: Value): Member {
  return { key, rawKey: Buffer.from(JSON.stringify(key)), value };
}

export function toBytes(value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value;
  const parts: Buffer[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

const [COMMA, COLON, BRACES, BRACKETS] = [Buffer.from(','), Buffer.from(':'), Buffer.from('{}'), Buffer.from('[]')];

function write(value: Value, parts: Buffer[]): void {
  if (Buffer.isBuffer(value)) {
    parts.push(value);
    return;
  }
  const marks = value instanceof ObjectNode ? BRACES : BRACKETS;
  parts.push(marks.subarray(0, 1));
  if (value instanceof ObjectNode) {
    for (const [at, member] of value.members.entries()) {
      if (at > 0) parts.push(COMMA);
      parts.push(member.rawKey, COLON);
      write(member.value, parts);
    }
  } else {
    for (const [at, element] of value.elements.entries()) {
      if (at > 0) parts.push(COMMA);
      write(element, parts);
    }
  }
  parts.push(marks.subarray(1));
}
