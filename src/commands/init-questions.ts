import type { Context, LookerKey, Setup } from '../context.js'
import { MlcError } from '../errors.js'
import { exampleColumns, filterOn, guessColumns, type LookColumns } from '../mapping/columns.js'
import type { Answer, Chosen, PeriodFilter, Project, ProjectColumns } from '../model/project.js'
import type { Field } from '../model/row.js'

/** Asks what a new mlc.yaml needs; a wrong answer is asked again. @throws MLC-C006 when nobody can be asked */
export async function askProject(
  setup: Setup,
  context: Context,
): Promise<{ project: Project; hasCredentials: boolean }> {
  const ask = (name: Answer) => askAnswer(name, setup, context)
  const lookerUrl = await ask('lookerUrl')
  const qadUrl = await ask('qadUrl')
  const domain = await ask('domain')
  const entity = await ask('entity')
  const { look, told, hasCredentials } = await askLook(lookerUrl, setup, context)
  const columns = told ? await chooseColumns(told, context) : await typeColumns(context)
  const hasMapFiles = await context.prompts.select(
    'Are accounts and cost centres spelled alike in Looker and QAD?',
    [
      { name: 'no: map files say which is which', value: true },
      { name: 'yes: the codes are taken as they are', value: false },
    ],
    FROM_ENV,
  )
  const environment = await askEnvironment(setup, context)
  const project = { environment, lookerUrl, qadUrl, domain, entity, look, columns, hasMapFiles }
  return { project, hasCredentials }
}

const FROM_ENV = '--from-env'

const QUESTIONS: Readonly<Record<Answer, string>> = {
  lookerUrl: 'Address of your Looker, such as https://acme.cloud.looker.com:',
  qadUrl: 'Address of your QAD tenant, context root included, such as https://acme.qad.com/clouderp:',
  domain: 'QAD domain, such as 10USA:',
  entity: 'QAD entity, such as 10USACO:',
  look: 'The Look with the figures, its number or its address:',
}

async function askAnswer(name: Answer, setup: Setup, context: Context, lookerUrl = ''): Promise<string> {
  const { prompts, terminal } = context
  const flag = `${FROM_ENV} with ${setup.variableOf(name)} set`
  const initial = setup.given()[name]?.written
  const answer = await prompts.input(QUESTIONS[name], flag, initial, (written) => {
    const elsewhere = name === 'look' ? setup.otherHost(written, lookerUrl) : null
    return allowed(elsewhere ?? setup.fault(name, setup.tidy(name, written)))
  })
  const tidied = setup.tidy(name, answer)
  const remark = setup.remark(name, tidied)
  if (remark !== null) terminal.warn(remark)
  return tidied
}

function allowed(fault: string | null): string | null {
  return fault === null ? null : `allowed: ${fault}`
}

async function askEnvironment(setup: Setup, { prompts }: Context): Promise<string> {
  const question = 'A name for this environment; prod asks before it posts:'
  const fault = (written: string) => allowed(setup.fault('environment', written.trim()))
  return (await prompts.input(question, FROM_ENV, 'test', fault)).trim()
}

interface Asked {
  readonly look: string
  /** Null where Looker cannot be asked. */
  readonly told: LookColumns | null
  /** There are credentials that every later command will find, and Looker did not refuse them. */
  readonly hasCredentials: boolean
}

/** The Look, and what Looker tells of it. A Look that is not there is asked for again. */
async function askLook(
  lookerUrl: string,
  setup: Setup,
  context: Context,
  typed: LookerKey | null = null,
): Promise<Asked> {
  const look = await askAnswer('look', setup, context, lookerUrl)
  for (let key = typed; ;) {
    try {
      return { look, told: await setup.describeLook(lookerUrl, look, key), hasCredentials: key === null }
    } catch (error) {
      if (!(error instanceof MlcError) || context.stop.aborted) throw error
      context.terminal.warn(error.message)
      if (error.code === 'MLC-L010') return askLook(lookerUrl, setup, context, key)
      const isRefused = error.category === 'auth'
      const another = isRefused ? await askKey(look, context) : null
      if (another === null) {
        context.terminal.note('So Looker does not tell its columns here: type them as the Look has them.')
        return { look, told: null, hasCredentials: key === null && !isRefused }
      }
      key = another
    }
  }
}

