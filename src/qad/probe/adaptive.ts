import { MlcError } from '../../errors.js'
import { isoTime } from '../../model/clock.js'
import { at, isList, isObject } from '../exact.js'
import type { AdaptiveOptions, JournalForm } from '../options.js'
import { readAnswer } from '../read.js'
import { describeRead, filtersOf } from '../rows.js'
import { createTenant, type AdaptivePorts, type Tenant } from '../tenant.js'
import { shippedBrowses } from './candidates.js'
import { factsOf, refusalOf, type Candidate, type Fact } from './fact.js'
import { filterFacts } from './filters.js'
import { listFacts } from './lists.js'
import { pagingFacts } from './paging.js'
import { checkedProof } from './posted.js'
import { probeReads } from './reads.js'
import { readsOnly } from './reads-only.js'
import type { Sample } from './rows.js'
import { workspaceFacts } from './workspace.js'

/** What a probe of QAD came to. */
export interface Probe {
  readonly facts: readonly Fact[]
  readonly candidates: readonly Candidate[]
  /** True: a row was seen through the configured read of references. */
  readonly isProven: boolean
}

/** Looks at an Adaptive tenant through its reads alone. @throws MLC-Q004 … MLC-Q007, MLC-Q503 when it cannot be entered or reached */
export async function probeAdaptive(
  options: AdaptiveOptions,
  ports: AdaptivePorts,
  /** What its Swagger document tells, read with the session of the probe. */
  swagger: (document: (path: string) => Promise<string>) => Promise<Pick<Probe, 'facts' | 'candidates'>>,
): Promise<Probe> {
  const tenant = createTenant(options, { ...ports, http: readsOnly(ports.http, isLogin(options)) })
  const { reads, write } = options
  const form: JournalForm | null = write?.target === 'journal' ? write : null
  try {
    await tenant.logIn()
    const today = isoTime(ports.clock).slice(0, 10)
    const found = await probeReads(tenant, reads, form, today)
    const rules: Fact[] = []
    for (const sample of found.samples) rules.push(...(await ruleFacts(tenant, sample)))
    const told = await swagger(async (path) => JSON.stringify(await readAnswer(tenant, path, `the document ${path}`)))
    const facts = [
      await loginFact(tenant, options),
      ...(await workspaceFacts(tenant, options, found.samples)),
      ...found.facts,
      ...rules,
      ...told.facts,
    ]
    const candidates = [...(await shippedBrowses(tenant, reads)), ...told.candidates]
    return { ...checkedProof(facts, found.isProven), candidates }
  } finally {
    await tenant.close()
  }
}

/** A login is the one POST that is no write, and the end of its session another. */
function isLogin({ baseUrl, auth }: AdaptiveOptions) {
  const paths = [
    'tokenPath' in auth ? auth.tokenPath : null,
    'loginPath' in auth ? auth.loginPath : null,
    auth.logoutPath ?? null,
  ].filter((path) => path !== null)
  const allowed = new Set(paths.map((path) => new URL(`${baseUrl.replace(/\/$/, '')}${path}`).pathname))
  return ({ url }: { readonly url: string }) => allowed.has(new URL(url).pathname)
}

async function ruleFacts(tenant: Tenant, sample: Sample): Promise<readonly Fact[]> {
  const { name, read, period } = sample
  if (sample.rows.length === 0) return []
  if (!read.browse) return listFacts(tenant, sample)
  const filters = filtersOf(read, tenant, period, describeRead(name, read))
  const shelf = { tenant, name, read, filters }
  return [...(await pagingFacts(shelf, sample)), ...(await filterFacts(shelf, sample))]
}

/** The login was taken; what Security Control tells of sessions is told where the user may read it. */
async function loginFact(tenant: Tenant, { auth }: AdaptiveOptions): Promise<Fact> {
  const facts = factsOf('login')
  const answer = await readAnswer(tenant, '/api/qracore/securityControl', 'Security Control').catch(refusalOf)
  const controls = answer instanceof MlcError || !isObject(answer) ? undefined : at(answer, 'data.securityControls')
  const control = isList(controls) ? controls.find(isObject) : undefined
  const told = ['timeoutMinutes', 'sessionLength'].flatMap((name) => {
    const value = control === undefined ? undefined : at(control, name)
    return typeof value === 'string' ? [`${name} ${value}`] : []
  })
  return facts.confirmed('credentials', [`${auth.type}: QAD takes them`, ...told].join(', '))
}
