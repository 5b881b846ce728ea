/** What the endpoint allows. Times in milliseconds. */
export interface Limits {
  readonly maxBodyBytes: number
  readonly maxHeaderBytes: number
  /** From the first byte of a connection or request to the end of its headers. */
  readonly headersMs: number
  /** For a body, besides what its size allows at `leastBytesPerSecond`. */
  readonly bodyMs: number
  readonly leastBytesPerSecond: number
  readonly keepAliveMs: number
  /** How long the rest of a body that nobody wants is read, so that the answer reaches the sender before the connection ends. */
  readonly lingerMs: number
  /** How long a stop waits for requests that have begun. */
  readonly drainMs: number
  /** How often Node looks for connections that are too slow. */
  readonly checkMs: number
  readonly connections: number
  readonly requestsPerConnection: number
  readonly perSource: Rate
  readonly overall: Rate
}

/** A bucket: so many at once, and so many a second after that. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

/** Node's own are loose: a minute for headers, five for a request, connections without end. */
export const LIMITS: Omit<Limits, 'maxBodyBytes'> = {
  maxHeaderBytes: 8 * 1024,
  headersMs: 5_000,
  bodyMs: 30_000,
  leastBytesPerSecond: 16 * 1024,
  keepAliveMs: 5_000,
  lingerMs: 1_000,
  drainMs: 5_000,
  checkMs: 1_000,
  connections: 1_024,
  requestsPerConnection: 100,
  // Behind a reverse proxy every sender has the proxy's address, and the whole of a Looker may deliver at six in the morning.
  perSource: { burst: 2_000, perSecond: 200 },
  overall: { burst: 10_000, perSecond: 5_000 },
}
