/**
 * Leaves of a document only the fields that are asked for, each with its bytes. A path goes through objects and into
 * every element of an array, as the `_source` filter of Elasticsearch has it; what is left empty goes.
 */
import { ArrayNode, ObjectNode, open, type Value } from './json-tree.js';

/** Fields by their paths; `*` stands for anything, dots too. */
export class WantedFields {
  /** Of a field that is wanted whole. */
  readonly #whole: RegExp;
  /** What every wanted path begins with up to its first `*`. */
  readonly #beginnings: readonly string[];

  constructor(patterns: readonly string[]) {
    const escaped = patterns.map((pattern) => pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('.*'));
    this.#whole = new RegExp(`^(?:${escaped.join('|')})$`, 's');
    this.#beginnings = patterns.map((pattern) => pattern.split('*', 1)[0] ?? '');
  }

  isWhole(path: string): boolean {
    return this.#whole.test(path);
  }

  /** Whether something below it may be wanted. */
  leadsOn(path: string): boolean {
    const below = `${path}.`;
    return this.#beginnings.some((beginning) => below.startsWith(beginning) || beginning.startsWith(below));
  }
}

/** @returns whether something went. @throws MalformedAnswer if it is no strict JSON */
export function keepFields(root: ObjectNode, wanted: WantedFields): boolean {
  return keepIn(root, '', wanted);
}

function keepIn(node: ObjectNode, prefix: string, wanted: WantedFields): boolean {
  let isChanged = false;
  node.members = node.members.filter((member) => {
    const path = `${prefix}${member.key}`;
    if (wanted.isWhole(path)) return true;
    const opened = wanted.leadsOn(path) ? open(member.value) : null;
    const left = opened === null ? 'nothing' : keepBelow(opened, `${path}.`, wanted);
    isChanged ||= left !== 'all';
    // What stays whole stays as it was written.
    if (left === 'some' && opened !== null) member.value = opened;
    return left !== 'nothing';
  });
  return isChanged;
}

function keepBelow(value: Value, prefix: string, wanted: WantedFields): 'all' | 'some' | 'nothing' {
  if (value instanceof ObjectNode) {
    const isChanged = keepIn(value, prefix, wanted);
    return value.members.length === 0 ? 'nothing' : isChanged ? 'some' : 'all';
  }
  if (!(value instanceof ArrayNode)) return 'nothing';
  const parts = value.elements.map((element) => {
    const opened = open(element);
    return { element, opened, left: keepBelow(opened, prefix, wanted) };
  });
  // What stays whole stays as it was written.
  value.elements = parts.flatMap(({ element, opened, left }) => (left === 'nothing' ? [] : [left === 'all' ? element : opened]));
  return value.elements.length === 0 ? 'nothing' : parts.some(({ left }) => left !== 'all') ? 'some' : 'all';
}
