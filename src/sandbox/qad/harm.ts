import type { Broken, Reply } from '../core.js'
import { bareErrors, gateway, json, loginPage, notFound, stackTrace, throttled, toLoginPage } from './answers.js'
import type { Gate } from './auth.js'
import { isObject, readJson } from './cells.js'
import type { Fault } from './faults.js'

/** The answer of a fault that strikes before QAD does any work; null when the call goes through. */
export function answerFirst(faults: readonly Fault[], { request, mount, path }: StruckCall, gate: Gate): Reply | null {
  for (const fault of faults) {
    if ('committed' in fault && fault.committed === true) continue
    const reply = refusal(fault, mount, path) ?? breakdown(fault)
    if (fault.is === 'unauthorized') gate.end(request)
    if (reply) return reply
  }
  return null
}

export interface StruckCall {
  readonly request: Request
  readonly mount: string
  readonly path: string
}

/** The answer that takes the place of the real one after QAD has done the work; null when the real one goes out. */
export function answerInstead(faults: readonly Fault[], { mount, path }: StruckCall): Reply | null {
  for (const fault of faults) {
    const isLate = 'committed' in fault && fault.committed === true
    const reply = isLate ? (refusal(fault, mount, path) ?? breakdown(fault)) : null
    if (reply) return reply
  }
  return null
}

/** The real answer, spoilt on its way. */
export async function damaged(real: Response, faults: readonly Fault[]): Promise<Reply> {
  let reply: Reply = real
  for (const fault of faults) {
    if (!(reply instanceof Response)) return reply
    reply = await spoil(reply, fault)
  }
  return reply
}

function refusal(fault: Fault, mount: string, path: string): Response | null {
  switch (fault.is) {
    case 'unauthorized':
      return json(401, { error: 'invalid_token', error_description: 'Access token expired' })
    case 'loginPage':
      return loginPage(mount)
    case 'toLogin':
      return toLoginPage(mount)
    case 'forbidden':
      return bareErrors(403, 'Access is denied')
    case 'notFound':
      return notFound(mount + path)
    case 'conflict':
      return bareErrors(409, 'Record already exists.')
    case 'unprocessable':
      return bareErrors(422, 'The record cannot be processed.')
    case 'throttled':
      return throttled(fault.retryAfter ?? null)
    default:
      return null
  }
}

function breakdown(fault: Fault): Response | Broken | null {
  switch (fault.is) {
    case 'stackTrace':
      return stackTrace()
    case 'gateway':
      return gateway(fault.status)
    case 'hang':
    case 'reset':
      return { broken: fault.is }
    default:
      return null
  }
}

async function spoil(response: Response, fault: Fault): Promise<Reply> {
  switch (fault.is) {
    case 'truncated': {
      const body = await response.text()
      return new Response(body.slice(0, Math.floor(body.length / 2)), {
        status: response.status,
        headers: response.headers,
      })
    }
    case 'cut': {
      const body = await response.text()
      const whole = new Response(body, { status: response.status, headers: response.headers })
      return { broken: 'cut', response: whole, afterBytes: Math.floor(Buffer.byteLength(body) / 2) }
    }
    case 'emptyBody':
      return new Response(null, { status: response.status })
    case 'noSubmitResult': {
      const body = readJson(await response.text())
      const { submitResult: _dropped, ...rest } = isObject(body) ? body : {}
      return json(200, rest)
    }
    default:
      return response
  }
}
