import { CATALOGUE, CATEGORY_EXIT, EXIT, MlcError } from '../errors.js'
import { failure, skip, type Finding } from './finding.js'

export type Group = 'Local' | 'Looker' | 'QAD'

/** One link of the chain. */
export interface Check {
  /** Stable: scripts read it. */
  readonly id: string
  readonly group: Group
  /** Checks without whose success this one says nothing. */
  readonly needs: readonly string[]
  /** Checks that it asks about, and that are no condition for it. */
  readonly after?: readonly string[]
  run(before: (id: string) => CheckResult | null): Promise<Finding>
}

export interface CheckResult extends Finding {
  readonly id: string
  readonly group: Group
}

export interface Diagnosis {
  /** What was asked for and what of it failed below, in the order of the contract. */
  readonly shown: readonly CheckResult[]
  readonly exitCode: number
}

/**
 * Runs what was asked for and what that depends on, each once. What depends on a check that failed or was skipped is skipped.
 * @param only ids or their beginnings such as `looker`; empty: all
 * @param last ids that run after all others, wherever they are shown
 */
export async function diagnose(
  checks: readonly Check[],
  only: readonly string[],
  last: readonly string[],
): Promise<Diagnosis> {
  const byId = new Map(checks.map((check) => [check.id, check]))
  const results = new Map<string, CheckResult>()
  const asked = checks.filter(({ id }) => only.length === 0 || only.some((prefix) => isPartOf(id, prefix)))
  const settle = async (check: Check): Promise<CheckResult> => {
    const known = results.get(check.id)
    if (known) return known
    for (const id of [...check.needs, ...(check.after ?? [])]) {
      const needed = byId.get(id)
      if (needed) await settle(needed)
    }
    const finding = blocked(check, results) ?? (await outcome(check, (id) => results.get(id) ?? null))
    const result = { id: check.id, group: check.group, ...finding }
    results.set(check.id, result)
    return result
  }
  for (const check of asked.filter(({ id }) => !last.includes(id))) await settle(check)
  for (const check of asked.filter(({ id }) => last.includes(id))) await settle(check)
  const counted = new Set(asked.flatMap((check) => grounds(check, byId, results)))
  const inOrder = checks.flatMap(({ id }) => (counted.has(id) ? (results.get(id) ?? []) : []))
  const ids = new Set(asked.map(({ id }) => id))
  // Why something was skipped is shown with what to do about it, though it was not asked for.
  const shown = inOrder.filter(({ id, status }) => ids.has(id) || status === 'fail')
  return { shown, exitCode: exitCodeOf(inOrder) }
}

/** A check and what its result rests on: what failed there decides the exit as well, though it was not asked for. */
function grounds(
  check: Check,
  byId: ReadonlyMap<string, Check>,
  results: ReadonlyMap<string, CheckResult>,
): readonly string[] {
  const asked = results.get(check.id)?.status === 'skip' ? (check.after ?? []) : []
  const below = [...check.needs, ...asked].flatMap((id) => byId.get(id) ?? [])
  return [check.id, ...below.flatMap((one) => grounds(one, byId, results))]
}

/** @throws MLC-C006 naming what there is */
export function refuseUnknown(checks: readonly Check[], only: readonly string[], families: readonly string[]): void {
  for (const prefix of only) {
    if (checks.some(({ id }) => isPartOf(id, prefix)) || families.some((family) => isPartOf(prefix, family))) continue
    throw new MlcError('MLC-C006', `--only ${JSON.stringify(prefix)} names no check`, {
      fix: `Use one of ${checks.map(({ id }) => id).join(', ')}, or the beginning of one such as looker.`,
    })
  }
}

function isPartOf(id: string, prefix: string): boolean {
  return id === prefix || id.startsWith(`${prefix}.`)
}

function blocked({ needs }: Check, results: ReadonlyMap<string, CheckResult>): Finding | null {
  const missing = needs
    .flatMap((id) => results.get(id) ?? [])
    .find(({ status }) => status === 'fail' || status === 'skip')
  if (!missing) return null
  // The reason of a skip goes on as it is: it names the check at the bottom of it, which tells the rest itself.
  return skip(missing.status === 'skip' ? missing.detail : `needs ${missing.id}, which failed`)
}

/** Errors become findings: one broken link must not hide the others. */
async function outcome(check: Check, before: Parameters<Check['run']>[0]): Promise<Finding> {
  try {
    return await check.run(before)
  } catch (error) {
    return failure(error)
  }
}

/** The first check that failed decides. (CLI contract, section 8) */
function exitCodeOf(results: readonly CheckResult[]): number {
  const first = results.find(({ status }) => status === 'fail')
  if (!first?.code) return EXIT.done
  const { category } = CATALOGUE[first.code]
  if (category === 'unexpected') return EXIT.unexpected
  // The other side is down or out of reach, at whichever step that shows.
  if (category === 'unavailable') return EXIT.unavailable
  const exit = EXITS.find(([pattern]) => pattern.test(first.id))?.[1] ?? EXIT.guard
  return exit === 'own' ? CATEGORY_EXIT[category] : exit
}

/** `own`: the exit that the error has everywhere else. */
const EXITS: readonly (readonly [RegExp, number | 'own'])[] = [
  // A name that does not resolve is "unavailable" already; what is left there is a setting such as HTTPS_PROXY.
  [/^(node|config|state\.writable)$|\.(dns|tls)$/, EXIT.usage],
  [/^audit\./, EXIT.audit],
  // Credentials and permissions that are missing or refused are 4 wherever mlc meets them. A store that does not exist is a
  // setting (2), and an address where nobody can log in at all is a guard's (6), as it is for a sync.
  [/^secrets\.|\.login$|^looker\.permissions$/, 'own'],
]
