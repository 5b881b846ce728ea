import type { Row } from '../model/row.js'
import { apiUrl } from './address.js'
import { MlcError } from '../errors.js'
import { readExpression, readFilters } from './answer.js'
import type { Api, Attempt } from './api.js'
import type { ToldFilters, Untold } from './applied.js'
import { queryCall, taskCalls } from './call.js'
import type { ResolvedSource } from './describe.js'
import type { Run } from './run.js'
import type { PullResult, RowStream } from './source.js'
import { isObject } from './words.js'

/**
 * The rows of a source, and after the last of them what Looker made of the filters: one that it dropped widens every figure,
 * and the plain format of older releases does not tell.
 * @param learns whether one small call more is spent where the answers did not tell
 * @param warn what nobody may miss
 */
export function withFilters(rows: RowStream, run: Run, learns: boolean, warn: (text: string) => void): RowStream {
  let warnings: readonly string[] = []

  async function* read(): AsyncGenerator<readonly Row[], void> {
    yield* rows
    if (learns && namesOf(run.told().untold).length > 0) await run.learnFilters()
    const names = namesOf(run.told().untold)
    warnings = [...run.told().warnings, ...(names.length > 0 ? [untold(names, learns)] : [])]
    warnings.forEach(warn)
  }

  return {
    [Symbol.asyncIterator]: read,
    result(): PullResult {
      const result = rows.result()
      const { filters: appliedFilters, notes } = run.told()
      const told = { ...result, requests: run.requests(), appliedFilters, notes }
      return warnings.length > 0 ? { ...told, warnings } : told
    },
  }
}

function namesOf({ filters, fields }: Untold): readonly string[] {
  return [...filters, ...fields]
}

/**
 * Asks for one row in the format that told its filters before json_bi did. (json_detail: `applied_filters`)
 * @param names what is to be learnt, in words
 * @returns null where Looker refuses that or has no such member @throws MlcError for an outage
 */
export async function askFilters(
  api: Api,
  source: ResolvedSource,
  sorts: readonly string[] | undefined,
  names: readonly string[],
  sent: () => void,
): Promise<ToldFilters | null> {
  const question = sorts === undefined ? { limit: 1 } : { limit: 1, sorts }
  const value = await learnt(api.attempt(queryCall(api.baseUrl, source, question, 'json_detail'), sent), names)
  if (value === null) return null
  const expression = readExpression(value['applied_filter_expression'])
  return { filters: readFilters(value['applied_filters']), expression }
}

/** The query as Looker makes it of what is asked, which is not run. @returns null where Looker refuses @throws MlcError for an outage */
export async function askQuery(
  api: Api,
  source: ResolvedSource,
  names: readonly string[],
  sent: () => void,
): Promise<Readonly<Record<string, unknown>> | null> {
  return learnt(api.attempt(taskCalls(api.baseUrl, source, { limit: -1 }, 'json').query, sent), names)
}

/** Rows whose filters may have been dropped are not used: one that Looker cannot tell now it may tell tomorrow. */
async function learnt(asked: Promise<Attempt>, names: readonly string[]) {
  const outcome = await asked.catch((error: unknown) => {
    throw error instanceof MlcError ? notVerified(error, names) : error
  })
  if (outcome.refused === null) return outcome.value
  if (outcome.isOutage) throw notVerified(outcome.error, names)
  return null
}

function notVerified(error: MlcError, names: readonly string[]): MlcError {
  const message = `the rows came, but whether Looker applied the ${listed(names)} could not be verified: ${error.message}`
  return new MlcError(error.code, message, { cause: error, fix: NOT_VERIFIED })
}

const NOT_VERIFIED =
  'Run the same command again later: nothing was used. Looker 24.4 and later tells its filters with the rows.'

/** The release of Looker; null where it does not say. @throws MlcError for an outage, and where the session or 403 is in the way */
export async function askRelease(api: Api): Promise<string | null> {
  const url = apiUrl(api.baseUrl, ['versions'])
  const outcome = await api.attempt({ subject: { kind: 'versions' }, method: 'GET', url }, () => undefined)
  if (outcome.refused !== null) {
    if (outcome.isOutage || outcome.refused.status === 403) throw outcome.error
    return null
  }
  const release = isObject(outcome.value) ? outcome.value['looker_release_version'] : null
  return typeof release === 'string' ? release : null
}

function untold(names: readonly string[], isAsked: boolean): string {
  const tells = isAsked ? 'tells neither with the rows nor when asked' : 'does not tell with these rows'
  return `Looker ${tells} whether it applied the ${listed(names)}: compare the figures with its own Explore`
}

function listed(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return names.slice(0, MOST_NAMES).join(', ') + more
}

const MOST_NAMES = 5
