/**
 * Changes documents by a list of operations on dotted paths, losslessly.
 *
 * A path goes through objects, into every element of an array, and matches names that have dots in them too, as
 * Elasticsearch reads them.
 */
import type { ConvertStep, KeepStep, PlainStep } from '../contracts/transform.js';
import { dateConverter } from '../domain/convert-date.js';
import { convertScalar } from '../domain/convert-value.js';
import { ArrayNode, ObjectNode, memberOf, open, toBytes, type Member, type Value } from './json-tree.js';
import { MalformedAnswer } from './json-cursor.js';
import { WantedFields, keepFields } from './keep-fields.js';

/** A document that cannot be changed as asked; of a step that Godwit carries out it says nothing of values. */
export class TransformFailure extends Error {
  /** As its dead letter names the cause. */
  readonly type: string;

  /** @param step its number from 0; below it stands for `sourceFields` */
  constructor(step: number, what: string, why: string, type = 'transform_failed') {
    super(step < 0 ? `sourceFields: ${why}` : `step ${String(step + 1)} of the transform, ${what}: ${why}`);
    this.name = 'TransformFailure';
    this.type = type;
  }
}

/**
 * @param first number of the first step, from 0, in the transform that these are a part of
 * @returns the changed document, or the same bytes if nothing in it changes
 * @throws TransformFailure
 */
export function applySteps(steps: readonly PlainStep[], document: Buffer, first = 0): Buffer {
  let root: Value = document;
  let isChanged = false;
  for (const [at, step] of steps.entries()) {
    const fail = (why: string): TransformFailure => new TransformFailure(first + at, `${step.op} ${step.op === 'keep' ? step.fields.join(', ').slice(0, MAX_NAMED_CHARS) : step.field}`, why);
    try {
      root = open(root);
      if (!(root instanceof ObjectNode)) throw fail('the document is no object');
      const why = apply(root, step);
      if (why instanceof Error) throw fail(why.message);
      isChanged ||= why;
    } catch (error) {
      if (!(error instanceof MalformedAnswer)) throw error;
      throw fail(`the document is no strict JSON: ${error.message}`);
    }
  }
  return isChanged ? toBytes(root) : document;
}

/** @returns whether something changed, or why it cannot */
function apply(root: ObjectNode, step: PlainStep): boolean | Error {
  switch (step.op) {
    case 'remove': {
      let found = false;
      for (const { parent, member } of places(root, step.field.split('.'))) {
        parent.members = parent.members.filter((other) => other !== member);
        found = true;
      }
      return found;
    }
    case 'keep':
      return keepFields(root, wantedFields(step));
    case 'add':
      return add(root, step);
    case 'rename':
      return rename(root, step);
    case 'convert': {
      let isChanged = false;
      const scalar = scalarConverter(step);
      for (const { member } of places(root, step.field.split('.'))) {
        const converted = convert(member.value, scalar);
        if (converted === null) return new Error(`a value cannot be converted to ${step.to} without loss`);
        isChanged ||= converted !== member.value;
        member.value = converted;
      }
      return isChanged;
    }
  }
}

const MAX_NAMED_CHARS = 200;
/** They are compiled. */
const WANTED = new WeakMap<KeepStep, WantedFields>();

function wantedFields(step: KeepStep): WantedFields {
  const known = WANTED.get(step) ?? new WantedFields(step.fields);
  WANTED.set(step, known);
  return known;
}

interface Place {
  readonly parent: ObjectNode;
  readonly member: Member;
}

/** Opens what leads there. */
function places(node: Value, path: readonly string[]): Place[] {
  if (node instanceof ArrayNode) {
    node.elements = node.elements.map(open);
    return node.elements.flatMap((element) => places(element, path));
  }
  if (!(node instanceof ObjectNode)) return [];
  const found: Place[] = [];
  for (const member of node.members) {
    for (let length = 1; length <= path.length; length += 1) {
      if (member.key !== path.slice(0, length).join('.')) continue;
      if (length === path.length) found.push({ parent: node, member });
      else {
        member.value = open(member.value);
        found.push(...places(member.value, path.slice(length)));
      }
    }
  }
  return found;
}

