import type { LookEntry } from '../model/look.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import { isObject } from './words.js'

/** The Looks that this user may see, in the order of their folders and titles. @throws MLC-L015 when the answer is no list */
export async function listLooks(api: Api): Promise<readonly LookEntry[]> {
  const url = apiUrl(api.baseUrl, ['looks'], { fields: 'id,title,folder(name),deleted' })
  const entries = await api.list({ subject: { kind: 'looks' }, method: 'GET', url }, 'its Looks')
  const looks = entries.flatMap(readEntry)
  return looks.sort((a, b) => a.folder.localeCompare(b.folder) || a.title.localeCompare(b.title))
}

function readEntry({ id, title, folder, deleted }: Readonly<Record<string, unknown>>): LookEntry[] {
  if ((typeof id !== 'string' && typeof id !== 'number') || deleted === true) return []
  const name = isObject(folder) ? folder['name'] : null
  return [
    { id: String(id), title: typeof title === 'string' ? title : '', folder: typeof name === 'string' ? name : '' },
  ]
}
