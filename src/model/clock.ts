/** Time as a parameter: tests and simulations bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export function isoTime(clock: Clock): string {
  return new Date(clock.now()).toISOString()
}
