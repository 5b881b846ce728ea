import { apiUrl } from './address.js'
import type { Call } from './api.js'
import type { ResolvedSource } from './describe.js'

export type Format = 'json_bi' | 'json'

/** One question to a source: which part of its rows, in which order. */
export interface Question {
  /** Rows at most; −1 for all. Never left out: Looker's own default, and the limit saved with a Look, cut silently. */
  readonly limit: number
  readonly offset?: number
  /** Instead of the source's own. */
  readonly sorts?: readonly string[]
  /** Instead of the source's own: a control total asks for the measures alone. */
  readonly fields?: readonly string[]
  /** A custom filter in Looker's expression language, beside those of the source: rows from a key on. */
  readonly from?: string
  /** Run as a query task, which Looker completes before it hands anything out; else at once. */
  readonly asTask?: boolean
}

/** The request for a question. A Look is run as a Look only when nothing about it is changed. */
export function queryCall(
  baseUrl: string,
  source: ResolvedSource,
  question: Question,
  format: Format | 'json_detail',
): Call {
  const { definition } = source
  const query = runOptions(question)
  const isChanged = [question.sorts, question.fields, question.from].some((change) => change !== undefined)
  if (source.runsAsSaved && definition.look !== null && !isChanged) {
    const url = apiUrl(baseUrl, ['looks', definition.look, 'run', format], query)
    return { subject: { kind: 'look', name: definition.look }, method: 'GET', url }
  }
  return {
    subject: { kind: 'run', name: `${definition.model}/${definition.explore}` },
    method: 'POST',
    url: apiUrl(baseUrl, ['queries', 'run', format], query),
    body: JSON.stringify(queryBody(source, question)),
  }
}

/** The requests that make a query task of a question, look at it, and fetch its result. */
export interface TaskCalls {
  readonly query: Call
  task(queryId: string): Call
  status(task: string): Call
  result(task: string): Call
}

export function taskCalls(baseUrl: string, source: ResolvedSource, question: Question, format: Format): TaskCalls {
  const { definition } = source
  const subject = { kind: 'run', name: `${definition.model}/${definition.explore}` } as const
  const of = { ...subject, kind: 'task' } as const
  const get = (...path: string[]): Call => ({ subject: of, method: 'GET', url: apiUrl(baseUrl, path) })
  return {
    query: {
      ...{ subject, method: 'POST', url: apiUrl(baseUrl, ['queries']) },
      body: JSON.stringify(queryBody(source, question)),
    },
    task: (queryId) => ({
      ...{ subject: of, method: 'POST', url: apiUrl(baseUrl, ['query_tasks'], runOptions(question)) },
      body: JSON.stringify({ query_id: queryId, result_format: format }),
    }),
    status: (task) => get('query_tasks', task),
    result: (task) => get('query_tasks', task, 'results'),
  }
}

function runOptions({ limit, offset }: Question): Readonly<Record<string, string>> {
  return {
    limit: String(limit),
    ...(offset === undefined ? {} : { offset: String(offset) }),
    // Looker's cache may be an hour old, and a development session may hold other LookML: neither belongs in the books.
    cache: 'false',
    force_production: 'true',
    // Formatted numbers are texts such as $1,234.50; a visualization may hide rows and columns.
    apply_formatting: 'false',
    apply_vis: 'false',
  }
}

function queryBody({ saved, definition }: ResolvedSource, question: Question) {
  return {
    model: definition.model,
    view: definition.explore,
    fields: question.fields ?? saved.fields,
    filters: definition.filters,
    sorts: question.sorts ?? (question.fields === undefined ? definition.sorts : []),
    limit: String(question.limit),
    // Any other value would be believed before `filters`. (Looker API 4.0, WriteQuery)
    filter_config: null,
    ...customFilter(saved.filterExpression, question.from),
    ...(saved.dynamicFields === null ? {} : { dynamic_fields: saved.dynamicFields }),
    ...(saved.fillFields.length === 0 || question.fields !== undefined ? {} : { fill_fields: saved.fillFields }),
    ...(definition.timeZone === null ? {} : { query_timezone: definition.timeZone }),
  }
}

function customFilter(own: string | null, from: string | undefined): { readonly filter_expression?: string } {
  if (own === null && from === undefined) return {}
  if (own === null || from === undefined) return { filter_expression: own ?? from ?? '' }
  // The source's own ends its line, in case it ends in a comment.
  return { filter_expression: `(${own}\n) AND (${from})` }
}
