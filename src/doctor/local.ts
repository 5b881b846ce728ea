import { verifyAudit } from '../audit/verify.js'
import type { LoadedConfig } from '../config/load.js'
import type { Check, CheckResult } from './check.js'
import { fail, ok, skip, warn, type Finding } from './finding.js'
import type { DoctorPorts, ExposedFile, System } from './ports.js'
import { counted } from '../model/counted.js'

/**
 * What can be told without leaving this machine.
 * @param noQad why QAD has no credentials, where mlc.yaml has none to be asked
 */
export function localChecks(ports: DoctorPorts, config: LoadedConfig | null, noQad: string): Check[] {
  const local = { group: 'Local', needs: [] } as const
  return [
    { ...local, id: 'node', run: async () => checkNode(ports) },
    { ...local, id: 'config', run: async () => checkConfig(await ports.config(), ports) },
    { ...local, id: 'state.writable', run: () => checkState(ports) },
    {
      ...{ ...local, id: 'audit.chain', needs: ['state.writable'], after: ['config'] },
      run: async (before) => whereAuditIsUnknown(before('config')) ?? checkAudit(ports),
    },
    secretCheck('looker', ports, Boolean(config?.config.looker), 'mlc.yaml has no section looker'),
    secretCheck('qad', ports, Boolean(config?.config.qad), noQad),
  ]
}

/** As package.json demands it. */
const OLDEST_NODE = [20, 19] as const

function checkNode({ machine }: DoctorPorts): Finding {
  const { mlc, node, platform, arch } = machine
  const [major = 0, minor = 0] = node.split('.').map(Number)
  const found = `mlc ${mlc}, Node.js ${node}, ${platform} ${arch}`
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
  return isOld ? fail('MLC-C040', `${found}; needed: ${OLDEST_NODE.join('.')} or later`) : ok(found)
}

function checkConfig({ config, path }: LoadedConfig, { machine }: DoctorPorts): Finding {
  const by = machine.configBy === null ? '' : ` (from ${machine.configBy})`
  const jobs = Object.keys(config.jobs)
  const missing = [config.looker === null ? 'looker' : [], config.qad === null ? 'qad' : []].flat()
  const found = `${path}${by}, environment ${config.environment}, ${counted(jobs.length, 'job')}`
  if (missing.length > 0)
    return warn(`${found}; no section ${missing.join(', ')}`, `Add the section ${missing.join(' and ')}.`, 'MLC-C012')
  return jobs.length === 0 ? warn(`${found}: there is nothing to sync`, 'Add a job under jobs.') : ok(found)
}

const LITTLE_BYTES = 100 * 1024 * 1024

async function checkState(ports: DoctorPorts): Promise<Finding> {
  const { path, freeBytes, mode } = await ports.state()
  const free = freeBytes === null ? '' : `, ${inWords(freeBytes)} free`
  const found = `${path} is writable${free}`
  if (freeBytes !== null && freeBytes < LITTLE_BYTES)
    return warn(found, 'Free space: a sync stops when its audit cannot be written.', 'MLC-C008')
  if (mode !== null && (mode & 0o077) !== 0)
    return warn(
      `${found}, but others may look into it (mode ${(mode & 0o777).toString(8)})`,
      `chmod 700 ${path}`,
      'MLC-C008',
    )
  return ok(found)
}

function inWords(bytes: number): string {
  const gigabytes = bytes / 1024 ** 3
  return gigabytes >= 1 ? `${gigabytes.toFixed(gigabytes < 10 ? 1 : 0)} GB` : `${Math.floor(bytes / 1024 ** 2)} MB`
}

/** A broken mlc.yaml may name another folder; without one the audit is in the state folder. */
function whereAuditIsUnknown(config: CheckResult | null): Finding | null {
  if (config?.status !== 'fail' || config.code === 'MLC-C001') return null
  return skip('needs config, which failed')
}

async function checkAudit(ports: DoctorPorts): Promise<Finding> {
  const {
    ok: isIntact,
    files,
    records,
    head,
    problems,
    moreProblems,
    torn,
  } = await verifyAudit(await ports.auditFolder())
  if (!isIntact) {
    const [first] = problems
    const more = problems.length + moreProblems - 1
    const where = `${first?.file} line ${first?.line} (${first?.problem})${more > 0 ? ` and ${more} more` : ''}`
    return fail(
      first?.problem === 'hash' ? 'MLC-A002' : 'MLC-A003',
      `the audit is not intact: ${where}`,
      'Keep the files, run mlc audit verify for all of it, and find out who changed them.',
    )
  }
  if (records === 0) return ok('no audit yet')
  const end = torn === null ? '' : '; its last line is torn, the next run sets it aside'
  return ok(`audit intact: ${counted(records, 'record')} in ${counted(files, 'file')}, head ${head.slice(0, 12)}${end}`)
}

function secretCheck(system: System, ports: DoctorPorts, isConfigured: boolean, why: string): Check {
  return {
    id: `secrets.${system}`,
    group: 'Local',
    needs: ['config'],
    run: async () => (isConfigured ? checkSecret(system, ports) : skip(why)),
  }
}

async function checkSecret(system: System, ports: DoctorPorts): Promise<Finding> {
  const { origin, isPlainVariable, store, exposed } = await ports.secret(system)
  const found = `${system === 'looker' ? 'client secret' : 'credentials'} from ${origin}`
  if (exposed !== null) return warnOfFile(found, exposed)
  if (!isPlainVariable || ports.machine.isManaged) return ok(found)
  return warn(
    `${found} (the environment); other processes of this user may read it`,
    `Use ${origin}_FILE${OR_LOGIN[store].replace('{system}', system)}.`,
  )
}

function warnOfFile(found: string, { path, mode, isOurs }: ExposedFile): Finding {
  return warn(
    `${found}, and other users may read ${path} (mode ${mode.toString(8)})`,
    isOurs ? `chmod 600 ${path}` : `Have its owner take the rights of others away: chmod o= ${path}`,
  )
}

/** A login that is saved nowhere is no way out. */
const OR_LOGIN = {
  keychain: ', or mlc login {system} (where there is no OS keychain, with MLC_STORE=vault)',
  vault: ', or mlc login {system}',
  none: '',
} as const
