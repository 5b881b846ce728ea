import * as z from 'zod'
import {
  choice,
  code,
  decimalText,
  oneOfNumbers,
  optional,
  text,
  trueOrFalse,
  whole,
  type IssueParams,
} from './fields.js'
import { deliveryModeOf, type JobDelivery } from '../model/job.js'
import { didYouMean } from '../model/nearest.js'
import { isTimeZone, timeZoneMeant } from '../model/time-zone.js'
import { FILTER_PLACEHOLDERS, placeholderFault } from './placeholders.js'

const COLUMN = 'a column such as gl.account_code'

const filters = z
  .record(z.string(), z.string({ error: 'a filter value; quote it when it begins with {' }))
  .superRefine((values, context) => {
    for (const [field, value] of Object.entries(values)) {
      const fault = placeholderFault(value, FILTER_PLACEHOLDERS)
      if (fault !== null)
        context.addIssue({
          code: 'custom',
          path: [field],
          message: fault,
          params: { whole: true } satisfies IssueParams,
        })
    }
  })

const query = z.strictObject({
  model: code('the name of a LookML model'),
  explore: code('the name of an Explore'),
  fields: z
    .array(code(COLUMN), { error: 'a list of fields' })
    .min(1, { error: 'at least one field' })
    .refine((fields) => new Set(fields).size === fields.length, { error: 'every field once' }),
  filters: filters.default({}),
  sorts: z.array(text('a sort such as gl.net_amount desc'), { error: 'a list of sorts' }).default([]),
  timezone: optional(timeZone()),
})

const delivery = z
  .union(
    [
      trueOrFalse(),
      choice(['trigger', 'payload']),
      z.strictObject({
        mode: optional(choice(['trigger', 'payload'])),
        plan: optional(code('the id of a scheduled plan')),
        period: optional(choice(['current', 'previous'])),
        model: optional(code('the name of a LookML model')),
        explore: optional(code('the name of an Explore')),
      }),
    ],
    { error: 'true, trigger, payload, or a mapping of mode, plan, period, model and explore' },
  )
  .transform((written): JobDelivery | null => {
    const plain = { mode: null, plan: null, period: null, model: null, explore: null }
    if (typeof written === 'object') return written
    if (typeof written === 'string') return { ...plain, mode: written }
    return written ? plain : null
  })

const source = z
  .strictObject({
    look: optional(lookId()),
    query: optional(query),
    slug: optional(code('a slug, or the whole address of an Explore')),
    delivery: optional(delivery),
    filters: filters.default({}),
    paging: choice(['auto', 'single', 'stream', 'offset', 'keyset', 'task']).default('auto'),
    controlTotal: choice(['auto', 'always']).default('auto'),
    onEmpty: choice(['fail', 'allow']).default('fail'),
    expect: z.strictObject({ definition: optional(definitionHash()) }).prefault({}),
  })
  .superRefine((source, context) => {
    const { look, query, slug, delivery } = source
    const count = [look, query, slug].filter((one) => one !== null).length
    const say = (message: string) =>
      context.addIssue({ code: 'custom', message, params: { whole: true } satisfies IssueParams })
    if (delivery && (delivery.model === null) !== (delivery.explore === null))
      say('delivery needs model and explore together')
    if (deliveryModeOf(source) === 'payload') {
      if (count > 0) say('takes no look, query or slug where the rows delivered are the figures (delivery: payload)')
    } else if (count !== 1) {
      const found = count === 0 ? 'none of them is there' : `${count} of them are there`
      say(`needs exactly one of look, query, slug; ${found}`)
    }
  })

const figure = z.strictObject({
  account: code(COLUMN),
  costCentre: optional(code(COLUMN)),
  currency: code('a column, or a three-letter currency such as USD').refine((value) => !isMistypedCurrency(value), {
    error: 'a column such as gl.currency, or a three-letter currency in capitals such as USD',
  }),
  period: optional(code(COLUMN)),
  measures: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,39}$/, { error: 'a name of letters, digits and _' }),
      code(COLUMN),
    )
    .refine((measures) => Object.keys(measures).length > 0, { error: 'at least one measure: our name → column' }),
  subAccount: optional(code(COLUMN)),
  project: optional(code(COLUMN)),
  site: optional(code(COLUMN)),
  sign: oneOfNumbers([1, -1]).default(1),
})

