import { MlcError } from '../errors.js'
import type { LookEntry } from '../model/look.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import { isObject } from './words.js'

/** The Looks that this user may see, in the order of their folders and titles. @throws MLC-L015 when the answer is no list */
export async function listLooks(api: Api): Promise<readonly LookEntry[]> {
  const url = apiUrl(api.baseUrl, ['looks'], { fields: 'id,title,folder(name),deleted' })
  const outcome = await api.stream({ subject: { kind: 'looks' }, method: 'GET', url }, () => undefined)
  if (outcome.refused !== null) throw outcome.error
  const entries = await readList(outcome.value.body)
  const looks = entries.filter(isObject).flatMap(readEntry)
  return looks.sort((a, b) => a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title))
}

async function readList(body: AsyncIterable<Uint8Array>): Promise<readonly unknown[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  const parsed = parse(Buffer.concat(chunks).toString('utf8'))
  if (Array.isArray(parsed)) return parsed as readonly unknown[]
  throw new MlcError('MLC-L015', 'Looker was asked for its Looks and sent something else than a list')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return null
  }
}

function readEntry({ id, title, folder, deleted }: Readonly<Record<string, unknown>>): LookEntry[] {
  if ((typeof id !== 'string' && typeof id !== 'number') || deleted === true) return []
  const name = isObject(folder) ? folder['name'] : null
  return [
    { id: String(id), title: typeof title === 'string' ? title : '', folder: typeof name === 'string' ? name : '' },
  ]
}
