import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Context } from '../context.js'
import { MlcError } from '../errors.js'
import type { Dashboard, FigureSource, PullResult, SourceDefinition, Tile } from '../looker/source.js'
import type { Field, Row } from '../model/row.js'
import { counted } from '../model/counted.js'
import { explainFault } from '../model/fault.js'
import { unwritable } from '../terminal/export/hidden.js'
import type { RowOutput } from '../terminal/export/rows.js'
import { exactAmounts } from './exact-amounts.js'
import { fileFormatFlag, zoneFlag } from './flags.js'
import type { PullFlags } from './pull.js'
import { dashboardFilters } from './pull.js'

/**
 * `mlc pull --dashboard`: every tile that has a query as a table of its own; 6 when one of them was refused. Tables and files
 * then come to nothing; the JSON object holds the others and names what is missing.
 */
export async function runDashboard(id: string, flags: PullFlags, context: Context): Promise<number> {
  const format = fileFormatFlag(flags, ['table', 'json', 'csv', 'ndjson'] as const)
  const folder = format === 'csv' || format === 'ndjson' ? await folderOf(format, flags.output) : null
  const source = await context.source()
  const how = { paging: flags.paging, timeZone: zoneFlag('--timezone', flags.timezone) }
  const dashboard = await source.dashboard(id, dashboardFilters(flags), how)
  const pulls: object[] = []
  const left: Left[] = []
  const held = { cells: 0 }
  const outputs: RowOutput[] = []
  try {
    for (const [at, tile] of dashboard.tiles.entries()) {
      const name = `tile ${tile.id}${tile.title === null ? '' : ` "${tile.title}"`}`
      const path =
        folder === null ? undefined : join(folder, `${String(at + 1).padStart(2, '0')}-${fileName(tile)}.${format}`)
      const open = (fields: readonly Field[]) => context.rows({ format, path, fields, head: {} })
      const outcome = await pulledTile(source, tile, format === 'json' ? held : open).catch(asReason)
      if (typeof outcome === 'string' || outcome === null) {
        const reason = outcome ?? tile.reason
        const status = tile.status === 'skipped' ? 'skipped' : 'refused'
        left.push({ tile: tileJson(tile), status, reason })
        context.terminal.warn(`${name} ${status}: ${reason}`)
        continue
      }
      context.terminal.note(`${name}: ${counted(outcome.result.rows, 'row')}`)
      for (const text of outcome.result.notes) context.terminal.note(`${name}: ${text}`)
      if (outcome.output === null) pulls.push(pullJson(tile, outcome))
      else outputs.push(outcome.output)
    }
    if (refusedOf(left) === 0) for (const output of outputs) await output.finish({ members: {}, totals: {} })
  } finally {
    for (const output of outputs) output.discard()
  }
  if (format === 'json') await context.data(flags, `${JSON.stringify(dashboardJson(dashboard, pulls, left))}\n`)
  else if (refusedOf(left) > 0) context.terminal.warn(nothing(refusedOf(left), folder))
  return refusedOf(left) > 0 ? 6 : 0
}

interface Left {
  readonly tile: object
  readonly status: 'skipped' | 'refused'
  readonly reason: string | null
}

function refusedOf(left: readonly Left[]): number {
  return left.filter(({ status }) => status === 'refused').length
}

// New files beside those of an earlier pull, or beside none, would pass for the whole dashboard.
function nothing(refused: number, folder: string | null): string {
  const what = folder === null ? 'no table is shown' : `nothing is written into ${folder}`
  return `${counted(refused, 'tile')} refused, so ${what}: all tiles or none. --json gives those that were pulled`
}

interface PulledTile {
  readonly definition: SourceDefinition
  readonly result: PullResult
  /** None where they went into an output. */
  readonly rows: readonly Row[]
  /** Holds the rows where nobody sees them until every tile is there. */
  readonly output: RowOutput | null
}

type OpenOutput = (fields: readonly Field[]) => Promise<RowOutput>

/** What is held in memory, of all tiles together: one JSON object is made of it at the end. */
interface Held {
  cells: number
}

/** Some hundred MiB. */
const MOST_CELLS = 1_000_000

async function pulledTile(
  source: FigureSource,
  { id, spec }: Tile,
  into: OpenOutput | Held,
): Promise<PulledTile | null> {
  if (spec === null) return null
  const definition = await source.describe(spec)
  const output = typeof into === 'function' ? await into(definition.fields) : null
  const room = typeof into === 'function' ? null : roomIn(into, definition.fields.length, id)
  try {
    const stream = source.rows(spec, definition)
    let rows: Row[] = []
    for await (const batch of exactAmounts(stream, definition.fields)) {
      room?.(batch.length)
      if (output === null) rows = batch.length === 0 ? [] : rows.concat([...batch])
      else if (batch.length === 0) output.restart()
      else output.write(batch)
    }
    return { definition, result: stream.result(), rows, output }
  } catch (error) {
    output?.discard()
    throw error
  }
}

/** @returns to be called with the rows of each batch; none: they come again @throws MLC-C006 when they are too many */
function roomIn(held: Held, columns: number, tile: string): (rows: number) => void {
  const before = held.cells
  return (rows) => {
    held.cells = rows === 0 ? before : held.cells + rows * columns
    if (held.cells <= MOST_CELLS) return
    throw new MlcError(
      'MLC-C006',
      `the dashboard has more than ${MOST_CELLS / 1_000_000} million cells by tile ${tile}: --json holds them all in memory`,
      { fix: 'Use --format ndjson -o FOLDER (or csv): one file a tile, of any size.' },
    )
  }
}

/** One tile that is refused does not stop the others; anything that is not about the tile does. */
function asReason(error: unknown): string {
  if (error instanceof MlcError && error.category === 'guard') return `${error.code} ${error.message}`
  throw error
}

async function folderOf(format: string, output: string | undefined): Promise<string> {
  if (output === undefined || output === '-')
    throw new MlcError('MLC-C006', `${format} of a dashboard is one file a tile`, {
      fix: 'Name a folder with --output FOLDER.',
    })
  const isFile = await stat(output).then(
    (found) => !found.isDirectory(),
    () => false,
  )
  if (isFile)
    throw new MlcError('MLC-C006', `--output ${output} is a file`, { fix: 'Name a folder with --output FOLDER.' })
  await mkdir(output, { recursive: true }).catch((error: unknown) => {
    throw unwritable(`--output ${output}`, explainFault(error))
  })
  return output
}

function fileName({ id, title }: Tile): string {
  const plain = (title ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60)
  return plain === '' ? `tile-${id.replace(/[^\w-]/g, '')}` : plain
}

function tileJson({ id, title, look, query }: Tile) {
  return { id, title, look, query }
}

function pullJson(tile: Tile, { definition, result, rows }: PulledTile) {
  const { look, queryId, exploreUrl, definition: hash, filters } = definition
  const { complete, paging, requests, totals, fields, notes, warnings = [] } = result
  return {
    ...{
      schema: 'mlc/pull/1',
      run: null,
      tile: tileJson(tile),
      source: { look, queryId, exploreUrl, definition: hash },
    },
    ...{ filters, complete, paging, requests, rows: result.rows, totals, notes: [...notes, ...warnings] },
    fields: fields.map(({ name, type, label }) => ({ name, type, label })),
    data: rows,
  }
}

function dashboardJson({ id, title }: Dashboard, pulls: readonly object[], left: readonly Left[]) {
  return { schema: 'mlc/pull-dashboard/1', dashboard: { id, title }, pulls, left }
}
