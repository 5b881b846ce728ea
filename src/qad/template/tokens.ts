import Mustache from 'mustache'
import { MlcError } from '../../errors.js'
import { didYouMean } from '../../model/nearest.js'
import { ENTRY_NAMES, LINE_NAMES, QUERY_NAMES } from './names.js'

export type TemplateUse = 'entry' | 'query'

/** A tag of the template: its kind (`name`, `#`, `^`, `>`, `&`, …), what it names, where it begins, what stands inside. */
export interface Token {
  readonly kind: string
  readonly name: string
  readonly at: number
  readonly inside: readonly Token[]
}

/** @throws MLC-C017 naming file and line when a tag or section does not close */
export function parseTokens(source: string, file: string): readonly Token[] {
  try {
    return (Mustache.parse(source) as readonly Raw[]).map(tokenOf)
  } catch (error) {
    const words = error instanceof Error ? error.message : 'no template'
    const at = /\bat (\d+)$/.exec(words)?.[1]
    throw fault(words.replace(/ at \d+$/, ''), source, at === undefined ? 0 : Number(at), file)
  }
}

type Raw = readonly [string, string, number, number, (readonly Raw[])?, ...unknown[]]

function tokenOf([kind, name, at, , inside]: Raw): Token {
  return { kind, name, at, inside: Array.isArray(inside) ? (inside as readonly Raw[]).map(tokenOf) : [] }
}

/** All that the tags name. @throws MLC-C017 for the first tag that is not allowed; for an entry without its key or its amount */
export function checkTokens(
  tokens: readonly Token[],
  source: string,
  file: string,
  use: TemplateUse,
): ReadonlySet<string> {
  const known = use === 'query' ? [...ENTRY_NAMES, ...QUERY_NAMES] : ENTRY_NAMES
  const used = new Set<string>()
  const say = (message: string, { at }: Pick<Token, 'at'>) => fault(message, source, at, file)
  walk(tokens, known, used, say)
  if (use === 'query') return used
  // What carries neither could be found again by nobody, or would post nothing.
  if (!used.has('key')) throw say('{{key}} is named nowhere: without it what is posted cannot be found again', START)
  if (!AMOUNTS.some((name) => used.has(name))) throw say(`none of ${AMOUNTS.join(', ')} is named`, START)
  return used
}

const START = { at: 0 }
const AMOUNTS = ['amount', 'debit', 'credit'] as const

type Say = (message: string, token: Pick<Token, 'at'>) => MlcError

function walk(tokens: readonly Token[], known: readonly string[], used: Set<string>, say: Say): void {
  for (const token of tokens) {
    const { kind, name, inside } = token
    if (kind === '>') throw say(`{{> ${name}}} takes another file in, which a template here cannot`, token)
    if (kind === '&')
      throw say(
        `{{{${name}}}} would go out unescaped; write {{${name}}}, and a space after a brace that is not Mustache's`,
        token,
      )
    const isSection = kind === '#' || kind === '^'
    if (kind !== 'name' && !isSection) continue
    used.add(name)
    if (name === 'lines') {
      if (!isSection) throw say('{{lines}} is a section: {{#lines}} … {{/lines}}', token)
      if (known.includes('debit')) throw say('{{#lines}} stands inside {{#lines}}', token)
      walk(inside, kind === '#' ? [...known, ...LINE_NAMES] : known, used, say)
      continue
    }
    if (!known.includes(name)) throw say(unknown(name, known), token)
    walk(inside, known, used, say)
  }
}

function unknown(name: string, known: readonly string[]): string {
  if ((LINE_NAMES as readonly string[]).includes(name)) return `{{${name}}} is known inside {{#lines}} only`
  return `{{${name}}} is no name that is given here${didYouMean(name, [...known, 'lines'])}`
}

function fault(message: string, source: string, at: number, file: string): MlcError {
  return new MlcError('MLC-C017', `${file} line ${lineOf(source, at)}: ${message}`)
}

/** 1-based line of a character. */
export function lineOf(text: string, at: number): number {
  return text.slice(0, at).split('\n').length
}
