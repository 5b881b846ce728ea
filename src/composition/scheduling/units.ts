import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { writeFileDurably } from '../../config/state.js'
import type { Host } from '../../context.js'
import { MlcError } from '../../errors.js'
import type { Written } from '../../schedule/run.js'
import { readTextOf, removeFile } from './files.js'
import { runTool, said } from './tool.js'

/** The systemd of the user who runs mlc. */
export interface UserUnits {
  readonly folder: string
  /** Null where it can be used; else why not. */
  fault(): Promise<string | null>
  /** Text of a unit; null: it is not there. */
  read(name: string): Promise<string | null>
  /** Text of a unit of the machine, by its whole path; null: it is not there, or this user may not read it. */
  readOfMachine(path: string): Promise<string | null>
  /** True when the timer runs, and will after the next start of the machine. */
  isStarted(timer: string): Promise<boolean>
  /** Writes the units and starts the timer. @throws MLC-C050 */
  install(units: readonly Written[], timer: string): Promise<void>
  /** Stops the timer and removes the units. @throws MLC-C050 */
  remove(units: readonly Written[], timer: string): Promise<void>
}

export function createUserUnits(host: Host): UserUnits {
  const folder = join(host.env['XDG_CONFIG_HOME'] || join(host.env['HOME'] || homedir(), '.config'), 'systemd', 'user')
  const systemctl = async (...words: readonly string[]) => {
    const answer = await runTool(['systemctl', '--user', ...words], host)
    if (answer.code !== 0) throw new MlcError('MLC-C050', `systemctl --user ${words[0] ?? ''}: ${said(answer)}`)
  }
  return {
    folder,
    read: (name) => readTextOf(join(folder, name)),
    readOfMachine: (path) => readTextOf(path).catch(() => null),
    async fault() {
      const answer = await runTool(['systemctl', '--user', 'show-environment'], host).catch(ifNotThere)
      if (answer === null) return 'there is no systemctl here'
      return answer.code === 0 ? null : `systemctl --user: ${said(answer)}`
    },
    async isStarted(timer) {
      const asked = ['is-active', 'is-enabled'].map((what) => runTool(['systemctl', '--user', what, timer], host))
      return (await Promise.all(asked)).every(({ code }) => code === 0)
    },
    async install(units, timer) {
      await mkdir(folder, { recursive: true })
      for (const { path, text } of units) await writeFileDurably(join(folder, path), text)
      await systemctl('daemon-reload')
      await systemctl('enable', '--now', timer)
    },
    async remove(units, timer) {
      await systemctl('disable', '--now', timer)
      for (const { path } of units) await removeFile(join(folder, path))
      await systemctl('daemon-reload')
    },
  }
}

function ifNotThere(error: unknown): null {
  if (error instanceof MlcError && error.code === 'MLC-C050') return null
  throw error
}
