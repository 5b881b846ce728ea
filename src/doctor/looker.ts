import type { LookerConfig } from '../config/schema.js'
import { MlcError } from '../errors.js'
import { deliveryModeOf, type Job } from '../model/job.js'
import type { Check } from './check.js'
import { fail, failure, ok, skip, warn, type Finding } from './finding.js'
import type { DoctorPorts, Grants, LookerLink } from './ports.js'
import { portFix, portOf, reachChecks, siblingPort } from './reach.js'

/**
 * From the name of the Looker host to the columns of each job's source. Reads metadata only: no query runs.
 * @param publicUrl where Looker may deliver to; null: nowhere
 */
export function lookerChecks(
  looker: LookerConfig,
  jobs: readonly Job[],
  ports: DoctorPorts,
  publicUrl: string | null,
): Check[] {
  const group = 'Looker' as const
  const needs = ['looker.login']
  const link = () => ports.looker()
  return [
    ...reachChecks('looker', looker.baseUrl, ports),
    {
      id: 'looker.login',
      group,
      needs: ['looker.tls', 'secrets.looker'],
      run: () => checkLogin(new URL(looker.baseUrl), ports),
    },
    { id: 'looker.version', group, needs, run: async () => checkRelease(await (await link()).release()) },
    {
      id: 'looker.permissions',
      group,
      needs,
      run: async () => {
        const needed = neededFor(jobs, looker.timeZone !== null)
        return checkPermissions(await (await link()).grants(), needed, publicUrl !== null && jobs.some(isOfLook))
      },
    },
    ...jobs.map((job): Check => {
      const isDelivered = deliveryModeOf(job.source) === 'payload'
      const run = async () => (isDelivered ? skip('fed by deliveries') : checkSource(job, await link()))
      return { id: `looker.source.${job.name}`, group, needs, run }
    }),
  ]
}

async function checkLogin(url: URL, ports: DoctorPorts): Promise<Finding> {
  try {
    await (await ports.looker()).logIn()
    const secret = await ports.secret('looker')
    return ok(`login with the key from ${secret.origin}`)
  } catch (error) {
    const found = failure(error)
    if (!(error instanceof MlcError)) return found
    if (error.code === 'MLC-L004') return { ...found, fix: await refusedKeyFix(ports) }
    return error.code === 'MLC-L005' ? { ...found, fix: await elsewhereFix(url, ports) } : found
  }
}

// Looker answers 404 "Not found" to a wrong key; only the JSON tells it from a wrong address.
async function refusedKeyFix(ports: DoctorPorts): Promise<string> {
  const { store } = await ports.secret('looker')
  const set = 'set MLC_LOOKER_CLIENT_ID and MLC_LOOKER_CLIENT_SECRET anew (Admin > Users > Edit > API keys)'
  return store === 'none' ? `S${set.slice(1)}; mlc login looker tries them.` : `mlc login looker, or ${set}.`
}

/** No Looker API at this port: is it at the other one? */
async function elsewhereFix(url: URL, ports: DoctorPorts): Promise<string> {
  const down = 'If the address is right, the instance is down: try again later, and look at https://status.looker.com.'
  const port = siblingPort(portOf(url))
  if (port === null) return `Check host and port in looker.baseUrl (443 or 19999). ${down}`
  const target = { host: url.hostname, port, isTls: true, proxy: ports.proxyFor(url) }
  const answers = await ports.network.open({ ...target, authorities: await ports.authorities('looker') }).then(
    () => true,
    () => false,
  )
  return answers ? portFix(url, port) : `Check looker.baseUrl: the API listens on 443 or 19999. ${down}`
}

/** Before 22.0 API 4.0 is not stable; before 24.4 there is no json_bi, which says what filters were applied. */
function checkRelease(release: string | null): Finding {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? []
  if (release === null || major === undefined)
    return warn(
      `the release is not told (${JSON.stringify(release)})`,
      'Ask the Looker administrator for it; 24.4 or later is wanted.',
    )
  const found = `Looker ${release}`
  if (Number(major) < 22) return fail('MLC-L040', `${found}; needed: 22.0 or later`)
  const isOld = Number(major) < 24 || (Number(major) === 24 && Number(minor) < 4)
  if (!isOld) return ok(found)
  return warn(
    `${found} has no json_bi (24.4 has): figures come as json, which does not tell the filters that were applied`,
    'Have Looker updated to 24.4 or later.',
    'MLC-L040',
  )
}

