import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ownTemporaryFolder, watchForLeaks } from '../leaks/watch.js'

const ROOT = join(import.meta.dirname, '..', '..')

export const EXAMPLES = join(ROOT, 'examples')

/** The commands that a README tells people to type: what its `sh` blocks hold, comments taken off. */
export function commandsOf(readme: string): string[] {
  const blocks = readFileSync(readme, 'utf8').matchAll(/^```sh\n([\s\S]*?)^```/gm)
  const lines = [...blocks].flatMap(([, block = '']) => block.split('\n'))
  return lines.map((line) => line.replace(/(^|\s)#.*$/, '').trim()).filter((line) => line !== '')
}

export interface Typed {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  json<T>(): T
}

export interface Place {
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  /** Where the user's own files are; the working folder unless told. */
  readonly home?: string
  /** Credentials that a file of theirs holds, by name. */
  readonly credentials?: Readonly<Record<string, string>>
}

/** Runs one line as a shell would, with the built mlc as `mlc` on the path and nothing else of this process's environment. */
export async function type(line: string, { cwd, env, home = cwd, credentials }: Place): Promise<Typed> {
  const path = [commandFolder(home), dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter)
  const watched = watchForLeaks(line, { TMPDIR: ownTemporaryFolder(), HOME: home, ...env, PATH: path }, home)
  const child = spawn('sh', ['-c', line], { cwd, env: watched.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)]
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const leak = watched.ended({ stdout: stdout(), stderr: stderr() }, credentials)
  if (leak) throw leak
  return { code, stdout: stdout(), stderr: stderr(), json: <T>() => JSON.parse(stdout()) as T }
}

function gather(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}

function commandFolder(cwd: string): string {
  const folder = join(cwd, '.commands')
  mkdirSync(folder, { recursive: true })
  const link = join(folder, 'mlc')
  if (!existsSync(link)) symlinkSync(join(ROOT, 'bin', 'mlc.js'), link)
  return folder
}
