import { MlcError } from '../../errors.js'
import { TransportError } from '../../http/http.js'
import { counted } from '../../model/counted.js'
import { placesNamed } from '../../model/place.js'
import { browsePath } from '../browse.js'
import { at, isList, isObject, readExact, type Exact } from '../exact.js'
import type { AdaptiveOptions } from '../options.js'
import { readAnswer } from '../read.js'
import { describeRead, findList } from '../rows.js'
import type { Tenant } from '../tenant.js'
import { transportFailure } from '../transport.js'
import { factsOf, refusalOf, sampleOf, type Fact } from './fact.js'
import type { Sample } from './rows.js'

const facts = factsOf('workspace')

const WRONG_COMPANY = 'a reference could be posted into the company that QAD takes for the default one of the user'

/** Whose rows QAD answers, and whether it looks at the workspace that is sent along. */
export async function workspaceFacts(
  tenant: Tenant,
  options: AdaptiveOptions,
  samples: readonly Sample[],
): Promise<readonly Fact[]> {
  return [
    rowsFact(samples, options),
    await elsewhereFact(tenant, options, samples),
    await listedFact(tenant, options),
  ].filter((fact) => fact !== null)
}

function rowsFact(samples: readonly Sample[], { domain, entity }: AdaptiveOptions): Fact {
  const ours = { domain, entity }
  const told: string[] = []
  for (const { name, rows } of samples) {
    const named = placesNamed(rows)
    for (const what of ['domain', 'entity'] as const) {
      const found = named[what]
      if (found.length === 0) continue
      if (!found.some((one) => one.toUpperCase() === ours[what].toUpperCase()))
        return facts.contradicted(
          'rows',
          `reads.${name} shows rows of ${what} ${sampleOf(found)}, not of ${ours[what]}`,
          { meaning: WRONG_COMPANY, change: 'Correct qad.domain, qad.entity and qad.workspace.' },
          'MLC-Q040',
        )
      told.push(`${what} ${ours[what]} (reads.${name})`)
    }
  }
  if (told.length > 0) return facts.confirmed('rows', `rows name ${[...new Set(told)].slice(0, 4).join(', ')}`)
  return facts.assumed('rows', 'no row says which company it belongs to', { meaning: WRONG_COMPANY })
}

/** No company of anybody. */
const NOWHERE = { domain: 'ZZNONE', entity: 'ZZNONE' }

async function elsewhereFact(
  tenant: Tenant,
  options: AdaptiveOptions,
  samples: readonly Sample[],
): Promise<Fact | null> {
  const { mode, header } = options.workspace
  if (mode === 'none')
    return facts.assumed('honoured', 'none is sent: qad.workspace.mode is none', {
      meaning: WRONG_COMPANY,
      change: 'Set qad.workspace.mode to header, if the tenant takes it.',
    })
  const sample = samples.find(({ rows }) => rows.length > 0)
  if (sample === undefined) return null
  const seen = `with a workspace that does not exist in ${header}`
  const [here, there] = [await rowsOf(tenant, sample, null), await rowsOf(tenant, sample, NOWHERE)]
  if (typeof here === 'string') return null
  if (typeof there === 'string') return facts.confirmed('honoured', `${seen} QAD answers ${there}`)
  if (there.length === 0) return facts.confirmed('honoured', `${seen} reads.${sample.name} is empty`)
  const isSame = JSON.stringify(here) === JSON.stringify(there)
  if (!isSame) return facts.confirmed('honoured', `${seen} reads.${sample.name} shows other rows`)
  return facts.assumed(
    'honoured',
    `${seen} QAD answers the same ${counted(there.length, 'row')}: it does not look at it`,
    {
      meaning: WRONG_COMPANY,
      change: `Check with the administrator that ${options.domain} ${options.entity} is the one workspace of the user, or correct qad.workspace.`,
    },
  )
}

/** The first rows under a workspace; words where QAD answers none. Row numbers of a page are left out. */
async function rowsOf(
  tenant: Tenant,
  { name, read }: Sample,
  company: typeof NOWHERE | null,
): Promise<readonly Exact[] | string> {
  const page = { callId: tenant.uuid(), page: 1, pageSize: 50, filters: [] }
  const path = read.browse ? browsePath(read.browse, page, describeRead(name, read)) : (read.path ?? '')
  try {
    const { answer } = await tenant.send({ method: 'GET', path, ...(company ? { elsewhere: company } : {}) })
    if (answer.status !== 200) return `HTTP ${answer.status}`
    const body = readExact(answer.text)?.value ?? null
    const rows = findList(body, read.rows ?? 'data')
    if (rows === null) return 'no rows'
    return rows.map((row) =>
      isObject(row)
        ? Object.entries(row)
            .filter(([column]) => !column.startsWith('local_variables'))
            .flat()
        : row,
    )
  } catch (error) {
    if (error instanceof TransportError) throw transportFailure(error, `QAD at ${tenant.baseUrl}`, tenant.signal)
    return refusalOf(error).message
  }
}

/** The list that the web client fills its workspace menu from, where the tenant has it. */
async function listedFact(tenant: Tenant, { domain, entity }: AdaptiveOptions): Promise<Fact | null> {
  const path = '/api/qracore/inboxdata?loadAll=true'
  const answer = await readAnswer(tenant, path, 'the workspaces of the user').catch(refusalOf)
  if (answer instanceof MlcError || !isObject(answer)) return null
  const list = at(answer, 'data.workspaceNotifications')
  if (!isList(list) || list.length === 0) return null
  const named = list.filter(isObject).map((one) => `${textOf(at(one, 'domainCode'))} ${textOf(at(one, 'entityCode'))}`)
  const isOurs = named.some((one) => one.toUpperCase() === `${domain} ${entity}`.toUpperCase())
  const seen = `the user has ${counted(named.length, 'workspace')}: ${sampleOf(named, 5)}`
  if (isOurs) return facts.confirmed('of the user', seen)
  return facts.assumed('of the user', `${seen}; not ${domain} ${entity}`, {
    meaning: WRONG_COMPANY,
    change: 'Have the user given that workspace, or correct qad.domain and qad.entity.',
  })
}

function textOf(value: Exact | undefined): string {
  return typeof value === 'string' ? value : ''
}
