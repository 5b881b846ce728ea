import type { LoadedConfig } from '../config/load.js'
import type { Job } from '../model/job.js'
import { diagnose, refuseUnknown, type Check, type Diagnosis, type Group } from './check.js'
import { checkClock } from './clock.js'
import { skip } from './finding.js'
import { ingestChecks } from './ingest.js'
import { localChecks } from './local.js'
import { lookerChecks } from './looker.js'
import { mapChecks } from './maps.js'
import type { DoctorPorts, System, TimeSeen } from './ports.js'
import { qadChecks } from './qad.js'

/**
 * Looks at every link of the chain, in the order of the contract. Nothing is written into Looker or QAD.
 * @param only ids of checks or their beginnings; empty: all
 * @throws MLC-C006 when `only` names no check
 */
export async function runDoctor(ports: DoctorPorts, only: readonly string[]): Promise<Diagnosis> {
  const config = await ports.config().catch(() => null)
  const checks = allChecks(ports, config)
  refuseUnknown(checks, only, config === null ? FAMILIES : [])
  const hasNone =
    only.length > 0 && only.every((prefix) => FAMILIES.some((family) => `${prefix}.`.startsWith(`${family}.`)))
  // Which jobs and reads there are, a bad mlc.yaml does not tell; then it is what is wrong with them.
  const wanted = config === null && hasNone ? ['config'] : only
  // By then both systems have answered, so that it costs no request of its own.
  return diagnose(checks, wanted, ['clock'])
}

/** Checks whose number depends on mlc.yaml. */
const FAMILIES = ['looker.source', 'qad.reads', 'map']

function allChecks(ports: DoctorPorts, loaded: LoadedConfig | null): Check[] {
  // Files are handed over to nobody that could be asked.
  const isOffline = loaded?.config.qad?.kind === 'file'
  const config = loaded && isOffline ? { ...loaded, config: { ...loaded.config, qad: null } } : loaded
  const noQad = isOffline ? 'qad.kind is file: what imports the files is not asked' : 'mlc.yaml has no section qad'
  const looker = config?.config.looker ?? null
  const qad = config?.config.qad ?? null
  const jobs = Object.entries(config?.config.jobs ?? {}).map(([name, job]): Job => ({ name, ...job }))
  return [
    ...localChecks(ports, config, noQad),
    clockCheck(ports, config),
    ...(looker === null
      ? absent('looker', LOOKER_IDS, NO_LOOKER)
      : lookerChecks(looker, jobs, ports, config?.config.ingest.publicUrl ?? null)),
    ...(qad === null ? absent('qad', QAD_IDS, noQad) : qadChecks(qad, ports)),
    ...mapChecks(jobs, qad, ports),
    // Only where mlc.yaml speaks of deliveries, and therefore behind all others.
    ...ingestChecks(config, jobs, ports),
  ]
}

const LOOKER_IDS = ['looker.dns', 'looker.tls', 'looker.login', 'looker.version', 'looker.permissions']
const QAD_IDS = ['qad.dns', 'qad.tls', 'qad.login', 'qad.workspace', 'qad.swagger', 'qad.daybook']

const NO_LOOKER = 'mlc.yaml has no section looker'

function absent(system: System, ids: readonly string[], why: string): Check[] {
  const group: Group = system === 'looker' ? 'Looker' : 'QAD'
  return ids.map((id) => ({ id, group, needs: ['config'], run: async () => skip(why) }))
}

/** Asks only whom a connection reaches; a system that cannot be reached has no time to tell. */
function clockCheck(ports: DoctorPorts, config: LoadedConfig | null): Check {
  const systems = [config?.config.looker ? ['looker' as const] : [], config?.config.qad ? ['qad' as const] : []].flat()
  return {
    id: 'clock',
    group: 'Local',
    needs: ['config'],
    after: systems.map((system) => `${system}.tls`),
    run: async (before) => {
      const times = async (system: System): Promise<readonly TimeSeen[]> => {
        if (before(`${system}.tls`)?.status !== 'ok') return []
        const link = system === 'looker' ? await ports.looker() : await ports.qad()
        return link.times().catch(() => [])
      }
      return checkClock({ looker: await times('looker'), qad: await times('qad') })
    },
  }
}
