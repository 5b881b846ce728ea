import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readBody, readSpool } from '../../src/ingest/read.js'
import { demoConfig, demoEnvironment } from '../../src/sandbox/company/company.js'
import { startMlc, type Started } from '../support/process.js'

const SECRET = 'k1ll1ng9'.repeat(8)
const CONNECTIONS = 20

/** An endpoint that is killed again and again while it is delivered to; its QAD is down, so that all it accepted waits. */
export interface Besieged {
  readonly folder: string
  /** Delivers without a pause, kills at that number of answers, and starts nothing anew. */
  kill(answers: number): Promise<void>
  readonly accepted: number
  /** What is wrong with the spool, in words: what was answered 200 and is not there, or there otherwise than it was sent. */
  faults(): Promise<readonly string[]>
  close(): void
}

export function besiege(): Besieged {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-besieged-'))
  const down = { lookerUrl: 'http://127.0.0.1:9', qadUrl: 'http://127.0.0.1:9/clouderp' }
  writeFileSync(join(folder, 'mlc.yaml'), `${demoConfig(down)}ingest: { port: 0 }\n`)
  const state = join(folder, 'state')
  const sent = new Set<string>()
  const accepted = new Set<string>()
  let turn = 0

  /** One delivery after another on one connection, until it is cut off. */
  function sender(port: number, connection: number, onAnswer: () => void): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let digest = ''
      let number = 0
      const next = () => {
        const body = bodyOf(`${turn} ${connection} ${number++}`)
        digest = digestOf(body)
        sent.add(digest)
        socket.write(
          `POST /ingest/${SECRET}/plant-gl HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
        )
        socket.write(body)
      }
      socket.on('connect', next)
      socket.on('data', (answer) => {
        if (answer.toString('latin1').startsWith('HTTP/1.1 200 ')) {
          accepted.add(digest)
          onAnswer()
          next()
        } else socket.destroy()
      })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
    })
  }

  return {
    folder,
    get accepted() {
      return accepted.size
    },
    async kill(answers) {
      turn++
      const env = {
        ...demoEnvironment(),
        MLC_STATE_DIR: state,
        MLC_INGEST_SECRET: SECRET,
        MLC_LOOKER_WEBHOOK_TOKEN: '',
      }
      const mlc: Started = startMlc(['listen', '--job', 'plant-gl', '--yes'], { env, cwd: folder })
      const [, port = ''] = await mlc.said(/Listening on http:\/\/127\.0\.0\.1:(\d+)/)
      let heard = 0
      const onAnswer = () => {
        if (++heard === answers) mlc.kill('SIGKILL')
      }
      await Promise.all(Array.from({ length: CONNECTIONS }, (_, at) => sender(Number(port), at, onAnswer)))
      mlc.kill('SIGKILL')
      await mlc.ended
    },
    faults: () => faultsOf(join(state, 'ingest'), sent, accepted),
    close: () => rmSync(folder, { recursive: true, force: true }),
  }
}

async function faultsOf(
  folder: string,
  sent: ReadonlySet<string>,
  accepted: ReadonlySet<string>,
): Promise<readonly string[]> {
  const faults: string[] = []
  const found = new Set<string>()
  for (const delivery of (await readSpool(folder)).deliveries) {
    const digest = digestOf(await readBody(folder, delivery))
    if (found.has(digest)) faults.push(`TWICE ${delivery.id}`)
    if (digest !== delivery.digest || !sent.has(digest)) faults.push(`HALF ${delivery.id}`)
    if (delivery.state !== null) faults.push(`SETTLED ${delivery.id}`)
    found.add(digest)
  }
  for (const digest of accepted) if (!found.has(digest)) faults.push(`LOST ${digest}`)
  return faults
}

/** Every tenth is too large to stand among the others. */
function bodyOf(mark: string): Buffer {
  const rows = Array.from({ length: mark.endsWith('5') ? 2_000 : 5 }, (_, row) => ({
    'gl.account_code': `${5000 + row}`,
    'gl.net_amount': '412880.15',
  }))
  return Buffer.from(JSON.stringify({ type: 'query', scheduled_plan: { scheduled_plan_id: mark }, data: rows }))
}

function digestOf(body: Uint8Array): string {
  return createHash('sha256').update(body).digest('hex')
}
