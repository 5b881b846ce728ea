import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { explainFault } from '../model/fault.js'
import { pick, type Environment } from './environment.js'
import type { Question, Reply } from './keychain-child.js'

/**
 * Puts one question to the keychain from a process of its own. A D-Bus that is silent, or a prompt that nobody answers, holds
 * whatever thread waits for it and even process.exit(); another process can simply be killed at the deadline.
 * The secret travels over pipes: arguments and environment of a process can be read by others.
 * @returns the fault `timeout` after `timeoutMs`; never throws
 */
export function askChild(question: Question, env: Environment, timeoutMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [CHILD], {
      env: pick(env, NEEDED),
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    })
    const timer = setTimeout(() => end({ fault: 'timeout' }), timeoutMs)
    const end = (reply: Reply) => {
      clearTimeout(timer)
      child.kill('SIGKILL')
      resolve(reply)
    }
    const chunks: Buffer[] = []
    child.once('error', (error) => end({ fault: `its process cannot be started: ${explainFault(error, 'running')}` }))
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('close', () => end(read(Buffer.concat(chunks).toString('utf8'))))
    // A child that dies before it has read the question is told by its end.
    child.stdin.on('error', () => undefined)
    child.stdin.end(JSON.stringify(question))
  })
}

const CHILD = fileURLToPath(new URL('./keychain-child.js', import.meta.url))

/** What D-Bus, macOS and Windows need to find the keychain of the user; nothing of mlc, nothing that loads code. */
const NEEDED = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'TMPDIR'],
  ...['DBUS_SESSION_BUS_ADDRESS', 'XDG_RUNTIME_DIR', 'XDG_DATA_HOME', 'DISPLAY', 'WAYLAND_DISPLAY', 'XAUTHORITY'],
  ...['SYSTEMROOT', 'SystemRoot', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP'],
]

function read(text: string): Reply {
  try {
    return JSON.parse(text) as Reply
  } catch {
    return { fault: 'its process ended without an answer' }
  }
}
