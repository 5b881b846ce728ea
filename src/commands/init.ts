import type { Context, Setup } from '../context.js'
import { MlcError } from '../errors.js'
import { exampleColumns, guessColumns, type LookColumns } from '../mapping/columns.js'
import { quotableAddress } from '../model/address.js'
import type { Answer, Project } from '../model/project.js'
import { visibleLine } from '../terminal/sanitise.js'
import { formatFlag, type CommonFlags } from './flags.js'
import { askProject } from './init-questions.js'

export interface InitFlags extends CommonFlags {
  readonly fromEnv?: boolean
}

/** `mlc init`: a few questions, or with --from-env none, and a complete mlc.yaml with its schema and map files. */
export async function runInit(flags: InitFlags, context: Context): Promise<number> {
  const format = formatFlag(flags, ['table', 'json'])
  const setup = await context.setup()
  if (!flags.dryRun) await setup.refuseExisting()
  const { project, hasCredentials } = flags.fromEnv
    ? await projectOfEnvironment(setup, context)
    : await askProject(setup, context)
  const preview = setup.preview(project)
  const files = flags.dryRun ? [] : await setup.create(project)
  const made = { ...preview, files, next: nextCommand(flags, hasCredentials) }
  if (format === 'json') await context.data(flags, `${JSON.stringify(asJson(made, flags))}\n`)
  else if (flags.dryRun) await context.data(flags, preview.text)
  else tell(made, context)
  return 0
}

interface Made extends ReturnType<Setup['preview']> {
  readonly files: readonly string[]
  readonly next: string
}

async function projectOfEnvironment(setup: Setup, context: Context) {
  const answers = answersOfEnvironment(setup)
  const remark = setup.remark('qadUrl', answers.qadUrl)
  if (remark !== null) context.terminal.warn(remark)
  const { told, hasCredentials } = await lookColumns(setup, context, answers.lookerUrl, answers.look)
  const columns = told ? guessColumns(told) : exampleColumns()
  const project: Project = { environment: 'test', ...answers, columns, hasMapFiles: true }
  return { project, hasCredentials }
}

function answersOfEnvironment(setup: Setup): Record<Answer, string> {
  const given = setup.given()
  const names: readonly Answer[] = ['lookerUrl', 'qadUrl', 'domain', 'entity', 'look']
  const missing = names.filter((name) => given[name] === undefined).map((name) => setup.variableOf(name))
  if (missing.length > 0) {
    throw new MlcError('MLC-C006', `--from-env: not set: ${missing.join(', ')}`, {
      fix: `Set ${missing.length === 1 ? 'it' : 'them'}, or run mlc init on a terminal without --from-env.`,
    })
  }
  const answer = (name: Answer): string => {
    const { variable, value, written } = given[name] ?? { variable: '', value: '', written: '' }
    const elsewhere = name === 'look' ? setup.otherHost(written, given.lookerUrl?.value ?? '') : null
    const fault = elsewhere ?? setup.fault(name, value)
    if (fault === null) return value
    const isAddress = name.endsWith('Url') || value.includes('@') || elsewhere !== null
    const quotable = isAddress ? quotableAddress(elsewhere === null ? value : written) : value
    const found = quotable === null ? 'a value (not shown)' : JSON.stringify(visibleLine(quotable).slice(0, 80))
    throw new MlcError('MLC-C006', `${variable}: found ${found}; allowed: ${fault}`, { fix: `Correct ${variable}.` })
  }
  return {
    ...{ lookerUrl: answer('lookerUrl'), qadUrl: answer('qadUrl') },
    ...{ domain: answer('domain'), entity: answer('entity'), look: answer('look') },
  }
}

/** What Looker says of the Look's columns; null, and the reason shown, when it does not say: the file can be made without. */
async function lookColumns(
  setup: Setup,
  context: Context,
  lookerUrl: string,
  look: string,
): Promise<{ readonly told: LookColumns | null; readonly hasCredentials: boolean }> {
  try {
    return { told: await setup.describeLook(lookerUrl, look), hasCredentials: true }
  } catch (error) {
    if (!(error instanceof MlcError) || error.code === 'MLC-C030' || context.stop.aborted) throw error
    const said = `Looker did not tell the columns of Look ${look}: ${error.message}`
    if (error.code === 'MLC-S001') context.terminal.note(said)
    else context.terminal.warn(said)
    return { told: null, hasCredentials: error.category !== 'auth' }
  }
}

function nextCommand({ config }: CommonFlags, hasCredentials: boolean): string {
  return `${hasCredentials ? 'mlc doctor' : 'mlc login looker'}${config === undefined ? '' : ` --config ${config}`}`
}

function asJson({ path, text, job, open, files, next }: Made, { dryRun }: CommonFlags): unknown {
  return { schema: 'mlc/init/1', file: path, files, job, open, next, ...(dryRun ? { text } : {}) }
}

function tell({ path, job, open, files, next }: Made, { terminal }: Context): void {
  for (const file of files) terminal.done(file)
  terminal.note(`${path} has one job, ${job}. Lines that are yours to look at:`)
  for (const { line, text } of open) terminal.note(`  ${line}: ${text}`)
  terminal.note(`Next: ${next}`)
}
