import type { Chosen, Project, ProjectColumns } from '../model/project.js'
import { SAMPLE_READS, SAMPLE_WRITE } from './sample-tenant.js'

/** The file that editors read the schema of mlc.yaml from, beside it. */
export const SCHEMA_FILE = 'mlc.schema.json'

/** The map files of a new project, by path relative to mlc.yaml; header only, `mlc map` adds the lines. */
export const MAP_FILES = { accounts: 'maps/accounts.csv', costCentres: 'maps/cost-centres.csv' } as const
export const MAP_HEADER = 'looker,qad,ignore,reason,from,to\n'

export const CHANGE = 'CHANGE ME'
export const CHECK = 'CHECK'

/** The name that a new project gives its one job. */
export function jobName({ look }: Pick<Project, 'look'>): string {
  return `look-${look}`
}

/** A complete mlc.yaml with a remark on every line that is the site's own. Answers are quoted where YAML would read more into them. */
export function renderConfig(project: Project): string {
  return [head(project), looker(project), qad(project), SAMPLE_READS, SAMPLE_WRITE, job(project)].join('\n')
}

/** The lines of a rendered file that a person still has to look at. */
export function openLines(text: string): readonly { readonly line: number; readonly text: string }[] {
  return text
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter(({ text }) => !text.startsWith('#') && new RegExp(`# (${CHANGE}|${CHECK})`).test(text))
}

/** A scalar that every YAML reader takes for this very text: `0100`, `NO`, `1e3` and `{a}` in quotes. */
export function yamlText(value: string): string {
  const isPlain = /^[A-Za-z][\w./-]*(:\/\/[\w./:-]*\w\/?)?$/.test(value) && !YAML_WORDS.test(value)
  return isPlain ? value : `'${value.replaceAll("'", "''")}'`
}

const YAML_WORDS = /^(y|n|yes|no|on|off|true|false|null)$/i

function head({ environment }: Project): string {
  return `# yaml-language-server: $schema=./${SCHEMA_FILE}
# ${CHANGE}: a name that your own Looker or QAD spells in its own way. ${CHECK}: taken from the fields of the Look.
# Everything else works as it stands, or is the default. \${NAME} in a value is read from the environment.
# No secrets in this file: mlc login keeps them, or the environment has them.
version: 1
environment: ${yamlText(environment)} # a label; 'prod' makes an interactive push ask for a typed yes
`
}

function looker({ lookerUrl }: Project): string {
  return `looker:
  baseUrl: ${yamlText(lookerUrl)} # with the port where it is not 443; /api/4.0 is added
  requestsPerMinute: 60
  maxConcurrent: 4
  pageSize: 5000
  # timeZone: America/Detroit # sent with every query and recorded in the audit; without it each Look has its own
`
}

function qad({ qadUrl, domain, entity }: Project): string {
  return `qad:
  kind: adaptive
  baseUrl: ${yamlText(qadUrl)} # the whole tenant address: context root and environment segment included
  domain: ${yamlText(domain)}
  entity: ${yamlText(entity)}
  auth:
    type: oauth_password
    tokenPath: /oauth/token
  workspace: { mode: header, header: x-qad-workspace-id, template: '{domain}_{entity}' } # mode: header, query or none
  http:
    readTimeoutMs: 60000
    minGapMs: 200 # QAD gets a rest between two requests
    maxInFlight: 1
    retries: 3 # of reads; what is posted is never sent twice without asking QAD first
    # caFile: ca.pem # a certificate authority of your own
  swagger: /v3/api-docs # ${CHANGE}: the tenant's Swagger document; null: it is not checked
`
}

function job(project: Project): string {
  const { look, columns, hasMapFiles } = project
  const { filter } = columns
  return `jobs:
  ${jobName(project)}: # the name is yours to choose
    source:
      look: ${`'${look}'`}
      filters: # laid over the Look's own; also {year} {pp} {start} {end}
        ${yamlText(filter.column)}: '${filter.expression}'${remark(filter, 'what narrows the Look to one period')}
      onEmpty: fail # a month without a row is a fault, not a month of zeros
    figure: # which column of the Look is what
${figure(columns)}
      sign: 1 # -1 where Looker shows credits as positive
${maps(hasMapFiles)}
    rounding: { scale: 2, mode: half-even }
    onRestate: revise # a figure that changed becomes revision 2; refuse: it stops the job
    tolerance: { absolute: '0.01', percent: '0', mode: or } # within either is within
`
}

function figure({ account, costCentre, currency, period, measures }: ProjectColumns): string {
  const line = (name: string, chosen: Chosen | null, what: string) =>
    chosen ? [`      ${name}: ${yamlText(chosen.column)}${remark(chosen, what)}`] : []
  const names = measures.reduce<readonly string[]>((taken, { column }) => [...taken, measureName(column, taken)], [])
  return [
    ...line('account', account, 'the GL account'),
    ...line('costCentre', costCentre, 'the cost centre, or what maps to one'),
    ...line('currency', currency, 'a column, or a constant such as USD'),
    ...line('period', period, 'the period of the row'),
    '      measures: # our name: the column; the first is reconciled with the ledger',
    ...measures.map((chosen, index) => {
      return `        ${names[index] ?? ''}: ${yamlText(chosen.column)}${remark(chosen, 'the amount')}`
    }),
  ].join('\n')
}

function maps(hasMapFiles: boolean): string {
  if (!hasMapFiles) return '    map: {} # the codes of Looker are the codes of QAD'
  const { accounts, costCentres } = MAP_FILES
  return `    map: # mlc map asks for what is missing and adds the answers
      accounts: ${accounts}
      costCentres: ${costCentres}`
}

function remark({ by }: Chosen, what: string): string {
  if (by === 'person') return ` # ${what}`
  return by === 'look' ? ` # ${CHECK}: ${what}` : ` # ${CHANGE}: ${what}`
}

/** `net_amount` of `gl.net_amount`; made unique among the names taken. */
function measureName(column: string, taken: readonly string[]): string {
  const last = column.slice(column.lastIndexOf('.') + 1).replace(/[^A-Za-z0-9_-]/g, '_')
  const name = (/^[A-Za-z]/.test(last) ? last : `m_${last}`).slice(0, 36)
  const next = (count: number): string => {
    const candidate = count === 1 ? name : `${name}_${count}`
    return taken.includes(candidate) ? next(count + 1) : candidate
  }
  return next(1)
}
