import { spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { demoConfig, demoEnvironment } from '../../src/sandbox/company/company.js'
import { mutate } from '../looker/delivery/mutated.js'
import { startMlc } from '../support/process.js'

type Line = (name: string, found: string, aim: string, ok: boolean) => void

const SECRET = 'bench123'.repeat(8)
const PATH = `/ingest/${SECRET}/plant-gl`

/** The endpoint as a process of its own, with the limits it has, while no QAD is there: deliveries are accepted and wait. */
export async function ingestEndpoint(folder: string, line: Line): Promise<void> {
  await changedBodies(1_000_000, line)
  const urls = { lookerUrl: 'http://127.0.0.1:9', qadUrl: 'http://127.0.0.1:9/clouderp' }
  writeFileSync(join(folder, 'mlc.yaml'), `${demoConfig(urls)}ingest: { port: 0 }\n`)
  const env = {
    ...demoEnvironment(),
    MLC_STATE_DIR: join(folder, 'state-ingest'),
    MLC_INGEST_SECRET: SECRET,
    MLC_LOOKER_WEBHOOK_TOKEN: '',
  }
  const mlc = startMlc(['listen', '--yes'], { env, cwd: folder })
  const [, found = ''] = await mlc.said(/Listening on http:\/\/127\.0\.0\.1:(\d+)/)
  const port = Number(found)
  try {
    await durable(port, line)
    await hostile(port, mlc.pid, line)
    await wrongSecrets(port, line)
    for (const how of ['headers', 'body', 'read'] as const) await slow(port, mlc.pid, how, line)
  } finally {
    mlc.kill('SIGTERM')
    await mlc.ended
  }
}

/** I8: of those that were changed at random, each is taken or refused. */
async function changedBodies(count: number, line: Line): Promise<void> {
  const { taken, slowestMs, faults } = await mutate(count)
  const found = `${faults.length} wrong (${taken} taken), slowest ${Math.round(slowestMs)} ms`
  line(`${count} bodies changed at random`, found, '0 wrong, <= 1,000 ms', faults.length === 0)
  for (const fault of faults.slice(0, 5)) process.stdout.write(`        ${fault}\n`)
}

const PLAIN = `require('http').createServer((q, r) => { q.resume(); q.on('end', () => r.end('{}')) })
  .listen(0, '127.0.0.1', function () { process.stdout.write(String(this.address().port)) })`

/** I1: durable before the answer, against a server of Node that answers without a disk. */
async function durable(port: number, line: Line): Promise<void> {
  const plain = spawn(process.execPath, ['-e', PLAIN], { stdio: ['ignore', 'pipe', 'ignore'] })
  const plainPort = Number(
    await new Promise<string>((resolve) => plain.stdout.once('data', (data) => resolve(String(data)))),
  )
  const floor: Rate[] = []
  const own: Rate[] = []
  for (let turn = 0; turn < 3; turn++) {
    floor.push(await rateOf(plainPort, turn))
    own.push(await rateOf(port, turn))
  }
  plain.kill()
  const [best, bare] = [fastest(own), fastest(floor)]
  const share = `${Math.round(best.perSecond)}/s, ${(best.perSecond / bare.perSecond).toFixed(2)} x node:http (${Math.round(bare.perSecond)}/s)`
  line('deliveries made durable before the answer', share, '>= 3,000/s', best.perSecond >= 3_000)
  line(
    '  p99 of 50 connections',
    `${best.p99.toFixed(0)} ms (node:http ${bare.p99.toFixed(0)})`,
    '<= 100 ms',
    best.p99 <= 100,
  )
}

interface Rate {
  readonly perSecond: number
  readonly p99: number
}

function fastest(rates: readonly Rate[]): Rate {
  return rates.reduce((best, one) => (one.perSecond > best.perSecond ? one : best))
}

async function rateOf(port: number, turn: number): Promise<Rate> {
  const each = 100
  const times: number[] = []
  const started = performance.now()
  const connections = Array.from({ length: 50 }, async (_, index) => {
    const socket = await opened(port, `127.0.0.${index + 2}`)
    for (let n = 0; n < each; n++) {
      const sent = performance.now()
      const answer = await asked(socket, request(delivery(`${turn} ${index} ${n}`)))
      if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`no delivery is taken: ${answer}`)
      times.push(performance.now() - sent)
    }
    socket.destroy()
  })
  await Promise.all(connections)
  const perSecond = times.length / ((performance.now() - started) / 1000)
  return { perSecond, p99: times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0 }
}

