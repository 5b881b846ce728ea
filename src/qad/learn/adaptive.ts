import { MlcError } from '../../errors.js'
import { companyOf, type Company } from './company.js'
import { componentOf, type Written } from './component.js'
import { entryOf } from './entry.js'
import type { Exchange } from './har.js'
import { isObject, own } from './json.js'
import type { Findings } from './learn.js'
import { authOf } from './login.js'
import { readsOf, type Learned } from './reads.js'
import type { Saved } from './roles.js'
import { findSaves, listUnder, scalarsOf, type Save, type Saves } from './save.js'
import { secretsOf, type Secrets } from './secrets.js'
import { ask, check, question, seen, type Setting } from './section.js'
import { cellText, tablesOf } from './tables.js'
import { ignoredBeside, pathOf, tenantsOf, type Tenant } from './tenant.js'

/** A tenant of QAD Adaptive from what a browser recorded. @throws MLC-Q017 when no request went to one */
export function adaptiveOf(exchanges: readonly Exchange[], file: string): Omit<Findings, 'kind'> {
  const tenants = tenantsOf(exchanges)
  const saves = findSaves(tenants)
  const tenant = saves.chosen?.tenant ?? tenants[0]
  if (tenant === undefined) throw noTenant(exchanges, file)
  const secrets = secretsOf(exchanges, tenant.exchanges)
  const save = saves.chosen === null || secrets.taintsPath(saves.chosen.path) ? null : saves.chosen
  const { company, settings: companySettings } = companyOf(tenant, save, secrets)
  const written = save === null ? null : writtenOf(save, saves.validatePath, company, secrets)
  const reads = readsOf(tablesOf(tenant), savedOf(save, written), company, secrets)
  const settings: readonly Setting[] = [
    { key: 'kind', value: 'adaptive' },
    addressOf(tenant),
    ...companySettings,
    authOf(tenant, exchanges),
    ...(save === null ? [] : doubtsOn(save, company, secrets)),
    swaggerOf(tenant),
    { key: 'reads', value: reads.settings },
    written === null ? { key: 'write', value: null, remark: ask(NO_SAVE) } : withLayer(written.setting, reads, written),
    ...limitsOf(reads),
  ]
  const notes = [...notesOn(tenant, tenants, saves), ...reads.notes]
  return {
    settings,
    templates: written?.templates ?? new Map<string, string>(),
    notes,
    ignored: ignoredBeside(exchanges, tenant),
    secrets,
  }
}

const NO_SAVE =
  'the capture has no save of a reference or journal; record one, with the network panel open before the button is pressed'

function noTenant(exchanges: readonly Exchange[], file: string): MlcError {
  const hosts = [...new Set(exchanges.map(({ url }) => url.host))]
  if (hosts.length === 0) return new MlcError('MLC-Q017', `${file} holds no request at all`)
  const named = `${hosts.slice(0, 5).join(', ')}${hosts.length > 5 ? ', …' : ''}`
  return new MlcError(
    'MLC-Q017',
    `${file} holds requests to ${named} only, none of them to QAD's API (/api/erp, /api/bdoc, /api/qracore)`,
  )
}

function writtenOf(save: Save, validatePath: string | null, company: Company, secrets: Secrets): Written {
  return save.lines === null ? componentOf(save, secrets) : entryOf(save, validatePath, company, secrets)
}

function savedOf(save: Save | null, written: Written | null): Saved {
  const line = save === null ? {} : (listUnder(save.record, save.lines ?? '')[0] ?? {})
  const fields = save === null ? [] : scalarsOf({ ...save.record, ...line })
  return { texts: written?.texts ?? {}, fields, isJournal: save !== null && save.lines !== null }
}

function addressOf({ baseUrl }: Tenant): Setting {
  const { protocol, hostname } = new URL(baseUrl)
  const isOpen = protocol === 'http:' && !/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  const remark = isOpen
    ? ask('mlc speaks plain http with this machine alone; what is its https address?')
    : seen('context root and environment segment included')
  return { key: 'baseUrl', value: baseUrl, remark }
}

