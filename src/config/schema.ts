import * as z from 'zod'
import type { OnRestate } from '../model/job.js'
import {
  baseUrl,
  code,
  oneOfNumbers,
  optional,
  text,
  trueOrFalse,
  whole,
  withoutSlash,
  type IssueParams,
} from './fields.js'
import { jobSection, timeZone } from './job-section.js'
import { qadSection } from './qad-section.js'

const sections = z.strictObject({
  version: oneOfNumbers([1]),
  environment: code('a label such as test or prod').default('test'),
  looker: optional(
    z.strictObject({
      baseUrl: baseUrl('https://acme.cloud.looker.com')
        .refine((url) => !/\/api\/\d/.test(url), { error: 'the address without /api/4.0, which mlc adds' })
        .overwrite(withoutSlash),
      requestsPerMinute: whole(1, 100_000).default(60),
      maxConcurrent: whole(1, 64).default(4),
      pageSize: whole(1, 1_000_000).default(5000),
      timeZone: optional(timeZone()),
      callsPerMonth: optional(whole(1, 100_000_000)),
    }),
  ),
  qad: optional(qadSection),
  credentialCommand: optional(
    z
      .array(text('a word of the command'), {
        error: 'a list of words such as ["pass", "show", "mlc"]; no shell reads it',
      })
      .min(1, { error: 'a command and its words, such as ["pass", "show", "mlc"]' }),
  ),
  jobs: z.record(jobName(), jobSection).default({}),
  ingest: z
    .strictObject({
      host: code('a host name or address').default('127.0.0.1'),
      port: whole(0, 65_535).default(8787),
      maxBodyBytes: whole(1, 4_294_967_296).default(268_435_456),
      publicUrl: optional(baseUrl('https://mlc.acme.example').overwrite(withoutSlash)),
    })
    .prefault({}),
  signoff: z.strictObject({ secondPerson: trueOrFalse().default(false) }).prefault({}),
  audit: z.strictObject({ dir: optional(text('a folder')), publicKey: optional(text('a public key')) }).prefault({}),
})

/** The whole of `mlc.yaml`, with its defaults. Unknown keys are errors; a section that is absent is null. */
export const configSchema = sections.superRefine(({ qad, jobs }, context) => {
  const isJournal = qad?.write?.target === 'journal'
  const wrong = isJournal ? 'revise' : 'adjust'
  for (const [name, { onRestate }] of Object.entries(jobs)) {
    if (onRestate !== wrong) continue
    const message = isJournal
      ? 'revise is for records that can be told apart by their revision; of a journal: adjust or refuse'
      : 'adjust is for journals (qad.write.target); otherwise: revise or refuse'
    context.addIssue({
      code: 'custom',
      path: ['jobs', name, 'onRestate'],
      message,
      params: { whole: true } satisfies IssueParams,
    })
  }
})

/** What the target decides where mlc.yaml does not say: a journal that has changed is adjusted by the difference. */
export function withTargetDefaults(parsed: z.infer<typeof configSchema>): Config {
  const usual = parsed.qad?.write?.target === 'journal' ? ('adjust' as const) : ('revise' as const)
  const jobs = Object.entries(parsed.jobs).map(([name, job]) => [name, { ...job, onRestate: job.onRestate ?? usual }])
  return { ...parsed, qad: withAddress(parsed.qad), jobs: Object.fromEntries(jobs) as Config['jobs'] }
}

/** QXtend has one address, and it stands in its own section. */
function withAddress(qad: Parsed['qad']): Parsed['qad'] {
  return qad?.kind === 'qxtend' ? { ...qad, baseUrl: qad.qxtend?.url ?? '' } : qad
}

type Parsed = z.infer<typeof configSchema>
type ParsedJob = Parsed['jobs'][string]

export interface Config extends Omit<Parsed, 'jobs'> {
  readonly jobs: Readonly<Record<string, Omit<ParsedJob, 'onRestate'> & { readonly onRestate: OnRestate }>>
}
export type LookerConfig = NonNullable<Config['looker']>
export type QadConfig = NonNullable<Config['qad']>
export type JobConfig = Config['jobs'][string]

/** The JSON Schema (2020-12) of `mlc.yaml`, for editors. */
export function configJsonSchema(): Record<string, unknown> {
  return { ...z.toJSONSchema(configSchema, { io: 'input' }), title: 'mlc.yaml' }
}

/** A job's name becomes a file name and a part of an address. */
function jobName() {
  return z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, {
    error: 'a job name of letters, digits, dot, dash and underscore, at most 64',
  })
}
