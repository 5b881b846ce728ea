import type { Context, Endpoint } from '../context.js'
import { EXIT, MlcError } from '../errors.js'
import { createDoor } from '../ingest/door.js'
import { LIMITS } from '../ingest/limits.js'
import { startIngest, type Access } from '../ingest/server.js'
import { openSpool, type Spool } from '../ingest/spool.js'
import { createWorker } from '../ingest/worker.js'
import { isoTime } from '../model/clock.js'
import { counted } from '../model/counted.js'
import { isLoopback } from '../model/loopback.js'
import type { CommonFlags } from './flags.js'
import { refuseUnknownPeriod } from './known-period.js'
import { finishEarlier, takeKept } from './listen/take.js'

export interface ListenFlags extends CommonFlags {
  readonly job: readonly string[]
  readonly period?: string
}

/** `mlc listen`: the endpoint for Looker's scheduled plans. What it accepts is on disk first, and goes the way of a sync after that. */
export async function runListen(flags: ListenFlags, context: Context): Promise<number> {
  if (flags.dryRun)
    throw new MlcError('MLC-C006', 'listen has no --dry-run: what is delivered would be taken and not posted', {
      fix: 'Try a delivery with mlc ingest FILE --dry-run.',
    })
  const endpoint = await context.endpoint()
  refuseOpen(endpoint)
  await refuseUnknownPeriod(flags.period, context)
  const jobs = await servedJobs(flags, context)
  context.mayPost()
  if (!flags.yes && !(await context.prompts.confirm(await question(jobs, context)))) return EXIT.done
  await endpoint.alone()
  const spool = await openSpool({ folder: endpoint.folder, clock: context.clock, maxBytes: 4 * endpoint.maxBodyBytes })
  for (const remark of spool.remarks) context.terminal.warn(remark)
  const server = await startIngest({
    ...{ host: endpoint.host, port: endpoint.port, jobs: new Set(jobs), spool },
    limits: { ...LIMITS, maxBodyBytes: endpoint.maxBodyBytes },
    door: createDoor(endpoint.secrets, endpoint.tokens),
    log: (access) => context.terminal.note(accessLine(access, context)),
  }).catch((error: unknown) => {
    throw unreachable(`${endpoint.host}:${endpoint.port}`, error)
  })
  const stop = new AbortController()
  const working = workerOf(spool, jobs, flags, context).run(stop.signal)
  try {
    await announce(
      { url: server.url, jobs, waiting: spool.waiting().length, hasToken: endpoint.tokens.length > 0 },
      context,
    )
    await context.untilStopped()
    context.terminal.note('Stopping: nothing more is accepted; the delivery in hand is finished.')
  } finally {
    stop.abort()
    await Promise.all([server.stop(), working])
    await spool.close()
  }
  context.terminal.note(
    `Stopped; ${counted(spool.waiting().length, 'delivery waits', 'deliveries wait')} for the next start.`,
  )
  return EXIT.done
}

/** The secret stands in the address: beyond this machine it must not travel openly. @throws MLC-I002 */
function refuseOpen({ host, publicUrl }: Pick<Endpoint, 'host' | 'publicUrl'>): void {
  if (isLoopback(host) || publicUrl?.startsWith('https:')) return
  const found = publicUrl === null ? 'ingest.publicUrl is not set' : `ingest.publicUrl is ${publicUrl}`
  throw new MlcError('MLC-I002', `ingest.host is ${host}, which other machines may reach, and ${found}`)
}

function workerOf(spool: Spool, jobs: readonly string[], flags: ListenFlags, context: Context) {
  return createWorker({
    ...{ clock: context.clock, spool },
    begin: () => finishEarlier(jobs, spool.damage, flags, context),
    take: (delivery) => takeKept(delivery, spool, flags, context),
    say: (line) => context.terminal.warn(line),
  })
}

async function servedJobs({ job: named }: ListenFlags, context: Context): Promise<readonly string[]> {
  if (named.length > 0) return Promise.all([...new Set(named)].map(async (name) => (await context.job(name)).name))
  const { jobs } = await context.settings()
  if (jobs.length > 0) return jobs.map(({ name }) => name)
  throw new MlcError('MLC-C012', 'mlc.yaml has no jobs to deliver to')
}

async function question(jobs: readonly string[], context: Context): Promise<string> {
  const { environment } = await context.settings()
  return `Post what Looker delivers for ${jobs.join(', ')} to QAD ${environment}, without asking again, until stopped?`
}

function unreachable(address: string, error: unknown): MlcError {
  const { code = '' } = error as NodeJS.ErrnoException
  const why = WHY.get(code) ?? (code || 'it cannot be opened')
  return new MlcError('MLC-I001', `${address} cannot be listened on: ${why}`, { cause: error })
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'another program listens there'],
  ['EACCES', 'this user may not use the port'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['ENOTFOUND', 'the name is not known'],
])

interface Announced {
  readonly url: string
  readonly jobs: readonly string[]
  readonly waiting: number
  readonly hasToken: boolean
}

async function announce({ url, jobs, waiting, hasToken }: Announced, context: Context): Promise<void> {
  const { terminal, flags } = context
  const path = '/ingest/<secret>/<job>'
  if (flags.json) return terminal.data(`${JSON.stringify({ schema: 'mlc/listen/1', url, path, jobs, waiting })}\n`)
  terminal.note(
    `Listening on ${url}; Looker delivers to ${path} (jobs: ${jobs.join(', ')}); ${url}/healthz tells that it is up`,
  )
  if (!isLoopback(new URL(url).hostname))
    terminal.warn(
      `${url} can be reached from other machines, and http hides nothing: have a reverse proxy with TLS in front`,
    )
  if (!hasToken)
    terminal.note(
      'X-Looker-Webhook-Token is not looked at: set MLC_LOOKER_WEBHOOK_TOKEN, and the path alone lets nobody in',
    )
  if (waiting > 0) terminal.note(`${counted(waiting, 'delivery waits', 'deliveries wait')} from before`)
}

/** Never the address of the request: the secret stands in it. */
function accessLine({ method, route, status, bytes, ms, secret, job, remark }: Access, context: Context): string {
  const who = secret === 0 ? 'no secret' : `secret ${secret}`
  const words = [
    isoTime(context.clock),
    method,
    route,
    `${status ?? '-'}`,
    `${bytes} bytes`,
    `${Math.round(ms)} ms`,
    who,
  ]
  return [...words, ...(job === null ? [] : [job]), ...(remark === '' ? [] : [`(${remark})`])].join(' ')
}
