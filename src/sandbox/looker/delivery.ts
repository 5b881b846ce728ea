import { zip } from '../../model/zip.js'

/** What a plan delivers to one destination. */
export interface Delivered {
  readonly format: string
  readonly plan: { readonly id: string; readonly title: string | null; readonly look: string; readonly origin: string }
  readonly query: object & { readonly id?: unknown }
  /** The rows as the format writes them: CSV of `csv_zip`, nothing of documents. */
  readonly rows: string
  readonly now: Date
}

/** Formats of a destination, and how their rows are written; null: a document for people, which has none. */
export const FORMATS: ReadonlyMap<string, string | null> = new Map([
  ...['json', 'inline_json', 'json_detail', 'csv', 'txt'].map((format) => [format, format] as const),
  ['csv_zip', 'csv'],
  ...['xlsx', 'html', 'wysiwyg_pdf', 'assembled_pdf', 'wysiwyg_png'].map((format) => [format, null] as const),
])

/** The body of a webhook. inline_json puts the rows into it; every other format is text in an attachment. */
export function deliveryBody(delivered: Delivered): string {
  const { format, rows } = delivered
  const about = JSON.stringify(format === 'csv_zip' ? aboutDashboard(delivered) : aboutLook(delivered)).slice(0, -1)
  if (format === 'inline_json') return `${about},"attachment":null,"data":${rows}}`
  return `${about},"attachment":${JSON.stringify(attachment(delivered))},"data":null}`
}

function aboutLook({ plan, query }: Delivered): object {
  return {
    type: 'query',
    scheduled_plan: {
      scheduled_plan_id: plan.id,
      title: plan.title,
      type: 'Look',
      url: `${plan.origin}/looks/${plan.look}`,
      query_id: query.id,
      query,
      filters_differ_from_look: false,
      download_url: null,
    },
    form_params: {},
  }
}

/** Dashboards tell neither address nor query, and their plan by a number. */
function aboutDashboard({ plan }: Delivered): object {
  const { id, title } = plan
  const untold = { url: null, query_id: null, query: null, filters_differ_from_look: null, download_url: null }
  return {
    type: 'dashboard',
    scheduled_plan: { scheduled_plan_id: Number(id), title, type: 'Dashboard', ...untold },
    form_params: {},
  }
}

function attachment(delivered: Delivered): object {
  const { format, rows, now } = delivered
  const [mimetype, extension, document] = DOCUMENTS.get(format) ?? []
  if (document !== undefined) return { mimetype, extension, data: base64(Buffer.from(document, 'latin1')) }
  if (format === 'csv_zip') {
    const tile = { name: 'dashboard-sandbox/look.csv', text: numbered(rows) }
    return { mimetype: 'application/zip;base64', extension: 'zip', data: base64(zip([tile], now)) }
  }
  const isJson = format.startsWith('json')
  const type = isJson ? 'application/json' : format === 'csv' ? 'text/csv' : 'text/plain'
  return { mimetype: type, extension: isJson ? 'json' : format, data: rows }
}

/** How the documents begin; what follows is of no interest here. */
const DOCUMENTS: ReadonlyMap<string, readonly [mimetype: string, extension: string, document: string]> = new Map([
  ['xlsx', ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;base64', 'xlsx', 'PK\x03\x04']],
  ['html', ['text/html;base64', 'html', '<!DOCTYPE html>']],
  ['wysiwyg_pdf', ['application/pdf;base64', 'pdf', '%PDF-1.4']],
  ['assembled_pdf', ['application/pdf;base64', 'pdf', '%PDF-1.4']],
  ['wysiwyg_png', ['image/png;base64', 'png', '\x89PNG']],
])

/** Looker breaks base64 every 60 characters and ends it with a line feed. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,60}/g, '$&\n')
}

/** Tiles number their rows in a column without a name. */
function numbered(csv: string): string {
  const lines = csv.split('\n').filter((line) => line !== '')
  return lines.map((line, at) => `${at === 0 ? '' : at},${line}\n`).join('')
}
