import { MlcError } from '../../src/errors.js'
import type { FigureSource, PullResult, SourceDefinition } from '../../src/looker/source.js'
import type { MapLine } from '../../src/mapping/map-file.js'
import type { Field, Row } from '../../src/model/row.js'
import type { MapFile } from '../../src/pipeline/ports.js'
import type { Job } from '../../src/model/job.js'
import type { Chance } from './random.js'
import { MASTERS } from './qad.js'

/** One row of the Look: an amount in whole cents, so that the expectation is computed otherwise than by mlc. */
interface SourceFigure {
  readonly account: string
  readonly costCentre: string
  readonly period: string
  readonly cents: bigint
}

/** Figures and maps as people change them, and every amount that was right at any time. */
export interface SimLooker {
  /** Somebody restates, removes or adds a figure, or maps an account elsewhere. */
  change(): string
  /** Those that the figures are of. */
  readonly periods: readonly [string, ...string[]]
  source(period: string): FigureSource
  map(path: string): MapFile
  /** Place → amount in cents, as the figures and maps stand now. */
  expected(): ReadonlyMap<string, bigint>
  /** True when the place had this amount at some time, under some map of then. */
  wasTrue(place: string, cents: bigint): boolean
  /** Looker fails this share of the pulls. */
  trouble: number
}

/** `period account/costCentre`: where a figure ends up in QAD. */
export function placeOf(row: {
  year: string | number
  period: string | number
  account: string
  costCentre: string
}): string {
  return `${row.year}-${String(row.period).padStart(2, '0')} ${row.account}/${row.costCentre}`
}

const CENTRES = ['north', 'south']

export function createSimLooker(chance: Chance): SimLooker {
  const periods = chance.pick<readonly [string, ...string[]]>([
    ['2026-07'],
    ['2026-07'],
    ['2026-07'],
    ['2026-07', '2026-06'],
  ])
  let figures: readonly SourceFigure[] = Array.from({ length: chance.whole(2, 7) }, () => someFigure(periods, chance))
  let accounts: Readonly<Record<string, string>> = { fuel: '04010', rent: '04020', wages: '04030' }
  const allFigures = [figures]
  const allAccounts = [accounts]
  const everTrue = new Map<string, Set<bigint>>()
  const remember = () => {
    // A run pulls at one time and reads the map at another.
    for (const rows of allFigures) {
      for (const map of allAccounts) {
        for (const [place, cents] of sums(rows, map)) everTrue.set(place, (everTrue.get(place) ?? new Set()).add(cents))
      }
    }
  }
  remember()
  const looker: SimLooker = {
    trouble: 0,
    periods,
    expected: () => sums(figures, accounts),
    wasTrue: (place, cents) => everTrue.get(place)?.has(cents) ?? false,
    map: (path) => (path === 'accounts' ? mapFile(accounts) : mapFile({ north: '1100', south: '1200' })),
    source: (period) =>
      sourceOf(
        period,
        () => figures,
        () => chance.hit(looker.trouble),
      ),
    change() {
      const kind = chance.pick<'restate' | 'remove' | 'add' | 'map'>([
        'restate',
        'restate',
        'restate',
        'remove',
        'add',
        'map',
      ])
      if (kind === 'map') {
        accounts = { ...accounts, [chance.pick(['fuel', 'rent', 'wages'])]: chance.pick(['04010', '04020', '04030']) }
        allAccounts.push(accounts)
      } else {
        figures = changed(figures, kind, periods, chance)
        allFigures.push(figures)
      }
      remember()
      return kind
    },
  }
  return looker
}

function someFigure(periods: SimLooker['periods'], chance: Chance): SourceFigure {
  return {
    account: chance.pick(['fuel', 'rent', 'wages']),
    costCentre: chance.pick(['north', 'south']),
    period: chance.pick(periods),
    cents: someCents(chance),
  }
}

function someCents(chance: Chance): bigint {
  if (chance.hit(0.05)) return 0n
  // Beyond 2^53: such an amount survives only where no double touches it.
  return BigInt(chance.whole(-1_000_000, 1_000_000)) * (chance.hit(0.2) ? 9_007_199_254_741_003n : 1n)
}

function changed(
  figures: readonly SourceFigure[],
  kind: 'restate' | 'remove' | 'add',
  periods: SimLooker['periods'],
  chance: Chance,
): readonly SourceFigure[] {
  if (kind === 'add') return [...figures, someFigure(periods, chance)]
  const which = chance.whole(0, figures.length - 1)
  if (kind === 'remove' && figures.length > 1) return figures.filter((_, index) => index !== which)
  return figures.map((figure, index) => (index === which ? { ...figure, cents: someCents(chance) } : figure))
}