function checkPermissions({ user, permissions }: Grants, needed: readonly string[], mayPlan: boolean): Finding {
  const who = user === null ? 'the API user' : `API user ${JSON.stringify(user)}`
  if (permissions === null)
    return warn(
      `the permissions of ${who} are not readable`,
      'Check in Looker (Admin > Roles) that it has access_data, see_looks, explore and download_without_limit.',
    )
  const missing = needed.filter((permission) => !permissions.has(permission))
  const ask = (list: readonly string[]) => `Ask the Looker administrator for ${list.join(', ')} on the role of ${who}.`
  if (missing.length > 0) return fail('MLC-L006', `${who} lacks ${missing.join(', ')}`, ask(missing))
  if (!permissions.has('download_without_limit'))
    return warn(
      `${who} lacks download_without_limit: a result of more than 5,000 rows is cut, and mlc refuses it`,
      ask(['download_without_limit']),
      'MLC-L006',
    )
  const unplanned = mayPlan ? PLAN_PERMISSIONS.filter((permission) => !permissions.has(permission)) : []
  if (unplanned.length > 0)
    return warn(
      `${who} lacks ${unplanned.join(', ')}: mlc schedule looker cannot have a Look delivered to ingest.publicUrl`,
      `${ask(unplanned)} Where somebody else makes the scheduled plans, nothing is wrong.`,
      'MLC-L006',
    )
  return ok(`${who} has ${[...needed, 'download_without_limit'].join(', ')}${withoutDashboards(permissions)}`)
}

/** To see what is delivered, and to deliver it to a webhook. (Looker, Roles) */
const PLAN_PERMISSIONS = ['see_looks', 'send_outgoing_webhook']

/** No job pulls a dashboard, so it is no fault; but who tries by hand is told 404, as if there were none. */
function withoutDashboards(permissions: ReadonlySet<string>): string {
  const missing = ['see_user_dashboards', 'see_lookml_dashboards'].filter((permission) => !permissions.has(permission))
  if (missing.length === 0) return ''
  return `; not ${missing.join(', ')}, which only pull --dashboard needs`
}

/** A scheduled plan delivers a Look. */
function isOfLook({ source }: Job): boolean {
  return source.look !== null
}

function neededFor(all: readonly Job[], hasTimeZone: boolean): readonly string[] {
  const jobs = all.filter(({ source }) => deliveryModeOf(source) !== 'payload')
  const hasLook = jobs.length === 0 || jobs.some(({ source }) => source.look !== null)
  // A Look with other filters or another time zone than its own is run as a query.
  const hasQuery = jobs.some(({ source }) => source.look === null || Object.keys(source.filters).length > 0)
  return ['access_data', ...(hasLook ? ['see_looks'] : []), ...(hasQuery || hasTimeZone ? ['explore'] : [])]
}

/** Describes the source as a pull would, with its placeholders unfilled: names are looked at, values are not. */
async function checkSource({ source, figure }: Job, looker: LookerLink): Promise<Finding> {
  const { look, query, slug, filters, paging, expect } = source
  const found = await looker.describe({
    look,
    query: query === null ? null : { model: query.model, explore: query.explore, fields: query.fields },
    slug,
    filters: { ...query?.filters, ...filters },
    sorts: query?.sorts ?? [],
    timeZone: query?.timezone ?? null,
    paging,
    limit: 'all',
  })
  const name =
    found.look === null ? `${found.model}/${found.explore}` : `Look ${found.look} ${JSON.stringify(found.title ?? '')}`
  if (expect.definition !== null && expect.definition !== found.definition)
    return fail('MLC-L026', `${name} has changed: it is ${found.definition}, pinned is ${expect.definition}`)
  const names = found.fields.map((field) => field.name)
  const missing = columnsOf(figure).filter((column) => !names.includes(column))
  if (missing.length > 0)
    return fail('MLC-P005', `${name} has no column ${missing.join(', ')} (it has ${names.join(', ')})`)
  const pinned = expect.definition === null ? 'not pinned' : 'as pinned'
  return ok(
    `${name} has the ${names.length === 1 ? 'column' : `${columnsOf(figure).length} columns`} of the job, ${pinned}`,
  )
}

/** A three-letter currency is a constant, no column. */
function columnsOf(figure: Job['figure']): readonly string[] {
  const { account, costCentre, currency, period, subAccount, project, site, measures } = figure
  const named = [account, costCentre, /^[A-Z]{3}$/.test(currency) ? null : currency, period, subAccount, project, site]
  return [...named, ...Object.values(measures)].filter((column) => column !== null)
}
