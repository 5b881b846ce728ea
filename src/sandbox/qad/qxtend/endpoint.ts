import type { Books } from '../books.js'
import { faultOf, type Fault } from '../faults.js'
import type { PasswordCheck } from '../passes.js'
import type { QadUser, QadWorld } from '../world.js'
import { respond, soapFault, wsdl, type Message, type Outcome } from './answers.js'
import { readEnvelope, type Qdoc } from './envelope.js'
import { postEntries } from './journal.js'
import { answerQuery } from './query.js'
import type { QxtendWorld } from './world.js'

/** QXtend Inbound on the books of a tenant. */
export interface Endpoint {
  answer(request: Request, body: string, faults: readonly Fault[]): Response
  /** Sessions of the servlet container: callers that came without a cookie of ours. */
  sessions(): number
}

/** Which QDoc a body carries, for the log and for faults; null when it cannot be told. */
export function qdocIn(body: string, { entry, query }: QxtendWorld): string | null {
  return [entry.name, query.name].find((name) => new RegExp(`<(?:\\w+:)?${name}[\\s>]`).test(body)) ?? null
}

export function createEndpoint(world: QadWorld, qxtend: QxtendWorld, books: Books, check: PasswordCheck): Endpoint {
  let turn = 0
  let sessions = 0
  return {
    sessions: () => sessions,
    answer(request, body, faults) {
      const url = new URL(request.url)
      if (request.method === 'GET' && url.search.toLowerCase() === '?wsdl') return wsdl(`${url.origin}${url.pathname}`)
      if (request.method !== 'POST')
        return new Response('Method Not Allowed', { status: 405, headers: { allow: 'POST' } })
      const answer = process(readEnvelope(request, body, qxtend), { world, qxtend, books, check, faults, turn: turn++ })
      if (!/\bJSESSIONID=/.test(request.headers.get('cookie') ?? '')) {
        sessions++
        answer.headers.set('set-cookie', `JSESSIONID=${'E'.repeat(30)}${sessions}; Path=/; HttpOnly`)
      }
      return answer
    },
  }
}

interface Desk {
  readonly world: QadWorld
  readonly qxtend: QxtendWorld
  readonly books: Books
  readonly check: PasswordCheck
  readonly faults: readonly Fault[]
  readonly turn: number
}

function process(qdoc: Qdoc | Response, desk: Desk): Response {
  if (qdoc instanceof Response) return qdoc
  const { qxtend, faults, turn } = desk
  const planned = faultOf(faults, 'soapFault')
  if (planned && planned.committed !== true) return soapFault(planned.code, planned.words)
  const exception = faultOf(faults, 'exception')
  if (exception && exception.committed !== true) return answered(qdoc, failing(exception.words), turn)
  const done = work(qdoc, desk)
  if (done instanceof Response) return done
  if (planned) return soapFault(planned.code, planned.words)
  if (exception) return answered(qdoc, failing(exception.words), turn)
  const remark = faultOf(faults, 'remark')
  const isPosting = qdoc.root.name === qxtend.entry.name
  return answered(qdoc, remark && isPosting ? remarked(done, remark.words) : done, turn)
}

type Result = Pick<Outcome, 'result' | 'messages' | 'data'>

function answered({ root, context, isBrief }: Qdoc, result: Result, turn: number): Response {
  return respond({ qdoc: root.name, context, isBrief, ...result }, turn)
}

function failing(text: string): Result {
  return { result: 'error', messages: [{ text, context: '', severity: 'error', number: '' }], data: () => '' }
}

function remarked(result: Result, text: string): Result {
  const message: Message = { text, context: '', severity: 'warning', number: '' }
  return { ...result, result: 'warning', messages: [...result.messages, message] }
}

function work(qdoc: Qdoc, { world, qxtend, books, check, faults }: Desk): Result | Response {
  const user = userOf(qdoc, world, check)
  if (user === null)
    return failing('ProcessException001: the session failed to initialise: invalid user name or password')
  const [domain, entity] = [qdoc.context.get('domain') ?? '', qdoc.context.get('entity') ?? '']
  const named = world.companies.find((one) => one.domain === domain && one.entity === entity)
  const moved = faultOf(faults, 'defaultWorkspace') === undefined ? named?.workspace : user.workspaces[0]
  const company = moved === undefined ? undefined : books.company(moved)
  if (!company) return failing(`SIM-001 Domain ${domain} and entity ${entity} do not exist.`)
  if (!user.workspaces.includes(company.workspace)) return failing(`SIM-001 Access to ${company.workspace} is denied.`)
  const separator = separatorOf(qdoc, qxtend)
  const { workspace } = company
  if (qdoc.root.name === qxtend.entry.name) {
    if (user.role !== 'writer') return failing('You may not maintain journal entries.')
    return postEntries(qxtend.entry, { qdoc, company, workspace, separator, faults }, books)
  }
  const isEmpty = faultOf(faults, 'emptyBrowse') !== undefined
  return answerQuery(qxtend.query, { qdoc, user, workspace, separator, isEmpty }, books)
}

/** Who the session context names; without a name, the receiver's own user, who is the first of the tenant here. */
function userOf({ context }: Qdoc, world: QadWorld, check: PasswordCheck): QadUser | null {
  const username = context.get('username') ?? ''
  if (username === '') return world.users[0] ?? null
  return check.find(username, context.get('password') ?? '')
}

function separatorOf({ context }: Qdoc, { decimalSeparator }: QxtendWorld): '.' | ',' {
  const asked = context.get('decimalSeparator')
  return asked === '.' || asked === ',' ? asked : decimalSeparator
}