/** Without a key there are no columns to choose from, and init comes before login. Null: the person has none. */
async function askKey(look: string, { prompts }: Context): Promise<LookerKey | null> {
  const question = `Give an API3 key, so that the columns of Look ${look} can be read? It is used once and not saved.`
  const choices = [
    { name: 'yes: type its client id and secret (Looker: Admin > Users > Edit > API keys)', value: true },
    { name: 'no: type the columns by hand', value: false },
  ]
  if (!(await prompts.select(question, choices, FROM_ENV))) return null
  const clientId = (await prompts.input('API3 client id:', 'MLC_LOOKER_CLIENT_ID')).trim()
  return { clientId, clientSecret: (await prompts.secret('API3 client secret:', 'MLC_LOOKER_CLIENT_SECRET')).trim() }
}

const ACCOUNT = 'Which column is the GL account?'
const COST_CENTRE = 'Which column is the cost centre, or what maps to one (a plant, a department)?'
const CURRENCY = 'Which column is the currency?'
const PERIOD = 'Which column is the period?'
const MEASURE = 'Which column is the amount? The first one is reconciled with the ledger.'
const FILTER = 'Filter field of the Explore that narrows the Look to a period:'

async function chooseColumns(told: LookColumns, context: Context): Promise<ProjectColumns> {
  const guess = guessColumns(told)
  const choose = (question: string, first: Chosen | null, none?: string) =>
    chooseField(question, told.fields, first, none, context)
  const account = must(await choose(ACCOUNT, guess.account))
  const costCentre = await choose(COST_CENTRE, guess.costCentre, 'none: the figures have no cost centre')
  const currency = (await choose(CURRENCY, guess.currency, 'none: all are of one currency')) ?? (await askCode(context))
  const period = await choose(PERIOD, guess.period, 'none: the rows do not say it')
  const field = told.fields.find(({ name }) => name === period?.column)
  const filter = field ? filterOn(field, 'person') : await askFilter(guess.filter, context)
  const measures = [must(await choose(MEASURE, guess.measures[0] ?? null))]
  for (;;) {
    const rest = told.fields.filter(({ name }) => !measures.some(({ column }) => column === name))
    const more = rest.filter(({ kind }) => kind === 'measure')
    if (more.length === 0) break
    const next = await chooseField('Another amount?', more, null, 'no', context)
    if (next === null) break
    measures.push(next)
  }
  return { account, costCentre, currency, period, filter, measures }
}

/** The likely one first, then the others in the Look's order. Null: none of them. */
async function chooseField(
  question: string,
  fields: readonly Field[],
  likely: Chosen | null,
  none: string | undefined,
  { prompts }: Context,
): Promise<Chosen | null> {
  const first = fields.filter(({ name }) => name === likely?.column)
  const others = fields.filter(({ name }) => name !== likely?.column)
  const noneOfThem = none === undefined ? [] : [{ name: none, value: null }]
  const named = (list: readonly Field[]) => list.map(({ name, label }) => ({ name: `${name}  ${label}`, value: name }))
  const choices =
    first.length > 0 ? [...named(first), ...named(others), ...noneOfThem] : [...noneOfThem, ...named(others)]
  const column = await prompts.select<string | null>(question, choices, FROM_ENV)
  return column === null ? null : { column, by: 'person' }
}

function must(chosen: Chosen | null): Chosen {
  if (chosen) return chosen
  throw new MlcError('MLC-C006', 'the Look has no columns')
}

async function askCode(context: Context): Promise<Chosen> {
  return typed('The currency, such as USD:', 'USD', /^[A-Z]{3}$/, 'three capital letters', context)
}

async function askFilter(guess: PeriodFilter, context: Context): Promise<PeriodFilter> {
  return { ...(await typed(FILTER, guess.column, COLUMN, A_COLUMN, context)), expression: guess.expression }
}

/** What Looker allows in the name of a field. */
const COLUMN = /^[A-Za-z_]\w*(\.\w+)*$/
const A_COLUMN = 'a column such as gl.account_code'

async function typeColumns(context: Context): Promise<ProjectColumns> {
  const example = exampleColumns()
  const type = (question: string, { column }: Chosen) => typed(question, column, COLUMN, A_COLUMN, context)
  const account = await type(ACCOUNT, example.account)
  const costCentre = await type(COST_CENTRE, example.costCentre ?? example.account)
  const currency = await type('Which column is the currency, or which currency, such as USD?', example.currency)
  const period = await type(PERIOD, example.filter)
  const measure = await type(MEASURE, example.measures[0] ?? example.account)
  return {
    ...{ account, costCentre, currency, period, measures: [measure] },
    filter: { ...period, expression: '{period}' },
  }
}

async function typed(
  question: string,
  initial: string,
  pattern: RegExp,
  what: string,
  { prompts }: Context,
): Promise<Chosen> {
  const fault = (written: string) => (pattern.test(written.trim()) ? null : `allowed: ${what}`)
  return { column: (await prompts.input(question, FROM_ENV, initial, fault)).trim(), by: 'person' }
}
