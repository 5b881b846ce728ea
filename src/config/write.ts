import { lstat, open, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { MlcError } from '../errors.js'
import type { Project } from '../model/project.js'
import { explainFault } from '../model/fault.js'
import { makeFolders } from './durable.js'
import { loadConfig, parseConfig, type Environment } from './load.js'
import { configJsonSchema } from './schema.js'
import { MAP_FILES, MAP_HEADER, renderConfig, SCHEMA_FILE } from './template.js'

/** The files of a new project: mlc.yaml under the name it is to have, and what belongs beside it. */
export type ProjectFiles = ReadonlyMap<string, string>

/** @param configName name of the file that holds mlc.yaml @throws MLC-C003 when an answer makes no sound mlc.yaml */
export function projectFiles(project: Project, configName: string): ProjectFiles {
  const config = renderConfig(project)
  // Before anything is written: a project that does not load is worse than none.
  parseConfig(config, {}, join('/', configName), configName)
  return new Map([
    [configName, config],
    [SCHEMA_FILE, schemaText()],
    ...(project.hasMapFiles ? Object.values(MAP_FILES).map((path): [string, string] => [path, MAP_HEADER]) : []),
  ])
}

/** Before a person answers questions in vain. @throws MLC-C013 naming every file that is in the way */
export async function refuseExisting(folder: string, configName: string): Promise<void> {
  await refuseAny(folder, [configName, SCHEMA_FILE, ...Object.values(MAP_FILES)])
}

/** The JSON Schema of mlc.yaml, as the file that editors read. */
export function schemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`
}

/**
 * Writes all the files, or none; a file that is there is never written over. Then reads mlc.yaml back as every command will.
 * @returns their absolute paths @throws MLC-C013 naming what is there, MLC-C014 when a file cannot be written
 */
export async function writeProject(folder: string, files: ProjectFiles, env: Environment): Promise<readonly string[]> {
  return writeNewFiles(folder, files, async ([config = '']) => void (await loadConfig(config, env)))
}

/**
 * Writes all the files, or none, into a folder that is made where it is missing; a file that is there is never written over.
 * @param check of their paths, before it counts as done @throws MLC-C013, MLC-C014, and what `check` throws
 */
export async function writeNewFiles(
  folder: string,
  files: ProjectFiles,
  check: (paths: readonly string[]) => Promise<void> = () => Promise.resolve(),
): Promise<readonly string[]> {
  await refuseAny(folder, [...files.keys()])
  const written: string[] = []
  try {
    for (const [name, text] of files) written.push(await writeNew(join(folder, name), text))
    await check(written)
  } catch (error) {
    for (const path of written) await unlink(path).catch(() => undefined)
    throw error
  }
  return written
}

async function refuseAny(folder: string, names: readonly string[]): Promise<void> {
  const paths = names.map((name) => join(folder, name))
  // A link that leads nowhere is there as well.
  const found = await Promise.all(paths.map((path) => lstat(path).then(Boolean, () => false)))
  const there = paths.filter((_, index) => found[index])
  if (there.length > 0) throw inTheWay(there)
}

function inTheWay(paths: readonly string[]): MlcError {
  return new MlcError('MLC-C013', `already there: ${paths.join(', ')}`)
}

/** Exclusive: what another process made since we looked, or a link that leads elsewhere, is not written over either. */
async function writeNew(path: string, text: string): Promise<string> {
  const folder = dirname(path)
  await makeFolders(folder).catch((cause: unknown) => refuse(folder, cause))
  const file = await open(path, 'wx').catch((cause: unknown) => refuse(path, cause))
  try {
    await file.writeFile(text)
    await file.sync()
  } catch (cause) {
    await unlink(path).catch(() => undefined)
    refuse(path, cause)
  } finally {
    await file.close()
  }
  return path
}

function refuse(path: string, cause: unknown): never {
  if ((cause as NodeJS.ErrnoException).code === 'EEXIST') throw inTheWay([path])
  throw new MlcError('MLC-C014', `${path} cannot be written: ${explainFault(cause)}`, { cause })
}
