import type { AdaptiveOptions } from '../../src/qad/options.js'
import type { Target } from '../../src/pipeline/map.js'
import type { Chance } from './random.js'

/** What QAD promises: A refuses a key it has; B can be asked for a key, no more; C cannot even be asked. */
export type Level = 'A' | 'B' | 'C'

/** How this tenant behaves in all that tenants were seen to differ in. */
export interface Manners {
  readonly level: Level
  /** Refuses a key that it holds. */
  readonly unique: boolean
  /** One bad record of a batch and none is stored. */
  readonly atomic: boolean
  readonly batchSize: number
  readonly duplicateAs409: boolean
  /** Complaints name the record. */
  readonly namesKeys: boolean
  readonly emptyAnswers: boolean
  readonly amountAs: 'number' | 'string'
  readonly showsIds: boolean
  readonly sessionEnd: '401' | 'redirect' | 'page'
  readonly lag: 'none' | 'index' | 'replica'
}

export function mannersOf(level: Level, lags: boolean, chance: Chance): Manners {
  return {
    level,
    unique: level === 'A' || (level === 'C' && chance.hit(0.5)),
    atomic: chance.hit(0.5),
    batchSize: chance.pick([1, 1, 2, 4]),
    duplicateAs409: chance.hit(0.5),
    namesKeys: chance.hit(0.5),
    emptyAnswers: chance.hit(0.3),
    amountAs: chance.pick(['number', 'string']),
    showsIds: chance.hit(0.5),
    sessionEnd: chance.pick(['401', 'redirect', 'page']),
    lag: lags ? chance.pick(['index', 'replica']) : 'none',
  }
}

export const BASE_URL = 'https://qad.example/clouderp'
export const LOGIN_PATH = '/oauth/token'
export const WRITE_PATH = '/api/bdoc/acme/recon/ReconReference'
export const BROWSES = { accounts: 'accounts', costCentres: 'costCentres', periods: 'periods', posted: 'posted' }

const SETTLE_SECONDS = 60
const TEXT_LIMIT = 40
const FIELDS = [
  'key',
  'year',
  'period',
  'account',
  'costCentre',
  'currency',
  'measure',
  'project',
  'amount',
  'revision',
]

/** The section `qad` of mlc.yaml for such a tenant, with the values that mlc has by default. */
export function adaptiveOptions({ level, batchSize, amountAs, showsIds }: Manners): AdaptiveOptions {
  const spelledAlike = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]))
  const shown = FIELDS.filter((name) => name !== 'project')
  const posted = {
    browse: BROWSES.posted,
    columns: { ...spelledAlike(shown), ...(showsIds ? { qadRef: 'id' } : {}) },
    filters: [
      ['year', 'eq', '{year}'],
      ['period', 'eq', '{period}'],
    ] as const,
  }
  return {
    ...{ baseUrl: BASE_URL, domain: '10USA', entity: '10USACO' },
    auth: { type: 'oauth_password', tokenPath: LOGIN_PATH, headerPrefix: 'Bearer ' },
    workspace: { mode: 'header', header: 'x-qad-workspace-id', template: '{domain}_{entity}' },
    http: { readTimeoutMs: 60_000, minGapMs: 200, maxInFlight: 1, retries: 3, extraHeaders: {} },
    reads: {
      glAccounts: { browse: BROWSES.accounts, columns: { code: 'code' } },
      costCentres: { browse: BROWSES.costCentres, columns: { code: 'code' } },
      periods: {
        browse: BROWSES.periods,
        columns: spelledAlike(['year', 'period', 'start', 'end', 'status']),
        openValues: ['open'],
      },
      posted: level === 'C' ? null : posted,
    },
    write: {
      ...{ target: 'bdoc', path: WRITE_PATH, batchSize, amountAs, settleSeconds: SETTLE_SECONDS },
      fields: spelledAlike(FIELDS),
    },
    limits: { text: TEXT_LIMIT },
  }
}

export const TARGET: Target = {
  ...{ tenant: BASE_URL, domain: '10USA', entity: '10USACO' },
  limits: { account: 8, costCentre: 8, text: TEXT_LIMIT },
  settleMs: SETTLE_SECONDS * 1000,
}