/** I4: bodies made to hurt. */
async function hostile(port: number, pid: number, line: Line): Promise<void> {
  const mega = 1024 * 1024
  const json = (data: string) => `{"scheduled_plan":null,"data":${data}}`
  const bodies: readonly (readonly [body: string | Buffer, headers?: string])[] = [
    ...['{', '[', '"', '9', ' ', '{"a":', '\u0000', 'é'].map((one) => [one.repeat(12 * mega)] as const),
    ...[1e2, 1e4, 1e6, 5e6].flatMap((depth) => [
      [json('['.repeat(depth))] as const,
      [json('{"a":'.repeat(depth))] as const,
    ]),
    ...[1e4, 1e6, 1e7].map((digits) => [json('1'.repeat(digits))] as const),
    ...[2e4, 1e6].map((count) => [json(`{${Array.from({ length: count }, (_, n) => `"k${n}":1`).join()}}`)] as const),
    ...[1, 64, 1024].map(
      (size) => [gzipSync(Buffer.alloc(size * mega), { level: 1 }), 'Content-Encoding: gzip\r\n'] as const,
    ),
    ...[1, 64, 100].map((size) => [brotliCompressSync(Buffer.alloc(size * mega)), 'Content-Encoding: br\r\n'] as const),
    ...['\\u0000', '\\uZZZZ', '\\x', '\\'].map((escape) => [json(`"${escape.repeat(mega)}`)] as const),
    ...[json('[1,]'), json('NaN'), json('1e'), `${json('1')}x`, '', 'null'].map((body) => [body] as const),
    [Buffer.alloc(12 * mega, 0xff)],
    ['x', `Content-Length: ${300 * mega}\r\n`],
    ['x', 'Content-Length: 999999999999\r\n'],
  ]
  const before = memoryOf(pid)
  let [slowest, bad] = [0, 0]
  for (const [body, headers = ''] of bodies) {
    const started = performance.now()
    const answer = await once(port, request(body, headers))
    slowest = Math.max(slowest, performance.now() - started)
    if (!/^HTTP\/1.1 4\d\d /.test(answer)) bad++
  }
  const more = memoryOf(pid) - before
  line(`${bodies.length} hostile bodies: memory on top`, `${Math.round(more)} MiB`, '<= 100 MB', more * 1.048576 <= 100)
  line(
    '  slowest answer; not 4xx',
    `${Math.round(slowest)} ms; ${bad}`,
    '<= 1,000 ms; 0',
    slowest <= 1_000 && bad === 0,
  )
}

/** I6: whatever is wrong, the same bytes. */
async function wrongSecrets(port: number, line: Line): Promise<void> {
  const answers = new Set<string>()
  const odd = ['é', '🔑', '%00', '%zz', '\u0000', '..', SECRET.slice(0, -1), SECRET.toUpperCase(), `${SECRET}0`]
  for (let start = 0; start < 10_000; start += 100) {
    const all = Array.from({ length: 100 }, (_, n) => odd[start + n] ?? 'w'.repeat((start + n) % 4_097))
    for (const answer of await Promise.all(all.map((secret) => once(port, request('{}').replace(SECRET, secret)))))
      answers.add(answer)
  }
  const [only = ''] = answers
  const isOne = answers.size === 1 && only.startsWith('HTTP/1.1 404 ')
  line('10,000 wrong secrets: different answers', `${answers.size}`, '1, a 404', isOne)
}