/** What the save had that mlc does not do. */
function doubtsOn({ exchange }: Save, { entity }: Company, secrets: Secrets): readonly Setting[] {
  // The workspace is known by its value: its header may go by any name.
  const isWorkspace = (value: string) => entity !== null && value.includes(entity.value)
  const unsent = Object.entries(exchange.headers).filter(
    ([name, value]) => /^x-[\w-]{1,60}$/.test(name) && !/work-?space|requested-with/.test(name) && !isWorkspace(value),
  )
  const header = (name: string) =>
    question(`the save came with the header ${name}, which mlc does not send: is it needed? http.extraHeaders`)
  return [
    ...unsent.filter(([name]) => !secrets.taints(name)).map(([name]) => header(name)),
    ...(exchange.method === 'POST'
      ? []
      : [question(`the save was a ${exchange.method}, and mlc posts: does the path take a POST?`)]),
  ]
}

/** The document that describes the tenant's API, where the capture fetched it. */
function swaggerOf(tenant: Tenant): Setting {
  const found = tenant.exchanges.find((exchange) => {
    const answer = exchange.json()
    return isObject(answer) && ('openapi' in answer || 'swagger' in answer) && isObject(own(answer, 'paths'))
  })
  if (found === undefined)
    return {
      key: 'swagger',
      value: null,
      remark: ask('where is the Swagger document of the tenant? without it its paths are not checked'),
    }
  return { key: 'swagger', value: pathOf(tenant, found.url), remark: seen(`request ${found.number}`) }
}

/** The layer of the daybook that was posted to, as far as the capture showed it. */
function withLayer(write: Setting, { found }: Learned, { texts }: Written): Setting {
  if (texts.daybook === undefined || !Array.isArray(write.value)) return write
  const books = found.get('daybooks')
  const [code, layer] = [books?.columns.get('code')?.name, books?.columns.get('layerType')?.name]
  const row = books?.table.records.find((record) => code !== undefined && cellText(record, code) === texts.daybook)
  const word = row === undefined || layer === undefined ? '' : cellText(row, layer)
  const settings = write.value as readonly Setting[]
  const at = settings.findIndex(({ key }) => key === 'daybook') + 1
  return { ...write, value: [...settings.slice(0, at), layerOf(word), ...settings.slice(at)] }
}

function layerOf(word: string): Setting {
  const [key, value] = ['layerType', 'transient'] as const
  if (/^transient$/i.test(word)) return { key, value, remark: seen('as the daybook of the capture has it') }
  if (word === '')
    return {
      key,
      value,
      remark: check('the capture does not show the layer of the daybook; mlc looks before it posts'),
    }
  return {
    key,
    value,
    remark: ask(
      `the daybook of the capture is on a layer of type ${/^\w{1,20}$/.test(word) ? word : 'another name'}; which one is on a transient layer?`,
    ),
  }
}

const USUAL_LENGTH = 8

/** Codes longer than mlc lets pass unless told. */
function limitsOf({ found }: Learned): readonly Setting[] {
  const longest = (name: 'glAccounts' | 'costCentres') => {
    const read = found.get(name)
    const column = read?.columns.get('code')?.name
    return Math.max(0, ...(read && column !== undefined ? read.table.values(column) : []).map((code) => code.length))
  }
  const value = (['account', 'costCentre'] as const).flatMap((key): readonly Setting[] => {
    const length = longest(key === 'account' ? 'glAccounts' : 'costCentres')
    return length <= USUAL_LENGTH
      ? []
      : [{ key, value: { number: String(length) }, remark: check('the longest code of the capture') }]
  })
  return value.length === 0 ? [] : [{ key: 'limits', value }]
}

function notesOn(tenant: Tenant, tenants: readonly Tenant[], { chosen, others }: Saves): readonly string[] {
  const beside = tenants.filter((one) => one !== tenant).map(({ baseUrl }) => baseUrl)
  return [
    ...(beside.length === 0
      ? []
      : [
          `the capture speaks with ${beside.join(', ')}, too; ${tenant.baseUrl} was taken because of ${chosen === null ? 'its number of requests' : 'the save'}`,
        ]),
    ...(others === 0
      ? []
      : [
          `${others + 1} saves are in the capture; the last that QAD took was used, request ${chosen?.exchange.number ?? 0}`,
        ]),
    ...(chosen === null || chosen.wasStored
      ? []
      : [
          `QAD refused the save of request ${chosen.exchange.number} (HTTP ${chosen.exchange.status}), and no other is in the capture`,
        ]),
    ...(chosen?.wasStored && chosen.exchange.answer === ''
      ? [`the capture lacks the answer to the save; HTTP ${chosen.exchange.status} was believed`]
      : []),
  ]
}
