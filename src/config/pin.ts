import { readFile, stat } from 'node:fs/promises'
import { isDeepStrictEqual } from 'node:util'
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml'
import { MlcError } from '../errors.js'
import { parseConfig, type Environment, type LoadedConfig } from './load.js'
import type { Config } from './schema.js'
import { rewriteDurably } from './durable.js'

/**
 * Writes the hash of a job's query into mlc.yaml, under source.expect.definition. The file is a person's: nothing else in it
 * changes, and what would not load again as it was is not written.
 * @returns false when it was pinned so already
 * @throws MLC-C008 when the file cannot be written, MLC-C003 when it cannot be changed without changing more
 */
export async function pinDefinition(
  loaded: LoadedConfig,
  job: string,
  hash: string,
  env: Environment,
): Promise<boolean> {
  const { path, shownAs, config } = loaded
  if (config.jobs[job]?.source.expect.definition === hash) return false
  if (!(await stat(path)).isFile())
    throw new MlcError('MLC-C003', `${shownAs} is not a plain file, so the hash cannot be written into it`, {
      fix: `Write it where the file comes from: jobs.${job}.source.expect.definition: ${hash}`,
    })
  const text = await readFile(path, 'utf8')
  const changed = withDefinition(text, job, hash)
  // The jobs as they were pulled, and the rest as it is written: what was loaded may hold its paths made absolute.
  const before = { ...parseConfig(text, env, path, shownAs).config, jobs: config.jobs }
  if (!saysTheSame(before, parseConfig(changed, env, path, shownAs).config, job, hash))
    throw new MlcError('MLC-C003', `${shownAs}: the hash could not be written without changing more`, {
      fix: `Write it by hand: jobs.${job}.source.expect.definition: ${hash}`,
    })
  await rewriteDurably(path, changed)
  return true
}

/** The text of mlc.yaml with the hash in its place: over the value that is there, else as a new first entry. */
export function withDefinition(text: string, job: string, hash: string): string {
  const document = parseDocument(text, { schema: 'failsafe' })
  const source = ['jobs', job, 'source']
  const node: unknown = document.getIn([...source, 'expect', 'definition'], true)
  if (isScalar(node) && node.range) {
    const [start, end] = node.range
    return `${text.slice(0, start)}${start === end ? ' ' : ''}${hash}${text.slice(end)}`
  }
  const expect: unknown = document.getIn([...source, 'expect'], true)
  if (isMap(expect)) return insertedInto(text, expect, `definition: ${hash}`)
  const parent: unknown = document.getIn(source, true)
  if (isMap(parent)) return insertedInto(text, parent, `expect: { definition: ${hash} }`)
  throw new MlcError('MLC-C003', `jobs.${job}.source is not a mapping`)
}

/** A flow mapping takes it after its brace, a block mapping on a line of its own, as deep as its first entry. */
function insertedInto(text: string, { range, flow, items }: YAMLMap, entry: string): string {
  const start = range?.[0] ?? 0
  if (flow) return `${text.slice(0, start + 1)} ${entry}${items.length > 0 ? ',' : ' '}${text.slice(start + 1)}`
  const indent = ' '.repeat(start - text.lastIndexOf('\n', start - 1) - 1)
  return `${text.slice(0, start)}${entry}\n${indent}${text.slice(start)}`
}

/** The same configuration but for that one hash. */
function saysTheSame(before: Config, after: Config, job: string, hash: string): boolean {
  const jobBefore = before.jobs[job]
  if (!jobBefore) return false
  const source = { ...jobBefore.source, expect: { ...jobBefore.source.expect, definition: hash } }
  return isDeepStrictEqual({ ...before, jobs: { ...before.jobs, [job]: { ...jobBefore, source } } }, after)
}
