import { ingestSecrets } from './endpoint.js'
import { randomUUID } from 'node:crypto'
import { stat, statfs, unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { CommonFlags } from '../commands/flags.js'
import type { LoadedConfig } from '../config/load.js'
import { loginTypeOf, needLooker, needQad } from '../config/need.js'
import { writeFileDurably } from '../config/state.js'
import type { Host } from '../context.js'
import { createNetwork } from '../doctor/network.js'
import type { DoctorPorts, LookerLink, Machine, QadLink, SecretSource, StateFolder, System } from '../doctor/ports.js'
import { MlcError } from '../errors.js'
import { TransportError } from '../http/http.js'
import { proxyRules } from '../http/proxy.js'
import { trustedAuthorities } from '../http/trust.js'
import type { MapLine } from '../mapping/map-file.js'
import type { AdapterNeeds } from './figures.js'
import { countingCalls } from './calls.js'
import { redact } from './redaction.js'
import { exposedFile } from './exposed.js'
import { openLookerDoor, openQadDoor } from './door.js'
import { createLookerLink } from './looker-link.js'
import { createQadLink } from './qad-link.js'
import { fileIfThere } from './served.js'
import { createSecrets, type Secrets } from './secrets.js'

export interface DoctorNeeds extends Omit<AdapterNeeds, 'config'> {
  config(): Promise<LoadedConfig>
  state(): Promise<string>
  auditFolder(): Promise<string>
  map(path: string): Promise<{ readonly lines: readonly MapLine[] }>
}

/** The doctor's view of this machine, of Looker and of QAD. Each is made when first asked for, so that a broken one hides no other. */
export function createDoctorPorts(needs: DoctorNeeds): DoctorPorts {
  const { host, clock, deadline } = needs
  const signal = deadline ? AbortSignal.any([host.stop, deadline]) : host.stop
  let looker: Promise<LookerLink> | null = null
  let qad: Promise<QadLink> | null = null
  let made: Secrets | null = null
  // One for both systems: a credentialCommand runs once.
  const secrets = async () => (made ??= createSecrets({ host, clock, deadline, config: await needs.config() }))
  return {
    clock,
    machine: machineOf(host, needs.flags),
    network: createNetwork(signal),
    config: () => needs.config(),
    state: async () => stateOf(await needs.state(), host),
    auditFolder: () => needs.auditFolder(),
    secret: async (system) => secretSource(system, await needs.config(), await secrets(), host),
    ingestSecret: async () => void (await ingestSecrets(host)),
    authorities: async (system) => authoritiesOf(system, await needs.config(), host),
    proxyFor: (address) => proxyOf(address, host),
    looker: () => (looker ??= lookerLinkOf(needs, signal, secrets)),
    qad: () => (qad ??= qadLinkOf(needs, signal, secrets)),
    map: async (path) => (await needs.map(path)).lines,
    file: async (path) => fileIfThere(resolve((await needs.config()).folder, path)),
    redact,
  }
}

function machineOf({ version, platform, env }: Host, { config }: CommonFlags): Machine {
  return {
    mlc: version,
    node: process.versions.node,
    platform,
    arch: process.arch,
    isManaged: Boolean(env['CI'] ?? env['KUBERNETES_SERVICE_HOST']),
    configBy: config !== undefined ? '--config' : env['MLC_CONFIG'] ? 'MLC_CONFIG' : null,
  }
}

/** A folder that may be written by its permissions may still take nothing: a full disk shows only when something is written. */
async function stateOf(path: string, { platform }: Host): Promise<StateFolder> {
  const trial = resolve(path, `.doctor.${process.pid}`)
  await writeFileDurably(trial, 'mlc doctor tries whether a file can be written here\n')
  await unlink(trial)
  const space = await statfs(path).catch(() => null)
  const { mode } = await stat(path)
  return { path, freeBytes: space && space.bavail * space.bsize, mode: platform === 'win32' ? null : mode }
}

function authoritiesOf(system: System, { config }: LoadedConfig, { env }: Host): readonly string[] | null {
  const caFile = system === 'qad' ? needQad(config).http.caFile : null
  return trustedAuthorities(caFile, env['NODE_EXTRA_CA_CERTS'] || null) ?? null
}

/** A proxy that cannot be used stands between mlc and everything, so it is told where the name is looked up. */
function proxyOf(address: URL, { env }: Host): URL | null {
  try {
    return proxyRules(env)(address)?.url ?? null
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    throw new MlcError('MLC-C006', error.message, { fix: 'Correct HTTPS_PROXY.' })
  }
}

async function secretSource(
  system: System,
  { config }: LoadedConfig,
  secrets: Secrets,
  { env }: Host,
): Promise<SecretSource> {
  const found = await (system === 'looker' ? secrets.looker() : secrets.qad(loginTypeOf(needQad(config))))
  const file = found.from === 'vault' ? 'MLC_VAULT_KEY_FILE' : found.from === 'file' ? found.origin : null
  return {
    ...{ origin: found.origin, isPlainVariable: found.from === 'variable', store: secrets.choice },
    exposed: file === null ? null : await exposedFile(env[file] ?? '', env),
  }
}

type FindSecrets = () => Promise<Secrets>

async function lookerLinkOf(needs: DoctorNeeds, signal: AbortSignal, secrets: FindSecrets): Promise<LookerLink> {
  const looker = needLooker((await needs.config()).config)
  const { host, clock } = needs
  const state = () => needs.state()
  const link = createLookerLink(looker, {
    http: countingCalls(openLookerDoor(needs), { clock, state, baseUrl: looker.baseUrl, ...UNBUDGETED }),
    host,
    clock,
    random: Math.random,
    signal,
    // Without a token that was kept: the key itself is tried.
    credentials: async () => (await secrets()).looker(),
  })
  needs.closers.push(() => link.close())
  return link
}

async function qadLinkOf(needs: DoctorNeeds, signal: AbortSignal, secrets: FindSecrets): Promise<QadLink> {
  const loaded = await needs.config()
  const qad = needQad(loaded.config)
  const link = createQadLink(qad, {
    http: openQadDoor(needs, qad.http.caFile),
    clock: needs.clock,
    random: Math.random,
    redact,
    warn: (line) => needs.terminal.warn(line),
    uuid: randomUUID,
    signal,
    credentials: async () => (await secrets()).qad(loginTypeOf(qad)),
  })
  needs.closers.push(() => link.close())
  return link
}

/** A diagnosis runs no query. */
const UNBUDGETED = { budget: null, warn: () => undefined }
