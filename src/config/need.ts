import { MlcError } from '../errors.js'
import { didYouMean } from '../model/nearest.js'
import type { Config, JobConfig, LookerConfig, QadConfig } from './schema.js'

/** @throws MLC-C012 */
export function needLooker(config: Config): LookerConfig {
  if (config.looker === null) throw new MlcError('MLC-C012', 'mlc.yaml has no section looker')
  return config.looker
}

/** @throws MLC-C012 */
export function needQad(config: Config): QadConfig {
  if (config.qad === null) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad')
  return config.qad
}

/** @throws MLC-C012 */
export function needWrite(config: Config): NonNullable<QadConfig['write']> {
  const { write } = needQad(config)
  if (write === null) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad.write')
  return write
}

/** @throws MLC-C012 */
export function needQxtend({ qxtend }: QadConfig): NonNullable<QadConfig['qxtend']> {
  if (qxtend === null) throw new MlcError('MLC-C012', 'mlc.yaml has no section qad.qxtend')
  return qxtend
}

/** The way to log in, as credentials go: QXtend takes user and password, in every QDoc. */
export function loginTypeOf({ kind, auth }: QadConfig): QadConfig['auth']['type'] {
  return kind === 'qxtend' ? 'basic' : auth.type
}

/** The job of that name, its name with it. @throws MLC-C005 with the names there are */
export function needJob(config: Config, name: string): JobConfig & { readonly name: string } {
  const job = Object.hasOwn(config.jobs, name) ? config.jobs[name] : undefined
  if (job) return { name, ...job }
  const names = Object.keys(config.jobs)
  const there = names.length === 0 ? 'mlc.yaml has no jobs' : `jobs in mlc.yaml: ${names.join(', ')}`
  throw new MlcError('MLC-C005', `there is no job ${JSON.stringify(name)}; ${there}${didYouMean(name, names)}`)
}