function add(root: ObjectNode, { field, value, overwrite }: Extract<PlainStep, { op: 'add' }>): boolean | Error {
  const raw = Buffer.from(JSON.stringify(value));
  const present = places(root, field.split('.'));
  if (present.length > 0) {
    if (overwrite) for (const { member } of present) member.value = raw;
    return overwrite;
  }
  return put(root, field.split('.'), raw);
}

/** Puts a value where there is none, and makes the objects that lead there. */
function put(root: ObjectNode, path: readonly string[], value: Value): boolean | Error {
  let node = root;
  for (const [at, key] of path.slice(0, -1).entries()) {
    let member = node.members.find((candidate) => candidate.key === key);
    if (member === undefined) {
      member = memberOf(key, new ObjectNode([]));
      node.members.push(member);
    }
    member.value = open(member.value);
    if (!(member.value instanceof ObjectNode)) return new Error(`${path.slice(0, at + 1).join('.')} is no object`);
    node = member.value;
  }
  node.members.push(memberOf(path.at(-1) ?? '', value));
  return true;
}

function rename(root: ObjectNode, { field, to }: Extract<PlainStep, { op: 'rename' }>): boolean | Error {
  const [from, into] = [field.split('.'), to.split('.')];
  const found = places(root, from);
  if (found.length === 0 || field === to) return false;
  if (places(root, into).length > 0) return new Error(`${to} is there already`);
  const isSibling = from.slice(0, -1).join('.') === into.slice(0, -1).join('.');
  const name = into.at(-1) ?? '';
  // A name with dots in it cannot tell which part of it stays.
  if (isSibling && found.every(({ member }) => member.key === from.at(-1))) {
    for (const { parent, member } of found) parent.members = parent.members.map((other) => (other === member ? memberOf(name, member.value) : other));
    return true;
  }
  const [only, ...others] = found;
  if (only === undefined || others.length > 0) return new Error('it is in several places, and can only be renamed within its object');
  only.parent.members = only.parent.members.filter((other) => other !== only.member);
  return put(root, into, only.member.value);
}

type ScalarConverter = (text: string) => string | null;

/** Those of dates are compiled. */
const DATE_CONVERTERS = new WeakMap<ConvertStep, ScalarConverter>();

function scalarConverter(step: ConvertStep): ScalarConverter {
  const { to } = step;
  if (to !== 'date') return (text) => convertScalar(text, to);
  const known = DATE_CONVERTERS.get(step);
  if (known !== undefined) return known;
  const made = dateConverter(step);
  DATE_CONVERTERS.set(step, made);
  return made;
}

function convert(value: Value, scalar: ScalarConverter): Value | null {
  const opened = open(value);
  if (opened instanceof ObjectNode) return null;
  if (opened instanceof ArrayNode) {
    const elements = opened.elements.map((element) => convert(element, scalar));
    if (elements.some((element) => element === null)) return null;
    if (elements.every((element, at) => element === opened.elements[at])) return value;
    return new ArrayNode(elements.filter((element) => element !== null));
  }
  if (!Buffer.isBuffer(opened)) return null;
  const text = opened.toString('utf8').trim();
  if (text === 'null') return value;
  const converted = scalar(text);
  return converted === null ? null : converted === text ? value : Buffer.from(converted);
}

export interface ChangedMember {
  readonly key: string;
  /** As JSON; null: absent. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Top-level members in which two documents differ. */
export function changedMembers(before: Buffer, after: Buffer): ChangedMember[] {
  if (before === after) return [];
  const [old, made] = [membersOf(before), membersOf(after)];
  return [...new Set([...old.keys(), ...made.keys()])]
    .map((key) => ({ key, before: old.get(key) ?? null, after: made.get(key) ?? null }))
    .filter((member) => member.before !== member.after);
}

function membersOf(document: Buffer): Map<string, string> {
  const root = open(document);
  return new Map(root instanceof ObjectNode ? root.members.map(({ key, value }) => [key, toBytes(value).toString('utf8')]) : []);
}
