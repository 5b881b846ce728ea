import { MlcError } from '../../errors.js'
import type { Field, Row } from '../../model/row.js'
import { checkFilters } from '../answer.js'
import { canonicalHash } from '../../model/canonical.js'
import { definitionHash, definitionLines, dynamicFieldsOf, type SavedQuery } from '../query.js'
import type { FigureSource, PullResult, RowStream, SourceDefinition, SourceSpec } from '../source.js'
import { quote } from '../words.js'
import { resolveColumns, type ColumnNames, type LabelledField } from './columns.js'
import type { Delivery } from './delivery.js'
import { UNTOLD } from './envelope.js'
import { createJudge, refuseError } from './judge.js'
import { createSuspects } from './subtotals.js'
import type { Table } from './table.js'
import { asUnfit } from './unfit.js'

/** What a job wants of a delivery, and who may be asked about it. */
export interface Expected {
  /** Columns of the job: what its figures are made of. */
  readonly measures: readonly string[]
  readonly dimensions: readonly string[]
  /** Model and Explore of a delivery that does not tell its query; null: not told by the job either. */
  readonly explore: { readonly model: string; readonly explore: string } | null
  /** The Explore's fields with their labels. @throws MLC-L… when Looker cannot tell */
  readonly labels: (model: string, explore: string) => Promise<readonly LabelledField[]>
  /** ISO time at which it came. */
  readonly receivedAt: string
}

/**
 * A delivery as a source of figures: the rows are those of its body, no query is run. Whatever makes them unfit is an error, and
 * the figures are not guessed.
 * @throws from describe: MLC-I010 … MLC-I014, or why Looker tells no labels
 * @throws from the rows: MLC-I010, MLC-I013, MLC-I014
 */
export function deliveredSource(delivery: Delivery, expected: Expected): Pick<FigureSource, 'describe' | 'rows'> {
  let chosen: Chosen | null = null
  return {
    async describe(spec) {
      refuseUnfit(delivery.query)
      checkAsked(spec, delivery.query)
      const tables = await delivery.tables()
      for (const { first } of tables) if (first !== null) refuseError(first, 1)
      chosen = await chooseTable(tables, delivery, expected)
      return definitionOf(delivery, chosen, expected)
    },
    rows(_spec, definition) {
      if (chosen === null) throw new TypeError('a delivery is described before its rows are read')
      return streamOf(chosen, definition, delivery, expected)
    },
  }
}

/** The table that has the columns of the job, and how they are called there. */
interface Chosen {
  readonly table: Table
  readonly names: ColumnNames
}

function refuseUnfit(query: SavedQuery | null): void {
  if (query !== null && query.unfit.length > 0)
    throw new MlcError(
      'MLC-I014',
      `the query of the delivery has ${query.unfit.join(', ')}; its rows are not the figures alone`,
    )
}

/** Filters of the job must be those of the delivered query: a filter that was deleted or renamed is dropped from a schedule. */
function checkAsked({ filters }: SourceSpec, query: SavedQuery | null): void {
  if (Object.keys(filters).length === 0) return
  if (query === null)
    throw new MlcError(
      'MLC-I014',
      'the delivery does not tell its query, so whether it is filtered as the job says cannot be told',
      {
        fix: 'Leave out source.filters of the job, or have the plan deliver by webhook, which tells the query.',
      },
    )
  try {
    checkFilters(filters, query.filters)
  } catch (error) {
    throw asUnfit(error, 'MLC-I014')
  }
}

/** Of several tables, as of a dashboard, exactly one must have the columns of the job. */
async function chooseTable(tables: readonly Table[], delivery: Delivery, expected: Expected): Promise<Chosen> {
  const wanted = [...expected.dimensions, ...expected.measures]
  const fits: Chosen[] = []
  const misfits: MlcError[] = []
  for (const table of tables) {
    try {
      fits.push({ table, names: await namesIn(table, wanted, delivery, expected) })
    } catch (error) {
      if (!(error instanceof MlcError) || !(error.code === 'MLC-I012' || error.category === 'auth')) throw error
      misfits.push(error)
    }
  }
  const [first, ...others] = fits
  if (first && others.length === 0) return first
  // A table whose labels Looker does not tell may fit once it lets mlc in again.
  const locked = misfits.find(({ category }) => category === 'auth')
  const misfit = locked ?? (misfits.length === 1 ? misfits[0] : undefined)
  if (first === undefined && misfit) throw misfit
  const names = (first === undefined ? tables : fits.map(({ table }) => table)).map(({ name }) => quote(name ?? '', 60))
  const have = first === undefined ? 'none of the tables delivered has' : `${fits.length} of the tables delivered have`
  throw new MlcError('MLC-I012', `${have} the columns of the job: ${names.join(', ') || 'there is none'}`)
}

async function namesIn(
  table: Table,
  wanted: readonly string[],
  { query }: Delivery,
  expected: Expected,
): Promise<ColumnNames> {
  // A list without rows names no column.
  if (table.columns.length === 0) return new Map()
  const told = (table.fields ?? []).map(({ name, label }) => ({ name, labels: [label] }))
  if (wanted.every((column) => table.columns.includes(column))) return resolveColumns(wanted, table.columns, told)
  if (told.length > 0) return resolveColumns(wanted, table.columns, told)
  const { fields, reason, refusal = null } = await exploreFields(query, expected)
  try {
    return resolveColumns(wanted, table.columns, fields)
  } catch (error) {
    if (refusal) throw refusal
    if (reason === null || !(error instanceof MlcError)) throw error
    throw new MlcError(error.code, `${error.message} (${reason})`, { fix: error.fix })
  }
}

