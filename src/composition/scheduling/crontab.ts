import type { Host } from '../../context.js'
import { MlcError } from '../../errors.js'
import { runTool, said } from './tool.js'

/** The crontab of the user who runs mlc. Its text is bytes, one character each: others' lines may be in any encoding. */
export interface UserCrontab {
  /** Empty where there is none. @throws MLC-C050 */
  read(): Promise<string>
  /** Puts it in place of the old one and reads it back. @throws MLC-C050 */
  write(text: string): Promise<void>
}

export function createUserCrontab(host: Host): UserCrontab {
  const read = async () => {
    const answer = await runTool(['crontab', '-l'], host)
    if (answer.code === 0) return answer.stdout.toString('latin1')
    // "no crontab for jdoe": the first one is about to be made.
    if (/no crontab|no such file/i.test(answer.stderr)) return ''
    throw new MlcError('MLC-C050', `crontab -l: ${said(answer)}`)
  }
  return {
    read,
    async write(text) {
      const answer = await runTool(['crontab', '-'], host, Buffer.from(text, 'latin1'))
      if (answer.code !== 0) throw new MlcError('MLC-C050', `crontab refuses the new crontab: ${said(answer)}`)
      // Some crons put a heading of their own before it.
      if ((await read()).endsWith(text)) return
      throw new MlcError('MLC-C050', 'crontab -l shows another crontab than was just installed')
    },
  }
}
