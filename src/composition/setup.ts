import { homedir } from 'node:os'
import { basename, dirname, resolve } from 'node:path'
import type { CommonFlags } from '../commands/flags.js'
import { ANSWER_VARIABLES, ANSWERS, answerFault, answerRemark, otherHost, tidyAnswer } from '../config/answers.js'
import { effectiveSettings, type Setting } from '../config/effective.js'
import { parseConfig, type LoadedConfig } from '../config/load.js'
import { stateFolder } from '../config/state.js'
import { jobName, openLines, renderConfig } from '../config/template.js'
import { variablesSet, type Variable } from '../config/variables.js'
import { projectFiles, refuseExisting, schemaText, writeProject } from '../config/write.js'
import type { Host } from '../context.js'
import { MlcError } from '../errors.js'
import { exampleColumns, type LookColumns } from '../mapping/columns.js'
import type { Answer, Project } from '../model/project.js'
import type { AdapterNeeds } from './figures.js'
import { auditFolderOf } from './state.js'

/** What `mlc init` and `mlc config` need of configuration, environment and Looker. */
export interface Setup {
  /** @throws MLC-C013 when a file of a new project is there already */
  refuseExisting(): Promise<void>
  /** The answers that the environment gives, tidied, and the variable of each. */
  given(): Readonly<Partial<Record<Answer, Given>>>
  variableOf(name: Answer): string
  /** What was pasted from a browser, cut to what was asked for. */
  tidy(name: Answer, text: string): string
  /** What is wrong with an answer; null when nothing is. */
  fault(name: Answer | 'environment', value: string): string | null
  /** Why a Look as it was written cannot be one of that Looker; null when it can. */
  otherHost(written: string, lookerUrl: string): string | null
  /** What is odd about an answer that is allowed; null when nothing is. */
  remark(name: Answer, value: string): string | null
  /**
   * Asks Looker, with the key given or the credentials that are there, and waits so long at most.
   * @throws what every Looker command throws
   */
  describeLook(lookerUrl: string, look: string, key?: LookerKey | null, patienceMs?: number): Promise<LookColumns>
  /** The mlc.yaml that would be written, and its lines that a person still has to look at. */
  preview(project: Project): Preview
  /** Writes mlc.yaml, its schema and the map files. @returns their paths @throws MLC-C013, MLC-C014 */
  create(project: Project): Promise<readonly string[]>
  effective(): Promise<Effective>
  /** The JSON Schema of mlc.yaml. */
  schema(): string
}

interface Given {
  readonly variable: string
  readonly value: string
  /** As it stands in the variable. */
  readonly written: string
}

/** Typed for one question to Looker, and kept nowhere. */
export interface LookerKey {
  readonly clientId: string
  readonly clientSecret: string
}

export interface Preview {
  readonly path: string
  readonly text: string
  /** The name of its job. */
  readonly job: string
  readonly open: readonly { readonly line: number; readonly text: string }[]
}

/** What mlc would work with here. Nothing that may be a secret is in it. */
export interface Effective {
  readonly file: Found
  readonly state: Found
  readonly audit: Found
  readonly variables: readonly Variable[]
  readonly settings: readonly Setting[]
}

interface Found {
  readonly path: string
  /** The flag, variable or rule that decided it. */
  readonly from: string
}

export interface SetupNeeds extends Omit<AdapterNeeds, 'config'> {
  config(): Promise<LoadedConfig>
}

export function createSetup(needs: SetupNeeds): Setup {
  const { host, flags } = needs
  return {
    refuseExisting: async () => {
      const path = configPath(host, flags)
      await refuseExisting(dirname(path), basename(path))
    },
    given: () => Object.fromEntries(ANSWERS.flatMap((name) => givenBy(name, host))),
    variableOf: (name) => ANSWER_VARIABLES[name][0],
    tidy: tidyAnswer,
    fault: answerFault,
    otherHost,
    remark: answerRemark,
    describeLook: (lookerUrl, look, key = null, patienceMs = PATIENCE_MS) =>
      describeLook(key === null ? needs : { ...needs, host: hostWith(key, host) }, lookerUrl, look, patienceMs),
    preview: (project) => previewOf(project, host, flags),
    create: (project) => {
      const path = configPath(host, flags)
      return writeProject(dirname(path), projectFiles(project, basename(path)), host.env)
    },
    effective: async () => effectiveOf(await needs.config(), host, flags),
    schema: schemaText,
  }
}

