import type { Agent as HttpAgent } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { HttpRequest } from './http.js'

/** One request on its way, by whatever carries it. */
export interface Exchange {
  /** The head of the answer, and its body decompressed. Rejects with whatever went wrong. */
  readonly answer: Promise<Answered>
  /** True once a byte of the request may have left this machine. */
  wasSent(): boolean
  /** Lets the connection go. */
  end(): void
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: AsyncIterable<Uint8Array>
}

/** Starts an exchange: never repeats it, never follows a redirect, always verifies TLS. */
export type Start = (request: HttpRequest, agents: Agents) => Exchange

/** The pools to take a connection from; no `http` where a proxy is between, which only https goes through. */
export interface Agents {
  readonly http?: HttpAgent
  readonly https: HttpsAgent
}

/** For each of: the name, the connection, the TLS handshake. */
export const STEP_TIMEOUT_MS = 10_000

/** Explicit, so that it also holds when NODE_TLS_REJECT_UNAUTHORIZED=0 is set. */
export const VERIFIED_TLS = { rejectUnauthorized: true, minVersion: 'TLSv1.2' } as const

/** Calls back when the request's bytes can leave: at once on a used connection, else when it is there and, for https, verified. */
export function whenReady(socket: Socket, ready: () => void): void {
  // The pool's timeout is for unused connections; while one is made, the steps have their own.
  if (socket.connecting) socket.setTimeout(0)
  if (!socket.connecting && !(socket instanceof TLSSocket && !socket.authorized)) ready()
  else socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', ready)
}
