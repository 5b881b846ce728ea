import type { Answer } from '../model/project.js'
import { configSchema } from './schema.js'

/** The environment variables of `mlc init --from-env`, the first that is set counts. Looker's own SDKs read the last one. */
export const ANSWER_VARIABLES: Readonly<Record<Answer, readonly [string, ...string[]]>> = {
  lookerUrl: ['MLC_LOOKER_BASE_URL', 'LOOKERSDK_BASE_URL'],
  qadUrl: ['MLC_QAD_BASE_URL'],
  domain: ['MLC_QAD_DOMAIN'],
  entity: ['MLC_QAD_ENTITY'],
  look: ['MLC_LOOK'],
}

export const ANSWERS = Object.keys(ANSWER_VARIABLES) as readonly Answer[]

/** What people paste from a browser, cut to what was asked for: the address without its page, the number of a Look. */
export function tidyAnswer(name: Answer, text: string): string {
  const answer = text.trim()
  if (name === 'look') return /\/looks\/([A-Za-z0-9_-]+)\/?(?:[?#].*)?$/.exec(answer)?.[1] ?? answer
  if (name === 'lookerUrl') return answer.replace(LOOKER_PAGE, '').replace(/\/+$/, '')
  if (name === 'qadUrl') return answer.replace(QAD_PAGE, '').replace(/\/+$/, '')
  return answer
}

/** Pages of Looker and its API, behind the address of the instance. */
const LOOKER_PAGE = /\/(?:api|looks|explore|dashboards|embed|browse|folders|login|admin|x)(?:[/?#].*)?$/

/** The pages of QAD's web interface: `…/clouderp/#/view/webshell/home`, `…/clouderp/resources/login.jsp`. */
const QAD_PAGE = /\/?(?:#.*|resources\/login\.jsp.*)$/

/** Why the address of a Look is of no use with that Looker; null when it is, or is no address. */
export function otherHost(written: string, lookerUrl: string): string | null {
  const address = written.trim()
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address) || !URL.canParse(lookerUrl)) return null
  // Pages and API of one Looker may be at different ports.
  const [theirs, ours] = [new URL(address).hostname, new URL(lookerUrl).hostname]
  return theirs === ours
    ? null
    : `a Look of ${ours}, and this one is at ${theirs}; where both are one Looker, its number`
}

/** What is odd about an answer that is allowed; null when nothing is. */
export function answerRemark(name: Answer, value: string): string | null {
  if (name !== 'qadUrl' || new URL(value).pathname !== '/') return null
  return `${value} has no context root; the address of a tenant usually ends in one, such as ${value}/clouderp, and its environment`
}

/** What is wrong with an answer, as mlc.yaml would have it; null when nothing is. */
export function answerFault(name: Answer | 'environment', value: string): string | null {
  // A value that names a variable is allowed in mlc.yaml, but it cannot be tried here.
  if (value.includes('${')) return 'a plain value; write ${NAME} into mlc.yaml afterwards'
  if (name === 'look' && !/^[1-9]\d{0,17}$/.test(value)) return A_LOOK
  const parsed = configSchema.safeParse(sampleWith(name, value))
  const message = parsed.error?.issues[0]?.message
  if (message === undefined) return null
  return message.startsWith('Invalid input') ? 'another value' : message
}

const A_LOOK = 'the id of a Look: its number, such as 42, or its address'

/** The smallest sound mlc.yaml with the one answer in its place: whatever is wrong in it is the answer. */
function sampleWith(name: Answer | 'environment', value: string): unknown {
  const sound = {
    environment: 'test',
    lookerUrl: 'https://looker.example',
    qadUrl: 'https://qad.example',
    domain: '10USA',
    entity: '10USACO',
    look: '42',
  }
  const filled = { ...sound, [name]: value }
  const { environment, lookerUrl, qadUrl, domain, entity, look } = filled
  return {
    version: 1,
    environment,
    looker: { baseUrl: lookerUrl },
    qad: { baseUrl: qadUrl, domain, entity },
    jobs: { sample: { source: { look }, figure: { account: 'a.b', currency: 'USD', measures: { amount: 'a.c' } } } },
  }
}
