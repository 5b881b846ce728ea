import type { Row } from '../model/row.js'
import { apiUrl } from './address.js'
import { readFilters } from './answer.js'
import type { Api } from './api.js'
import { queryCall } from './call.js'
import type { ResolvedSource } from './describe.js'
import type { Run } from './run.js'
import type { PullResult, RowStream } from './source.js'
import { isObject, quote } from './words.js'

/**
 * The rows of a source, and after the last of them what Looker made of the filters: one that it dropped widens every figure,
 * and the plain format of older releases does not tell.
 * @param learns whether one small call more is spent where the answers did not tell
 * @param warn what nobody may miss
 */
export function withFilters(
  rows: RowStream,
  run: Run,
  { filters }: ResolvedSource['definition'],
  learns: boolean,
  warn: (text: string) => void,
): RowStream {
  const asked = Object.keys(filters).filter((field) => filters[field]?.trim() !== '')
  let warnings: readonly string[] = []

  async function* read(): AsyncGenerator<readonly Row[], void> {
    yield* rows
    const isUntold = () => asked.length > 0 && run.told().filters === null
    if (learns && isUntold()) await run.learnFilters()
    warnings = isUntold() ? [...run.told().warnings, untold(asked, learns)] : run.told().warnings
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

/**
 * Asks for one row in the format that told its filters before json_bi did. (json_detail: `applied_filters`)
 * @returns null where Looker refuses that or has no such member @throws MlcError for an outage
 */
export async function askFilters(
  api: Api,
  source: ResolvedSource,
  sorts: readonly string[] | undefined,
  sent: () => void,
): Promise<Readonly<Record<string, string>> | null> {
  const question = sorts === undefined ? { limit: 1 } : { limit: 1, sorts }
  const outcome = await api.attempt(queryCall(api.baseUrl, source, question, 'json_detail'), sent)
  if (outcome.refused === null) return outcome.value && readFilters(outcome.value['applied_filters'])
  if (outcome.isOutage) throw outcome.error
  return null
}

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

function untold(asked: readonly string[], isAsked: boolean): string {
  const shown = asked.slice(0, 5).map((field) => quote(field, 80))
  const more = asked.length > shown.length ? ` and ${asked.length - shown.length} more` : ''
  const tells = isAsked ? 'tells neither with the rows nor when asked' : 'does not tell with these rows'
  const names = `${asked.length === 1 ? 'filter' : 'filters'} ${shown.join(', ')}${more}`
  return `Looker ${tells} whether it applied the ${names}: compare the figures with its own Explore`
}
