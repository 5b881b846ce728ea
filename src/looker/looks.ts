import { MlcError } from '../errors.js'
import type { LookEntry } from '../model/look.js'
import { apiUrl } from './address.js'
import type { Api, Call } from './api.js'
import { isObject } from './words.js'

/** The Looks that this user may see, in the order of their folders and titles. @throws MLC-L015 when the answer is no list */
export async function listLooks(api: Api): Promise<readonly LookEntry[]> {
  const url = apiUrl(api.baseUrl, ['looks'], { fields: 'id,title,folder(name),deleted' })
  const entries = await listOf(api, { subject: { kind: 'looks' }, method: 'GET', url }, 'its Looks')
  const looks = entries.flatMap(readEntry)
  return looks.sort((a, b) => a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title))
}

/** The objects of a list. @param what is asked for: `its Looks` @throws MLC-L015 when the answer is no list */
export async function listOf(
  api: Api,
  call: Call,
  what: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const outcome = await api.stream(call, () => undefined)
  if (outcome.refused !== null) throw outcome.error
  const chunks: Uint8Array[] = []
  for await (const chunk of outcome.value.body) chunks.push(chunk)
  const parsed = parse(Buffer.concat(chunks).toString('utf8'))
  if (Array.isArray(parsed)) return (parsed as readonly unknown[]).filter(isObject)
  throw new MlcError('MLC-L015', `Looker was asked for ${what} and sent something else than a list`)
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