function sums(figures: readonly SourceFigure[], accounts: Readonly<Record<string, string>>): Map<string, bigint> {
  const totals = new Map<string, bigint>()
  for (const { account, costCentre, period, cents } of figures) {
    const place = `${period} ${accounts[account] ?? ''}/${MASTERS.costCentres[CENTRES.indexOf(costCentre)] ?? ''}`
    totals.set(place, (totals.get(place) ?? 0n) + cents)
  }
  return totals
}

function mapFile(codes: Readonly<Record<string, string>>): MapFile {
  const lines = Object.entries(codes).map(([looker, qad], index): MapLine => ({
    line: index + 2,
    looker,
    qad,
    ignore: false,
    reason: '',
    from: null,
    to: null,
  }))
  return { lines, hash: `sha256:${JSON.stringify(codes)}` }
}

const COLUMNS = ['gl.account', 'gl.centre', 'gl.period', 'gl.amount']
const FIELDS: readonly Field[] = COLUMNS.map((name) => ({
  name,
  label: name,
  type: name === 'gl.amount' ? 'sum' : 'string',
  kind: name === 'gl.amount' ? 'measure' : 'dimension',
}))

export const JOB: Job = {
  name: 'plant-gl',
  source: {
    ...{ look: '42', query: null, slug: null, filters: { 'gl.period': '{period}' }, paging: 'auto' },
    ...{ controlTotal: 'auto', onEmpty: 'allow', expect: { definition: null } },
  },
  figure: {
    ...{ account: 'gl.account', costCentre: 'gl.centre', currency: 'USD', period: 'gl.period', sign: 1 },
    ...{ measures: { net: 'gl.amount' }, subAccount: null, project: null, site: null },
  },
  map: { accounts: 'accounts', costCentres: 'centres' },
  rounding: { scale: 2, mode: 'half-even' },
  onRestate: 'revise',
  tolerance: { absolute: '0', percent: '0', mode: 'or' },
  overrides: [],
  reconcile: { level: null, measures: null, basis: 'period', cumulative: false },
}

function sourceOf(period: string, figures: () => readonly SourceFigure[], fails: () => boolean): FigureSource {
  const definition: SourceDefinition = {
    ...{ look: '42', title: 'Plant GL', model: 'finance', explore: 'gl', queryId: '1', exploreUrl: null },
    ...{ fields: FIELDS, filters: {}, sorts: [], savedLimit: null, timeZone: null, definition: 'sha256:look' },
    ownFilters: null,
    definitionLines: [],
  }
  return {
    describe: async () => definition,
    rows() {
      if (fails()) throw new MlcError('MLC-L002', 'Looker did not answer in time')
      const rows = figures()
        .filter((figure) => figure.period === period)
        .map((figure) => rowOf(figure))
      return {
        async *[Symbol.asyncIterator]() {
          if (rows.length > 0) yield rows
        },
        result: () => pulled(rows.length),
      }
    },
    estimate: async () => ({ rows: null, isCounted: false, calls: { least: 1, most: 1 } }),
    dashboard: () => Promise.reject(new Error('no dashboards here')),
    close: async () => undefined,
  }
}

function rowOf({ account, costCentre, period, cents }: SourceFigure): Row {
  return { 'gl.account': account, 'gl.centre': costCentre, 'gl.period': period, 'gl.amount': decimalOf(cents) }
}

function pulled(rows: number): PullResult {
  return {
    ...{ rows, complete: true, paging: 'single', requests: 1, totals: {}, fields: FIELDS },
    ...{ control: null, appliedFilters: null, ranAt: '2026-08-01T00:00:00Z', notes: [] },
  }
}

/** Whole cents as plain decimal text. */
export function decimalOf(cents: bigint): string {
  const digits = String(cents < 0n ? -cents : cents).padStart(3, '0')
  return `${cents < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

/** Null for what is no amount with at most two decimals. */
export function centsOf(text: string): bigint | null {
  const match = /^(-?)(\d+)(?:\.(\d{1,2}))?$/.exec(text)
  if (!match) return null
  const cents = BigInt(`${match[2] ?? '0'}${(match[3] ?? '').padEnd(2, '0')}`)
  return match[1] === '-' ? -cents : cents
}
