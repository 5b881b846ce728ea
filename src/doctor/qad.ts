import type { QadConfig } from '../config/schema.js'
import { MlcError } from '../errors.js'
import { formatPeriod, likelyPeriods, type CalendarPeriod, type Period } from '../model/period.js'
import { isoTime } from '../model/clock.js'
import { placesNamed } from '../model/place.js'
import type { Check } from './check.js'
import { fail, failure, ok, skip, warn, type Finding } from './finding.js'
import type { DoctorPorts, QadLink } from './ports.js'
import { reachChecks } from './reach.js'
import { checkSwagger } from './swagger.js'
import { counted } from '../model/counted.js'

export type ReadName = keyof QadConfig['reads']

/** In the order in which they are checked and shown. */
export const READS = ['glAccounts', 'costCentres', 'periods', 'balances', 'posted', 'daybooks'] as const

/** From the name of the tenant's host to the rows of each configured read. Nothing is written. */
export function qadChecks(qad: QadConfig, ports: DoctorPorts): Check[] {
  const group = 'QAD' as const
  const configured = READS.filter((name) => qad.reads[name] !== null)
  const calendar = createCalendar(qad, ports)
  return [
    ...reachChecks('qad', qad.baseUrl, ports, qad.kind === 'qxtend' ? 'qad.qxtend.url' : 'qad.baseUrl'),
    { id: 'qad.login', group, needs: ['qad.tls', 'secrets.qad'], run: () => checkLogin(qad, ports) },
    { id: 'qad.workspace', group, needs: ['qad.login'], run: () => checkWorkspace(qad, configured, ports) },
    {
      id: 'qad.swagger',
      group,
      needs: qad.swagger === null ? [] : ['qad.workspace'],
      run: () => checkSwagger(qad, ports),
    },
    ...configured.map((name): Check => ({
      id: `qad.reads.${name}`,
      group,
      needs: ['qad.workspace'],
      run: async () => checkRead(name, await ports.qad(), calendar),
    })),
    {
      id: 'qad.daybook',
      group,
      needs: qad.write?.target === 'journal' ? ['qad.login'] : [],
      run: () => checkDaybook(qad, ports),
    },
  ]
}

async function checkDaybook({ write, reads }: QadConfig, ports: DoctorPorts): Promise<Finding> {
  if (write?.target !== 'journal')
    return skip('references are no journals, so there is no daybook whose layer could be wrong')
  const name = `the daybook ${write.daybook ?? ''}`
  const { caution } = await (await ports.qad()).readiness()
  if (caution !== null) return warn(caution, 'Before each post a person has to type yes.', 'MLC-Q043')
  if (reads.daybooks !== null) return ok(`${name} is active and posts to a transient layer`)
  return warn(
    `no read shows ${name}: that its layer is transient is believed, not seen`,
    'Add qad.reads.daybooks with columns code and layerType, or have its layer looked up in QAD.',
    'MLC-Q042',
  )
}

async function checkLogin(qad: QadConfig, ports: DoctorPorts): Promise<Finding> {
  try {
    await (await ports.qad()).logIn()
    const { origin } = await ports.secret('qad')
    if (qad.kind !== 'qxtend') return ok(`login (${qad.auth.type}) with ${origin}`)
    if (qad.qxtend?.queryTemplate) return ok(`receiver ${qad.qxtend.receiver} takes the query QDoc with ${origin}`)
    return warn(
      `QXtend answers; user and password from ${origin} are tried by the first QDoc only`,
      'Add qad.qxtend.queryTemplate: with a query QDoc mlc can also read back what it posts.',
      'MLC-Q042',
    )
  } catch (error) {
    const found = failure(error)
    if (!(error instanceof MlcError) || error.code !== 'MLC-Q005') return found
    if (qad.kind === 'qxtend') return found
    return {
      ...found,
      fix: `${error.fix} It is ${qad.baseUrl}; the web address of a tenant up to /#/ is what belongs there.`,
    }
  }
}

/** A refusal at one read may be about that read; only when all refuse is it the workspace. */
async function checkWorkspace(qad: QadConfig, reads: readonly ReadName[], ports: DoctorPorts): Promise<Finding> {
  if (qad.kind === 'qxtend' && reads.length === 0)
    return skip('every QDoc names domain and entity; without a query QDoc no answer tells the company')
  const link = await ports.qad()
  const name = workspaceName(qad)
  let refusal: MlcError | null = null
  let isIn = false
  for (const read of reads) {
    const sample = await link.sample(read).catch(refusalOrThrow)
    if (sample instanceof MlcError) refusal ??= sample
    else if (sample.length > 0) return checkPlace(sample, name, qad)
    else isIn = true
  }
  if (isIn) return ok(`QAD answers in ${name}, with no rows to tell the company by`)
  if (refusal === null)
    return warn(
      `no read is configured, so ${name} cannot be tried`,
      'Add qad.reads.glAccounts and qad.reads.costCentres.',
    )
  return fail(
    'MLC-Q040',
    `QAD does not let the user into ${name}: ${refusal.message}`,
    `Check qad.domain (${qad.domain}), qad.entity (${qad.entity}) and qad.workspace, or have the user given that workspace.`,
  )
}

