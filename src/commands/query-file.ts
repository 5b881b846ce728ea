import { z } from 'zod'
import { MlcError } from '../errors.js'
import { readBounded, whyUnreadable } from '../files.js'
import type { SourceSpec } from '../looker/source.js'
import { refuseTwice, zoneFlag } from './flags.js'

const QUERY = z.object({
  model: z.string(),
  view: z.string().optional(),
  explore: z.string().optional(),
  fields: z.array(z.string()).min(1),
  filters: z.record(z.string(), z.string()).nullish(),
  sorts: z.array(z.string()).nullish(),
  query_timezone: z.string().nullish(),
})

/** A query saved as a file in Looker's own JSON form (`model`, `view`, `fields`, `filters`, `sorts`); flags override it. */
export async function readQuery(
  path: string,
  flags: Pick<SourceSpec, 'filters' | 'sorts' | 'timeZone' | 'paging' | 'limit'>,
): Promise<SourceSpec> {
  const parsed = QUERY.safeParse(await readJson(path))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new MlcError('MLC-C006', `${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a query'}`)
  }
  refuseTwice(parsed.data.fields, `${path}: fields`)
  const { model, view, explore, fields, filters, sorts, query_timezone } = parsed.data
  const name = explore ?? view
  if (name === undefined) throw new MlcError('MLC-C006', `${path} names no explore`)
  return {
    ...flags,
    look: null,
    slug: null,
    query: { model, explore: name, fields },
    filters: { ...filters, ...flags.filters },
    sorts: flags.sorts.length > 0 ? flags.sorts : (sorts ?? []),
    timeZone: flags.timeZone ?? zoneFlag(`${path}: query_timezone`, query_timezone),
  }
}

/** Some hundred filters and fields; a longer file is cut, and so no JSON. */
const MAX_BYTES = 1024 * 1024

async function readJson(path: string): Promise<unknown> {
  try {
    const bytes = await readBounded(path, { maxBytes: MAX_BYTES, pipes: false })
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new MlcError('MLC-C011', `--query ${path}: it is not valid JSON`, {
        fix: 'Correct the file: {"model": …, "view": …, "fields": […], "filters": {…}}, as Looker\'s API gives a query.',
      })
    throw new MlcError('MLC-C011', `--query ${path}: ${whyUnreadable(error)}`, {
      fix: 'Correct the path; it is relative to the folder in which mlc is started.',
    })
  }
}