export const jobSection = z
  .strictObject({
    source,
    figure,
    map: z
      .strictObject({
        accounts: optional(text('the path of a map file')),
        costCentres: optional(text('the path of a map file')),
      })
      .prefault({}),
    rounding: z
      .strictObject({
        scale: whole(0, 10).default(2),
        mode: choice(['half-even', 'half-up', 'down', 'up']).default('half-even'),
      })
      .prefault({}),
    onRestate: optional(choice(['revise', 'adjust', 'refuse'])),
    tolerance: z
      .strictObject({
        absolute: decimalText().default('0.01'),
        percent: decimalText().default('0'),
        mode: choice(['or', 'and']).default('or'),
      })
      .prefault({}),
    overrides: z
      .array(
        z
          .strictObject({
            account: code('a QAD account, a range such as 5000..5999, or a pattern such as 50*').superRefine(
              checkAccounts,
            ),
            absolute: decimalText().optional(),
            percent: decimalText().optional(),
          })
          .refine(({ absolute, percent }) => absolute !== undefined || percent !== undefined, {
            error: 'needs absolute or percent',
            params: { whole: true } satisfies IssueParams,
          }),
        { error: 'a list of overrides' },
      )
      .refine((overrides) => new Set(overrides.map(({ account }) => account)).size === overrides.length, {
        error: 'names an account twice',
        params: { whole: true } satisfies IssueParams,
      })
      .default([]),
    reconcile: z
      .strictObject({
        level: optional(choice(['both', 'account', 'costCentre', 'total'])),
        measures: optional(
          z
            .array(code('the name of a measure'), { error: 'a list of measures' })
            .min(1, { error: 'at least one measure' })
            .refine((names) => new Set(names).size === names.length, { error: 'every measure once' }),
        ),
        basis: choice(['period', 'ytd']).default('period'),
        cumulative: trueOrFalse().default(false),
      })
      .prefault({}),
  })
  .superRefine(checkReconcile)
  .superRefine(({ source, figure }, context) => {
    const fields = source.query?.fields
    if (!fields) return
    for (const { path, column } of columnsOf(figure)) {
      if (fields.includes(column)) continue
      const message = `"${column}" is not among the fields of source.query${didYouMean(column, fields)}`
      context.addIssue({
        code: 'custom',
        path: ['figure', ...path],
        message,
        params: { whole: true } satisfies IssueParams,
      })
    }
  })

/** A range holds codes of one length: `5000..05999` would mean something else to everybody. */
function checkAccounts(account: string, context: z.RefinementCtx<string>): void {
  const say = (message: string) =>
    context.addIssue({ code: 'custom', message, params: { whole: true } satisfies IssueParams })
  const [from = '', to, more] = account.split('..')
  if (account.split('*').length > 2 || (to !== undefined && account.includes('*')))
    return say(`"${account}": one * at most, and none in a range`)
  if (to === undefined) return
  if (more !== undefined || from.length !== to.length || from === '' || from > to)
    say(`"${account}" is no range: two codes of the same length, the lower first, such as 5000..5999`)
}

interface Compared {
  readonly figure: { readonly costCentre: string | null; readonly measures: Readonly<Record<string, string>> }
  readonly reconcile: {
    readonly level: string | null
    readonly measures: readonly string[] | null
    readonly basis: string
    readonly cumulative: boolean
  }
}

function checkReconcile({ figure, reconcile }: Compared, context: z.RefinementCtx<Compared>): void {
  const say = (name: string, message: string) =>
    context.addIssue({
      code: 'custom',
      path: ['reconcile', name],
      message,
      params: { whole: true } satisfies IssueParams,
    })
  const { level, measures, basis, cumulative } = reconcile
  if (figure.costCentre === null && (level === 'both' || level === 'costCentre'))
    say('level', `"${level}" needs cost centres, and figure.costCentre names no column`)
  const known = Object.keys(figure.measures)
  for (const name of measures ?? [])
    if (!known.includes(name)) say('measures', `"${name}" is not among figure.measures${didYouMean(name, known)}`)
  if (cumulative && basis === 'period') say('cumulative', 'year-to-date figures compare with basis: ytd alone')
}

/** Every column that a figure reads, with the setting that names it. A three-letter currency is a constant, not a column. */
function columnsOf(spec: z.infer<typeof figure>): { path: string[]; column: string }[] {
  const single = (['account', 'costCentre', 'currency', 'period', 'subAccount', 'project', 'site'] as const).flatMap(
    (name) => {
      const column = spec[name]
      return column === null || (name === 'currency' && /^[A-Z]{3}$/.test(column)) ? [] : [{ path: [name], column }]
    },
  )
  return [...single, ...Object.entries(spec.measures).map(([name, column]) => ({ path: ['measures', name], column }))]
}

/** `usd` is no column of a Looker view (`view.field`) and no ISO code: it would end as an unknown column much later. */
function isMistypedCurrency(value: string): boolean {
  return /^[A-Za-z]{3}$/.test(value) && value !== value.toUpperCase()
}

function lookId() {
  return code('the id of a Look, such as "42"').regex(/^[A-Za-z0-9_-]+$/, {
    error: 'the id of a Look, such as "42": the number at the end of its address',
  })
}

function definitionHash() {
  const allowed = 'sha256: and 64 hexadecimal digits'
  return z.string({ error: allowed }).regex(/^sha256:[0-9a-f]{64}$/, { error: allowed })
}

/** A name of the IANA time zone database, as Looker's query_timezone wants it. */
export function timeZone() {
  const allowed = 'a time zone such as America/Detroit'
  return z.string({ error: allowed }).superRefine((value, context) => {
    if (!isTimeZone(value)) context.addIssue({ code: 'custom', message: `${allowed}${timeZoneMeant(value)}` })
  })
}