/** Those that the query asks for, where it is told; why there are none; and the refusal of mlc's credentials, if that is why. */
async function exploreFields(
  query: SavedQuery | null,
  { explore, labels }: Expected,
): Promise<{ readonly fields: readonly LabelledField[]; readonly reason: string | null; readonly refusal?: MlcError }> {
  const isTold = query !== null && query.model !== UNTOLD && query.explore !== UNTOLD
  const place = isTold ? { model: query.model, explore: query.explore } : explore
  const own = query === null ? [] : dynamicFieldsOf(query).map(({ name, label }) => ({ name, labels: [label] }))
  if (place === null) return { fields: own, reason: 'no Explore is told that could say what labels mean' }
  try {
    const all = [...(await labels(place.model, place.explore)), ...own]
    const asked = new Set(query?.fields ?? [])
    return { fields: asked.size === 0 ? all : all.filter(({ name }) => asked.has(name)), reason: null }
  } catch (error) {
    if (!(error instanceof MlcError) || error.retryable) throw error
    const refusal = error.category === 'auth' ? { refusal: error } : {}
    return { fields: own, reason: `labels could not be looked up: ${error.message}`, ...refusal }
  }
}

function definitionOf(delivery: Delivery, { table, names }: Chosen, expected: Expected): SourceDefinition {
  const { plan, query } = delivery
  const fields = fieldsOf(table, names, expected)
  const look = plan.kind === 'Look' ? (/\/looks\/([A-Za-z0-9_-]+)$/.exec(plan.url ?? '')?.[1] ?? null) : null
  const lines = query ? definitionLines(query) : fields.map(({ name }) => `delivered column ${name}`)
  return {
    look,
    title: plan.title,
    model: query && query.model !== UNTOLD ? query.model : 'delivery',
    explore: query && query.explore !== UNTOLD ? query.explore : plan.id === null ? 'file' : `plan ${plan.id}`,
    queryId: query?.id ?? null,
    exploreUrl: query?.shareUrl ?? null,
    fields,
    filters: query?.filters ?? {},
    sorts: query?.sorts ?? [],
    savedLimit: query?.limit ?? null,
    timeZone: query?.timeZone ?? null,
    ownFilters: null,
    definition: query ? definitionHash(query) : canonicalHash(lines),
    definitionLines: lines,
  }
}

function fieldsOf(table: Table, names: ColumnNames, { measures, dimensions }: Expected): readonly Field[] {
  const headers = table.columns.length > 0 ? table.columns : [...new Set([...dimensions, ...measures])]
  return headers.map((header): Field => {
    const name = names.get(header) ?? header
    const told = table.fields?.find((field) => field.name === header)
    if (told) return { ...told, name }
    // Days need QAD's calendar to be told of which period they are.
    const isDay = /^\d{4}-\d\d-\d\d/.test(String(table.first?.[header] ?? ''))
    const kind = measures.includes(name) ? 'measure' : 'dimension'
    return { name, label: header, type: kind === 'measure' ? 'number' : isDay ? 'date_date' : 'string', kind }
  })
}

function streamOf(chosen: Chosen, definition: SourceDefinition, delivery: Delivery, expected: Expected): RowStream {
  const { table, names } = chosen
  const { measures, dimensions } = expected
  let outcome: PullResult | null = null

  async function* rows(): AsyncGenerator<readonly Row[], void> {
    const columns = definition.fields.map(({ name }) => name)
    const judge = createJudge({ measures, dimensions, columns, limit: delivery.query?.limit ?? null })
    const suspects = createSuspects(measures, dimensions)
    for await (const batch of renamed(table, names)) {
      for (const row of batch) {
        judge.take(row)
        suspects.add(row)
      }
      yield batch
    }
    const { rows: count, totals } = judge.finish()
    await suspects.judge(renamed(table, names))
    outcome = { ...resultOf(definition, delivery, table, expected), rows: count, totals: totals.sums() }
  }

  return {
    [Symbol.asyncIterator]: rows,
    result() {
      if (outcome === null) throw new TypeError('the rows have not been read to their end')
      return outcome
    },
  }
}

async function* renamed({ rows }: Table, names: ColumnNames): AsyncGenerator<readonly Row[], void> {
  const isSame = [...names].every(([header, column]) => header === column)
  for await (const batch of rows()) yield isSame ? batch : batch.map((row) => rename(row, names))
}

function rename(row: Row, names: ColumnNames): Row {
  return Object.fromEntries(Object.entries(row).map(([header, cell]) => [names.get(header) ?? header, cell]))
}

function resultOf(
  { fields }: SourceDefinition,
  { format, plan, query }: Delivery,
  { name, notes }: Table,
  { receivedAt }: Expected,
): Omit<PullResult, 'rows' | 'totals'> {
  const of = plan.id === null ? 'a file' : `plan ${quote(plan.id, 60)}`
  const part = name === null ? '' : `, its file ${quote(name, 80)}`
  return {
    complete: true,
    paging: 'delivery',
    requests: 0,
    fields,
    control: null,
    appliedFilters: query?.filters ?? null,
    ranAt: receivedAt,
    notes: [
      `delivered by ${of} as ${format}${part}`,
      ...(plan.differsFromLook ? ['the plan has other filters than its Look'] : []),
      ...notes,
    ],
  }
}
