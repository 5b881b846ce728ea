import { execFile, spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** `bash WITH_KEYRING command…` runs the command with a D-Bus session and a keyring of its own. */
export const WITH_KEYRING = join(import.meta.dirname, 'with-keyring.sh')

/** Only where no CI watches may a missing gnome-keyring skip a test; there it fails, so that it can never be skipped unseen. */
export const mustSkipKeyring =
  !process.env['CI'] && spawnSync('gnome-keyring-daemon', ['--version'], { stdio: 'ignore' }).status !== 0

export type Keyring = 'unlocked' | 'locked' | 'absent' | 'none' | 'denied'

/** A keyring that several processes of one test share: the environment that leads to it. Ends with the test. */
export async function openKeyring(kind: Keyring): Promise<Readonly<Record<string, string>>> {
  const script = 'printf "%s\\n%s\\n" "$DBUS_SESSION_BUS_ADDRESS" "$XDG_RUNTIME_DIR"; cat'
  const session = spawn('bash', [WITH_KEYRING, 'bash', '-c', script], {
    env: { PATH: process.env['PATH'], TMPDIR: process.env['TMPDIR'], KEYRING: kind },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = new Promise<void>((resolve) => session.once('close', () => resolve()))
  onTestFinished(async () => {
    session.stdin.end()
    await ended
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: session.stdout })) if (lines.push(line) === 2) break
  const [address = '', runtime = ''] = lines
  if (address === '') throw new Error('no keyring: is gnome-keyring installed, with dbus-x11 and libsecret-tools?')
  return { DBUS_SESSION_BUS_ADDRESS: address, XDG_RUNTIME_DIR: runtime }
}

/** What an administrator sees and does with the keyring. */
export function secretTool(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  input = '',
): Promise<{ readonly code: number; readonly text: string }> {
  return new Promise((resolve) => {
    const clean = { PATH: process.env['PATH'], ...env }
    const tool = execFile('secret-tool', args, { env: clean }, (error, stdout) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, text: stdout }),
    )
    tool.stdin?.end(input)
  })
}