function givenBy(name: Answer, { env }: Host): [Answer, Given][] {
  const variable = ANSWER_VARIABLES[name].find((candidate) => (env[candidate] ?? '') !== '')
  const written = env[variable ?? ''] ?? ''
  return variable === undefined ? [] : [[name, { variable, value: tidyAnswer(name, written), written }]]
}

/** The same process with that key in its environment, and no store that a session could be kept in. */
function hostWith({ clientId, clientSecret }: LookerKey, host: Host): Host {
  const key = { MLC_LOOKER_CLIENT_ID: clientId, MLC_LOOKER_CLIENT_SECRET: clientSecret }
  const files = { MLC_LOOKER_CLIENT_ID_FILE: undefined, MLC_LOOKER_CLIENT_SECRET_FILE: undefined }
  return { ...host, env: { ...host.env, ...key, ...files, MLC_STORE: 'none' } }
}

/** Where every later command will look for it. */
function configPath({ env, cwd }: Host, flags: CommonFlags): string {
  return resolve(cwd, flags.config ?? (env['MLC_CONFIG'] || 'mlc.yaml'))
}

function previewOf(project: Project, host: Host, flags: CommonFlags): Preview {
  const path = configPath(host, flags)
  const text = projectFiles(project, basename(path)).get(basename(path)) ?? ''
  return { path, text, job: jobName(project), open: openLines(text) }
}

/** A person waits for the answer, and the file can be written without it. */
const PATIENCE_MS = 20_000

/** Asks Looker with the credentials and the client that every later command will use. */
async function describeLook(
  needs: SetupNeeds,
  lookerUrl: string,
  look: string,
  patienceMs: number,
): Promise<LookColumns> {
  const patience = AbortSignal.timeout(patienceMs)
  const deadline = needs.deadline ? AbortSignal.any([needs.deadline, patience]) : patience
  const { createFigures } = await import('./figures.js')
  const source = createFigures({ ...needs, config: draftConfig(lookerUrl, look), deadline }).source()
  needs.terminal.working(`asking Looker for the columns of Look ${look}`)
  try {
    const all = { filters: {}, sorts: [], timeZone: null, paging: 'auto', limit: 'all' } as const
    const { fields, filters } = await source.describe({ look, query: null, slug: null, ...all })
    return { fields, filters }
  } catch (cause) {
    if (!patience.aborted || needs.deadline?.aborted || needs.host.stop.aborted) throw cause
    throw new MlcError('MLC-L002', `Looker did not answer within ${patienceMs / 1000} seconds`, { cause })
  }
}

/** A sound mlc.yaml with that Looker in it. */
function draftConfig(lookerUrl: string, look: string): LoadedConfig {
  const draft: Project = {
    ...{ environment: 'test', lookerUrl, look, hasMapFiles: false, columns: exampleColumns() },
    ...{ qadUrl: 'https://qad.invalid', domain: 'none', entity: 'none' },
  }
  return parseConfig(renderConfig(draft), {}, 'mlc.yaml')
}

function effectiveOf(loaded: LoadedConfig, host: Host, flags: CommonFlags): Effective {
  const { env, platform } = host
  const state = resolve(host.cwd, stateFolder(env, platform, homedir()))
  const hasAuditDir = loaded.config.audit.dir !== null
  return {
    file: { path: loaded.path, from: configFoundBy(loaded, host, flags) },
    state: { path: state, from: stateFoundBy(host) },
    audit: { path: auditFolderOf(loaded, state), from: hasAuditDir ? 'audit.dir' : 'state folder' },
    variables: variablesSet(env),
    settings: effectiveSettings(loaded),
  }
}

function configFoundBy({ folder }: LoadedConfig, { env, cwd }: Host, flags: CommonFlags): string {
  if (flags.config !== undefined) return '--config'
  if (env['MLC_CONFIG']) return 'MLC_CONFIG'
  if (folder === resolve(cwd)) return 'working folder'
  return resolve(cwd).startsWith(folder) ? 'parent of the working folder' : 'user configuration folder'
}

function stateFoundBy({ env, platform }: Host): string {
  if (env['MLC_STATE_DIR']) return 'MLC_STATE_DIR'
  if (platform === 'win32') return env['LOCALAPPDATA'] ? 'LOCALAPPDATA' : 'default'
  return env['XDG_STATE_HOME']?.startsWith('/') ? 'XDG_STATE_HOME' : 'default'
}
