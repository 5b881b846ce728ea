import { link, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { syncFolder } from '../audit/disk.js'
import { MlcError } from '../errors.js'
import { explainFault } from '../model/fault.js'
import type { Outbox } from '../qad/file/ledger.js'

/** Copies stand in a folder that importers pass over. */
const KEPT = '.mlc'
const PENDING = '.pending'
/** The bytes that the importer gets: a file of its own, since one that is emptied in place must not take the copy with it. */
const HANDED = '.handed'

/** How files get their names, so that a test can let it fail. */
export interface Names {
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
}

/**
 * A folder of files for QAD. A file is written under another name, made durable and then given its own by a link, which fails where
 * that name is taken; its copy, another file, is durable before that and says by its name whether the file was handed over.
 */
export function createOutbox(dir: string, names: Names = { link, rename }): Outbox {
  const kept = join(dir, KEPT)
  return {
    check: () => failing(dir, async () => void (await mkdir(kept, { recursive: true }))),
    deliver: (name, text) => failing(dir, () => deliver(dir, kept, { name, text }, names)),
    kept: () => failing(dir, () => readKept(dir, kept)),
  }
}

async function deliver(
  dir: string,
  kept: string,
  { name, text }: { readonly name: string; readonly text: string },
  names: Names,
): Promise<string> {
  await mkdir(kept, { recursive: true })
  const free = await freeName(dir, kept, name)
  const [pending, handed] = [join(kept, `${free}${PENDING}`), join(kept, `${free}${HANDED}`)]
  try {
    await writeDurably(handed, text)
    await writeDurably(pending, text)
    // Before the file is handed over: without its copy nobody would know of it after a power failure.
    syncFolder(kept)
    await names.link(handed, join(dir, free))
  } catch (error) {
    // Not handed over, so no copy may say that it might have been.
    for (const path of [pending, handed]) await unlink(path).catch(() => undefined)
    throw error
  }
  // From here on it is handed over, whatever fails: the copy under its first name says so as long as the file is there.
  await settle(pending, join(kept, free), { dir, kept }, names).catch(() => undefined)
  await unlink(handed).catch(() => undefined)
  return free
}

interface Folders {
  readonly dir: string
  readonly kept: string
}

async function settle(pending: string, settled: string, { dir, kept }: Folders, names: Names): Promise<void> {
  // Before the copy says so: a power failure could take the file's name and leave the copy's.
  syncFolder(dir)
  await names.rename(pending, settled)
  syncFolder(kept)
}

/** Taken is what was handed over before, too, whether or not the importer has fetched it. */
async function freeName(dir: string, kept: string, name: string): Promise<string> {
  const taken = new Set([...(await readdir(dir)), ...(await readdir(kept)).map(nameOfCopy)])
  const [stem = name, ending = ''] = name.split(/(?=\.[^.]+$)/)
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${stem}-${number}${ending}`
    if (!taken.has(candidate)) return candidate
  }
}

function nameOfCopy(file: string): string {
  return basename(basename(file, PENDING), HANDED)
}

async function readKept(dir: string, kept: string) {
  const found = await readdir(kept).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = found.filter((one) => !one.endsWith(HANDED))
  const there = new Set(names.length === 0 ? [] : await readdir(dir))
  const files = []
  for (const one of names.sort()) {
    const name = basename(one, PENDING)
    const text = await readFile(join(kept, one), 'utf8')
    // A process died between the two names: where the file is there, it was handed over.
    files.push({ name, text, isCertain: !one.endsWith(PENDING) || there.has(name) })
  }
  return files
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function failing<T>(dir: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (cause) {
    throw new MlcError('MLC-Q045', `${dir} cannot be used: ${explainFault(cause)}`, { cause })
  }
}
