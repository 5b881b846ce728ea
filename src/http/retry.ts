import type { Clock } from '../model/clock.js'
import { TransportError, type HttpAnswer, type TransportFault } from './http.js'

export interface RetryPolicy {
  /** Tries in all, the first included. */
  readonly attempts: number
  readonly baseMs: number
  readonly capMs: number
  /** A number in [0, 1): full jitter. */
  readonly random: () => number
  /** Shared by all calls of one client; absent: every call may use all its tries. */
  readonly budget?: RetryBudget
}

/** What retries may cost a server that is down: a token bucket, as in the AWS SDKs' standard mode. */
export interface RetryBudget {
  /** True when another try is affordable; it is then paid for. */
  spend(): boolean
  /** A call that came through earns a little back. */
  earn(): void
}

/** 60 tries beyond the first ones, and one more for every five calls that came through. */
export function createRetryBudget(tokens = 300, cost = 5): RetryBudget {
  let left = tokens
  return {
    spend() {
      if (left < cost) return false
      left -= cost
      return true
    },
    earn: () => void (left = Math.min(tokens, left + 1)),
  }
}

/** Longest Retry-After that is waited for; a longer one ends the retries. (CLI contract, section 8) */
export const MAX_RETRY_AFTER_MS = 600_000

const RETRYABLE_STATUS = new Set([429, 500, 502, 503, 504])

/** What the next try would meet again. A proxy that refuses a password may lock the account behind it. */
const FINAL: ReadonlySet<TransportFault> = new Set(['proxy', 'tls', 'aborted', 'too-large', 'encoding', 'unsendable'])

/** For requests that are safe to repeat: whether this ending is worth another try. */
export function isRetryable(outcome: Pick<HttpAnswer, 'status'> | TransportError): boolean {
  if (!(outcome instanceof TransportError)) return RETRYABLE_STATUS.has(outcome.status)
  return !FINAL.has(outcome.fault)
}

/**
 * Milliseconds to wait before try `attempt + 1`; null when there is to be none.
 * @param attempt tries made so far, from 1
 * @param retryAfter the header, in seconds or as an HTTP date
 */
export function retryDelayMs(
  attempt: number,
  retryAfter: string | undefined,
  policy: RetryPolicy,
  nowMs: number,
): number | null {
  if (attempt >= policy.attempts) return null
  const asked = retryAfterMs(retryAfter, nowMs)
  // A server that says when to come back is not one that is down.
  if (asked !== null) return asked > MAX_RETRY_AFTER_MS ? null : asked
  if (policy.budget?.spend() === false) return null
  return Math.floor(policy.random() * Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1)))
}

/** Retry-After in either of its forms as milliseconds from now; null when absent or unreadable. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header.trim())) return Number(header.trim()) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs)
}

/** Runs `attempt` until it gives an answer that is final or the tries are used up; the last ending is returned or thrown. */
export async function withRetries<T extends Pick<HttpAnswer, 'status' | 'headers'>>(
  policy: RetryPolicy,
  clock: Clock,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const outcome = await attempt().catch((error: unknown) => {
      if (error instanceof TransportError) return error
      throw error
    })
    const retryAfter = outcome instanceof TransportError ? undefined : outcome.headers['retry-after']
    if (!isRetryable(outcome)) policy.budget?.earn()
    const delayMs = isRetryable(outcome) ? retryDelayMs(tries, retryAfter, policy, clock.now()) : null
    if (delayMs === null) {
      if (outcome instanceof TransportError) throw outcome
      return outcome
    }
    await clock.sleep(delayMs, signal)
  }
}
