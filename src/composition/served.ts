import { stat, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { LoadedConfig } from '../config/load.js'
import type { QadConfig } from '../config/schema.js'
import { checkSwagger } from '../doctor/swagger.js'
import { isErrorCode, MlcError } from '../errors.js'

/** Compares what mlc.yaml names with the tenant's Swagger document, as the doctor does. @throws MLC-Q041 … when it fails there */
export async function requireServed(
  qad: QadConfig,
  document: (path: string) => Promise<string>,
  { folder }: Pick<LoadedConfig, 'folder'>,
): Promise<void> {
  if (qad.swagger === null) return
  const file = (path: string) => fileIfThere(resolve(folder, path))
  const { status, code, detail, fix } = await checkSwagger(qad, { file, qad: async () => ({ document }) })
  if (status !== 'fail') return
  throw new MlcError(code !== null && isErrorCode(code) ? code : 'MLC-Q041', detail, fix === null ? {} : { fix })
}

/** A plain file that is there; null otherwise. */
export async function fileIfThere(path: string): Promise<string | null> {
  const found = await stat(path).catch(() => null)
  return found?.isFile() ? readFile(path, 'utf8') : null
}
