import { MlcError } from '../errors.js'
import type { Path } from './document.js'
import type { LoadedConfig } from './load.js'
import { fieldName, type ConfigProblem } from './problems.js'

/** Values that name variables which are not set, each with a text in its place that the file is sound with. */
export interface Unset {
  /** What the value becomes; it is never seen outside of this folder. */
  standIn(path: Path, problem: ConfigProblem): string
  /** Tries other texts where these were refused. @returns false when there are none left */
  next(refused: readonly Path[]): boolean
  readonly problems: readonly ConfigProblem[]
}

/** An address, a word, a number: one of them is sound in nearly every field. */
const STAND_INS = ['https://unset.invalid', 'unset', '1', 'true'] as const

export function createUnset(): Unset {
  const found = new Map<string, { readonly path: Path; readonly problem: ConfigProblem; tried: number }>()
  return {
    standIn(path, problem) {
      const one = found.get(fieldName(path)) ?? { path, problem, tried: 0 }
      found.set(fieldName(path), one)
      return STAND_INS[one.tried] ?? ''
    },
    next(refused) {
      const names = new Set(refused.map(fieldName))
      const meant = [...found.values()].filter(({ path }) => names.has(fieldName(path)))
      for (const one of meant) one.tried++
      return meant.length > 0 && meant.every(({ tried }) => tried < STAND_INS.length)
    },
    get problems() {
      return [...found.values()].map(({ problem }) => problem)
    },
  }
}

/**
 * The configuration in which a value whose variable is not set can be passed over, but not read: an auditor who has the state
 * folder need not know where Looker and QAD are. @returns as it was, where all are set
 */
export function refusingUnset(loaded: LoadedConfig): LoadedConfig {
  for (const { path, line, text } of loaded.unset) {
    const refuse = () => {
      throw new MlcError('MLC-C004', `${loaded.shownAs} line ${line}: ${fieldName(path)}: ${text}`)
    }
    for (const place of [path, ...copiesOf(path)]) guard(loaded.config, place, refuse)
  }
  return loaded
}

/** QXtend's one address stands for the tenant's as well. */
function copiesOf(path: Path): readonly Path[] {
  return fieldName(path) === 'qad.qxtend.url' ? [['qad', 'baseUrl']] : []
}

function guard(root: object, path: Path, refuse: () => never): void {
  const parent = path.slice(0, -1).reduce<unknown>((here, name) => (isObject(here) ? here[name] : undefined), root)
  const name = path.at(-1)
  if (name !== undefined && isObject(parent) && name in parent)
    Object.defineProperty(parent, name, { get: refuse, enumerable: true })
}

function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === 'object' && value !== null
}
