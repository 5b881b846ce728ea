import { LosslessNumber, parse } from 'lossless-json'

/** JSON of a capture: unlike what mlc reads of QAD, a number and a text that looks like one are told apart. */
export type Json = string | boolean | null | LosslessNumber | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

/** Null when it is no JSON, is cut off, or is nested deeper than the stack. */
export function readJson(text: string): { readonly value: Json } | null {
  try {
    return { value: parse(text.replace(/^\uFEFF/, '')) as Json }
  } catch {
    return null
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber)
}

export function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

export function isNumber(value: unknown): value is LosslessNumber {
  return value instanceof LosslessNumber
}

/** A text or number as text; null for everything else. */
export function textOf(value: Json | undefined): string | null {
  if (typeof value === 'string') return value
  return isNumber(value) ? value.toString() : null
}

/** The value under a name of the object's own. */
export function own(object: JsonObject, name: string): Json | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** A member with the name it has in its object; null in a list. */
export interface Member {
  readonly name: string | null
  readonly value: Json
  /** Of the object or list that it stands in. */
  readonly path: readonly string[]
}

/** Every value at any depth, without recursion: a capture may be nested as deep as it likes. */
export function* membersOf(root: Json): Generator<Member> {
  const open: Member[] = [{ name: null, value: root, path: [] }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    yield next
    const { value } = next
    const path = next.name === null || next.path.length >= MAX_PATH ? next.path : [...next.path, next.name]
    if (isList(value))
      for (const inner of [...value].reverse()) open.push({ name: next.name, value: inner, path: next.path })
    else if (isObject(value))
      for (const [name, inner] of Object.entries(value).reverse()) open.push({ name, value: inner, path })
  }
}

/** Beyond it nobody asks for the way to a value. */
const MAX_PATH = 12