/** I5: 900 that are slow, and what ordinary deliveries notice of them. */
async function slow(port: number, pid: number, how: 'headers' | 'body' | 'read', line: Line): Promise<void> {
  const head = request('').replace('Content-Length: 0', 'Content-Length: 9000').split('\r\n\r\n')[0] ?? ''
  const first = {
    headers: head,
    body: `${head}\r\n\r\n{`,
    read: `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(200),
  }[how]
  const drip = { headers: '\r\nX: y', body: ' ', read: '' }[how]
  const started = performance.now()
  const openBefore = openFiles(pid)
  const gone: number[] = []
  const sockets = await Promise.all(Array.from({ length: 900 }, () => opened(port)))
  for (const socket of sockets) {
    socket.on('close', () => gone.push(performance.now() - started)).on('error', () => undefined)
    if (how === 'read') socket.pause()
    else socket.resume()
    socket.write(first)
  }
  const dripping = setInterval(() => drip && sockets.forEach((socket) => socket.writable && socket.write(drip)), 1_000)
  const times: number[] = []
  for (let n = 0; n < 200; n++) {
    const sent = performance.now()
    await once(port, request(delivery(`${how} ${n}`)))
    times.push(performance.now() - sent)
  }
  const limit = how === 'body' ? 45_000 : 15_000
  // Who does not read does not hear that it is over: the server's side tells.
  const areGone = () => (how === 'read' ? openFiles(pid) <= openBefore + 2 : gone.length === 900)
  while (!areGone() && performance.now() - started < limit) await new Promise((resolve) => setTimeout(resolve, 100))
  const last = areGone() ? (how === 'read' ? performance.now() - started : Math.max(...gone)) / 1000 : Infinity
  clearInterval(dripping)
  for (const socket of sockets) socket.destroy()
  const p99 = times.sort((a, b) => a - b)[197] ?? 0
  line(`900 slow connections (${how}): ordinary p99`, `${p99.toFixed(0)} ms`, '<= 250 ms', p99 <= 250)
  const aim = how === 'body' ? 35 : 15
  line('  all of them gone after', `${last.toFixed(1)} s`, `<= ${aim} s`, last <= aim)
}

function delivery(mark: string): string {
  const rows = Array.from({ length: 10 }, (_, row) => ({
    'gl.account_code': `${5000 + row}`,
    'gl.net_amount': '412880.15',
  }))
  return JSON.stringify({ type: 'query', scheduled_plan: { scheduled_plan_id: mark }, attachment: null, data: rows })
}

function request(body: string | Buffer, headers = ''): string {
  const length = headers.includes('Content-Length') ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`
  const text = typeof body === 'string' ? Buffer.from(body).toString('latin1') : body.toString('latin1')
  return `POST ${PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}${length}\r\n${text}`
}

function opened(port: number, localAddress?: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ...(localAddress ? { localAddress } : {}) }, () =>
      resolve(socket),
    )
    socket.once('error', reject)
  })
}

/** One request on a connection that stays open; nothing when it was closed on us. */
function asked(socket: Socket, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const heard = (data: Buffer | null) => {
      socket.off('data', heard).off('close', gone)
      resolve(data?.toString('latin1') ?? '')
    }
    const gone = () => heard(null)
    socket.once('data', heard).once('close', gone)
    socket.write(bytes, 'latin1')
  })
}

/** One request on a connection of its own; what was heard when it ended or was whole. */
async function once(port: number, bytes: string): Promise<string> {
  const socket = await opened(port, `127.0.0.${Math.floor(Math.random() * 190) + 60}`)
  socket.on('error', () => undefined)
  const answer = await asked(socket, bytes)
  socket.destroy()
  return answer
}

function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length
}

/** MiB that the process has in memory, at most so far. */
function memoryOf(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
}
