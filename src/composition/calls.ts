import { appendFileSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { LookerCalls } from '../context.js'
import type { Http, HttpRequest } from '../http/http.js'
import { isQueryCall } from '../looker/quota.js'
import { isoTime, type Clock } from '../model/clock.js'

export interface CallBookNeeds {
  readonly clock: Clock
  readonly baseUrl: string
  readonly state: () => Promise<string>
}

/**
 * An HTTP door that counts the query calls of a Looker as they leave, in the state folder: a file for each Looker and calendar
 * month (UTC), one byte a call. Appending needs no lock, and what is appended survives a kill. A count is never a reason to
 * fail: where the folder cannot be written, nothing is counted.
 */
export function countingCalls(http: Http, { clock, baseUrl, state }: CallBookNeeds): Http {
  let folder: Promise<string | null> | null = null
  const count = async ({ url }: HttpRequest) => {
    if (!isQueryCall(new URL(url).pathname.replace(/^.*?\/api\/4\.0/, ''))) return
    const found = await (folder ??= state().catch(() => null))
    if (found !== null) append(fileOf(found, baseUrl, monthOf(clock)))
  }
  return {
    send: (request) => count(request).then(() => http.send(request)),
    open: (request) => count(request).then(() => http.open(request)),
    close: () => http.close(),
  }
}

/** What was sent to this Looker in the current month, by every mlc with this state folder. */
export async function callsThisMonth({ clock, baseUrl, state }: CallBookNeeds): Promise<LookerCalls> {
  const month = monthOf(clock)
  const calls = statSync(fileOf(await state(), baseUrl, month), { throwIfNoEntry: false })?.size ?? 0
  return { instance: new URL(baseUrl).host, month, calls }
}

function append(file: string): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 })
    appendFileSync(file, '.', { mode: 0o600 })
  } catch {
    // See above.
  }
}

function fileOf(folder: string, baseUrl: string, month: string): string {
  // A colon is not for file names everywhere.
  return join(folder, 'looker-calls', `${new URL(baseUrl).host.replace(':', '_')}.${month}`)
}

function monthOf(clock: Clock): string {
  return isoTime(clock).slice(0, 7)
}
