import type { LoadedConfig } from '../config/load.js'
import { MlcError } from '../errors.js'
import { deliveryModeOf, type Job } from '../model/job.js'
import { isLoopback } from '../model/loopback.js'
import type { Check } from './check.js'
import { ok, warn, type Finding } from './finding.js'
import type { DoctorPorts } from './ports.js'

/**
 * What `mlc listen` needs, where mlc.yaml speaks of deliveries; else no check. Only a warning: the endpoint may run with
 * variables of its own, and `mlc ingest` needs none of this.
 */
export function ingestChecks(config: LoadedConfig | null, jobs: readonly Job[], ports: DoctorPorts): Check[] {
  if (config === null) return []
  const { publicUrl, host } = config.config.ingest
  const fed = jobs.filter(({ source }) => deliveryModeOf(source) !== null)
  if (publicUrl === null && isLoopback(host) && fed.length === 0) return []
  return [{ id: 'ingest', group: 'Local', needs: ['config'], run: () => checkIngest({ publicUrl, host }, ports) }]
}

interface Endpoint {
  readonly publicUrl: string | null
  readonly host: string
}

async function checkIngest({ publicUrl, host }: Endpoint, ports: DoctorPorts): Promise<Finding> {
  const fault = await ports.ingestSecret().then(
    () => null,
    (error: unknown) => {
      if (error instanceof MlcError && error.code.startsWith('MLC-S')) return error
      throw error
    },
  )
  const isFilesOnly = publicUrl === null && fault?.code === 'MLC-S030' && isLoopback(host)
  if (isFilesOnly) return ok('mlc ingest takes files; for mlc listen set MLC_INGEST_SECRET and ingest.publicUrl')
  if (fault !== null) return warn(`${fault.message}: mlc listen would not start here`, fault.fix, fault.code)
  if (publicUrl === null)
    return warn('ingest.publicUrl is not set: mlc schedule looker has no address', 'Add ingest.publicUrl to mlc.yaml.')
  if (!publicUrl.startsWith('https:'))
    return warn(`ingest.publicUrl is ${publicUrl}: the secret in the address would go openly`, 'Make it https.')
  if (isLoopback(host)) return ok(`a secret is set, ${publicUrl} is https, mlc listen at ${host}`)
  return warn(
    `mlc listen is at ${host}, which others than this machine may reach, and speaks plain http`,
    'Let only the proxy that holds the certificate reach it, or set ingest.host: 127.0.0.1.',
  )
}
