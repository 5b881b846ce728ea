import * as z from 'zod'
import { pathFault } from '../model/path.js'
import { didYouMean } from '../model/nearest.js'

// Every message of a field says what is allowed there; problems.ts puts file, line, field and the value found before it.

/** Text as written, not empty, without control characters and halves of a surrogate pair. Numbers of YAML arrive here as their own text: `0100` stays `0100`. */
export function text(allowed = 'text') {
  return z.string({ error: allowed }).regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: `${allowed}, not empty, on one line` })
}

/** A code, an id or a column name: text without blanks around it. */
export function code(allowed: string) {
  return text(allowed).regex(/^\S(.*\S)?$/u, { error: `${allowed}, without blanks around it` })
}

/** A whole number between both limits, written in plain digits. */
export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.preprocess(plainInteger, z.int({ error }).min(min, { error }).max(max, { error }))
}

/** Scalars arrive as their own text. */
export function trueOrFalse() {
  const plain = (value: unknown) => (value === 'true' ? true : value === 'false' ? false : value)
  return z.preprocess(plain, z.boolean({ error: 'true or false' }))
}

/** Whole numbers that have a meaning of their own: `1 or -1`. */
export function oneOfNumbers<const N extends readonly [number, ...number[]]>(numbers: N) {
  return z.preprocess(plainInteger, z.literal<N[number][]>([...numbers], { error: numbers.join(' or ') }))
}

/** One of the words. `later` are words of the documentation that this release does not do yet: refused by name. */
export function choice<const W extends readonly [string, ...string[]]>(words: W, later: readonly string[] = []) {
  const allowed = words.join(', ')
  return z.enum(words, {
    error: ({ input }) => {
      if (typeof input === 'string' && later.includes(input)) return `${NOT_SUPPORTED}; supported: ${allowed}`
      return `one of ${allowed}${typeof input === 'string' ? didYouMean(input, words) : ''}`
    },
  })
}

/** How the message of a later release's value begins. */
export const NOT_SUPPORTED = 'is not supported by this release'

/** Absent and null are the same: nothing configured. */
export function optional<S extends z.ZodType>(schema: S) {
  return schema.nullable().default(null as never)
}

/** A path on the tenant, under its base URL. */
export function tenantPath() {
  return code('a path that begins with /')
    .regex(/^\/[^\s?#\\]*$/, { error: 'a path that begins with /, without ? and #' })
    .refine((path) => pathFault(path) === null, { error: 'a path without steps such as .., // and %2f' })
}

/** A plain decimal of at least zero, kept as text. */
export function decimalText() {
  const allowed = 'a plain decimal of 0 or more, such as 0.01'
  const comma = ({ input }: { readonly input?: unknown }) =>
    typeof input === 'string' && /^\d+,\d+$/.test(input) ? `${allowed}: with a point, not a comma` : allowed
  return z.string({ error: allowed }).regex(/^(0|[1-9]\d{0,29})(\.\d{1,30})?$/, { error: comma })
}

/** Names of our own choosing → text. Null-prototype input and `__proto__` are dealt with before zod sees them. */
export function texts(allowed = 'text') {
  return z.record(z.string(), text(allowed))
}

/** An https address, or http to this machine; ends without `/`. Credentials, query and fragment have no place in it. */
export function baseUrl(example: string) {
  const allowed = `an address such as ${example}`
  return z.string({ error: allowed }).superRefine((value, context) => {
    const url = parseUrl(value)
    const say = (message: string, params: IssueParams = {}) => context.addIssue({ code: 'custom', message, params })
    if (url === null) say(allowed, { isAddress: true })
    else if (url.username !== '' || url.password !== '') say(`${allowed}, without user and password`, { hidden: true })
    else if (url.search !== '' || url.hash !== '') say(`${allowed}, without ? and #`)
    else if (url.protocol === 'http:' && !isLoopback(url.hostname))
      say('https; plain http is allowed to a loopback address only', { mlc: 'MLC-C007' })
  })
}

/** What a check of ours tells problems.ts beyond the message. */
export interface IssueParams {
  readonly mlc?: 'MLC-C003' | 'MLC-C007'
  /** The value may be a secret: it is not shown. */
  readonly hidden?: boolean
  /** The value was meant as an address: only what cannot be a password is shown. */
  readonly isAddress?: boolean
  /** The message is a whole sentence; no value found, no "allowed" around it. */
  readonly whole?: boolean
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

function parseUrl(value: string): URL | null {
  if (!/^https?:\/\/[^\s\p{Cc}\\]+$/u.test(value) || !URL.canParse(value)) return null
  return new URL(value)
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/** Only the canonical form becomes a number: `060`, `1e3`, `0x10` and `1_000` stay text and are refused. */
function plainInteger(value: unknown): unknown {
  return typeof value === 'string' && /^(0|-?[1-9]\d{0,14})$/.test(value) ? Number(value) : value
}
