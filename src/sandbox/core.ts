/** A server of the sandbox as a function: mounted by msw in tests and by serve.ts on 127.0.0.1. */
export interface Core {
  handle(request: Request): Promise<Reply>
}

/** An ordinary answer, or an exchange that breaks below HTTP. */
export type Reply = Response | Broken

export interface Broken {
  /** reset: the connection dies without an answer; hang: nothing ever comes; cut: the body of `response` stops after `afterBytes`. */
  readonly broken: 'reset' | 'hang' | 'cut'
  readonly response?: Response
  readonly afterBytes?: number
}