/** Whatever else is wrong with a read is told by the check of that read. */
function refusalOrThrow(error: unknown): MlcError | readonly Row[] {
  if (!(error instanceof MlcError) || error.category === 'unavailable' || error.code === 'MLC-Q004') throw error
  return error.code === 'MLC-Q006' ? error : []
}

type Row = Readonly<Record<string, unknown>>

function workspaceName({ kind, workspace, domain, entity }: QadConfig): string {
  if (kind === 'qxtend') return `domain ${domain} and entity ${entity}`
  const id = workspace.template.replaceAll('{domain}', domain).replaceAll('{entity}', entity)
  return workspace.mode === 'none' ? 'the user’s default workspace' : `workspace ${id}`
}

/** Rows that say where they belong must belong to us: the header may be ignored, and then the user's default company answers. */
function checkPlace(rows: readonly Row[], name: string, { domain, entity }: QadConfig): Finding {
  const ours = { domain, entity }
  const told: string[] = []
  const named = placesNamed(rows)
  for (const what of ['domain', 'entity'] as const) {
    const found = named[what]
    if (found.length === 0) continue
    if (!found.some((value) => value.toUpperCase() === ours[what].toUpperCase()))
      return fail(
        'MLC-Q040',
        `QAD answers with rows of ${what} ${found.slice(0, 3).join(', ')} instead of ${ours[what]} in ${name}`,
        'Check qad.workspace (mode, header, template), qad.domain and qad.entity: QAD did not take the workspace it was sent.',
      )
    told.push(`${what} ${ours[what]}`)
  }
  return ok(`QAD answers in ${name}${told.length === 0 ? '' : ` with rows of ${told.join(' and ')}`}`)
}

/** Where movements are to be expected, the likeliest first: today's period, the one before it, the newest open ones. */
type Calendar = () => Promise<readonly Period[]>

const MOST_PERIODS = 4

function createCalendar(qad: QadConfig, ports: DoctorPorts): Calendar {
  return async () => {
    const link = await ports.qad()
    const calendar: readonly CalendarPeriod[] = qad.reads.periods === null ? [] : await link.periods().catch(() => [])
    return likelyPeriods(calendar, isoTime(ports.clock), MOST_PERIODS)
  }
}

async function checkRead(name: ReadName, link: QadLink, calendar: Calendar): Promise<Finding> {
  switch (name) {
    case 'glAccounts':
      return masterFinding('account', await link.masters('glAccounts'))
    case 'costCentres':
      return masterFinding('cost centre', await link.masters('costCentres'))
    case 'periods':
      return periodsFinding(await link.periods(), await calendar())
    case 'balances':
      return movementsFinding(await calendar(), (period) => link.balances(period), 'balance')
    case 'posted':
      return movementsFinding(await calendar(), (period) => link.posted(period), 'reference')
    case 'daybooks': {
      const count = await countOf(link.daybooks())
      return count > 0 ? ok(`${count} daybooks`) : nothing('no daybook')
    }
  }
}

function masterFinding(what: string, codes: readonly { readonly active: boolean }[]): Finding {
  const inactive = codes.filter(({ active }) => !active).length
  const size = counted(codes.length, what)
  if (inactive < codes.length) return ok(`${size}, ${inactive} of them inactive`)
  return warn(
    `${size}, none of them active`,
    'Check columns.active of this read: mlc posts to active codes only.',
    'MLC-Q042',
  )
}

function periodsFinding(periods: readonly CalendarPeriod[], [current]: readonly Period[]): Finding {
  const known = current && periods.find(({ year, period }) => year === current.year && period === current.period)
  const size = counted(periods.length, 'period')
  if (!current || !known)
    return warn(`${size}, none of them holds today`, 'Have the periods of this year made in QAD.', 'MLC-Q032')
  const open = periods.filter((period) => period.open)
  if (open.length === 0)
    return warn(
      `${size}, none of them open (${formatPeriod(known)} is ${JSON.stringify(known.status)})`,
      'Check openValues of this read against the words of QAD, or ask for a period to be opened.',
      'MLC-Q031',
    )
  const now = `${formatPeriod(known)} is ${known.open ? 'open' : JSON.stringify(known.status)}`
  return ok(`${size}, ${now}${known.open ? '' : `, open: ${open.map(formatPeriod).slice(-6).join(', ')}`}`)
}

/** The newest period may have no movement yet, so the one before it counts as well. */
async function movementsFinding(
  periods: readonly Period[],
  read: (period: Period) => AsyncIterable<unknown>,
  what: string,
): Promise<Finding> {
  for (const period of periods) {
    const count = await countOf(read(period))
    if (count > 0) return ok(`${counted(count, what)} in ${formatPeriod(period)}`)
  }
  const where = periods.map(formatPeriod).join(' and ')
  return nothing(`no ${what} in ${where === '' ? 'any period' : where}, so its columns could not be tried`)
}

function nothing(detail: string): Finding {
  return warn(
    detail,
    'Harmless when there is nothing there yet; else check the browse, its filters, and the rights of the user.',
    'MLC-Q042',
  )
}

async function countOf(rows: AsyncIterable<unknown>): Promise<number> {
  let count = 0
  for await (const row of rows) if (row !== undefined) count++
  return count
}
