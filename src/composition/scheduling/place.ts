import { homedir } from 'node:os'
import { dirname, relative, resolve } from 'node:path'
import { effectiveSettings } from '../../config/effective.js'
import type { LoadedConfig } from '../../config/load.js'
import { loginTypeOf } from '../../config/need.js'
import { isCredentialVariable } from '../../config/variables.js'
import type { Host } from '../../context.js'
import { PROXY_VARIABLES } from '../../http/proxy.js'
import { MlcError } from '../../errors.js'
import type { Credential, Place } from '../../schedule/run.js'
import { NEEDED_BY } from '../../secrets/credentials.js'
import { userName } from '../state.js'

export interface PlaceNeeds {
  readonly host: Pick<Host, 'env' | 'cwd' | 'version' | 'program'>
  readonly loaded: LoadedConfig
  readonly state: string
  readonly audit: string
}

/** What a run that a scheduler starts here needs. No secret is among it. @throws MLC-C006 for what no scheduler's file can hold */
export function placeOf({ host, loaded, state, audit }: PlaceNeeds): Place {
  const { env } = host
  const { path: config, folder } = loaded
  const named = filesOf(loaded)
  const outside = named.filter((path) => relative(folder, path).startsWith('..'))
  const isVault = host.env['MLC_STORE'] === 'vault'
  const credentials = credentialsOf(host, loaded, isVault)
  const hidden = hiddenVariables(loaded)
  const place: Place = {
    ...{ version: host.version, user: userName(host), home: homedir(), config, folder, state, credentials },
    ownCredentials: isVault ? credentialsOf(host, loaded, false) : credentials,
    ...{ node: host.program.node, script: host.program.script },
    files: named.filter((path) => !outside.includes(path)).map((path) => relative(folder, path)),
    writes: writesOf(loaded, state, audit),
    variables: variablesOf(host, loaded, hidden),
    remarks: [
      ...outside.map((path) => `${path} lies outside the folder of mlc.yaml: take it along where mlc runs elsewhere`),
      ...hidden.map(
        (name) => `${name}, which mlc.yaml reads, may be a secret and is not written down: give it to the run`,
      ),
      ...PROXY_VARIABLES.filter((name) => mayHoldPassword(env[name])).map(
        (name) => `${name} may hold a password and is not written down: give it to the run`,
      ),
      ...plainSecrets(credentials, env),
    ],
  }
  refuseControls(place)
  return place
}

/** Map files, templates and the authority that mlc.yaml names, absolute. */
function filesOf({ config, folder }: LoadedConfig): readonly string[] {
  const maps = Object.values(config.jobs).flatMap(({ map }) => [map.accounts, map.costCentres])
  const { qad } = config
  const own = [...maps, qad?.write?.template, qad?.qxtend?.queryTemplate, qad?.http.caFile]
  return [...new Set(own.flatMap((path) => (path ? [resolve(folder, path)] : [])))]
}

function writesOf({ config }: LoadedConfig, state: string, audit: string): readonly string[] {
  const outbox = config.qad?.write?.dir ?? null
  const isApart = relative(state, audit).startsWith('..')
  return [...(isApart ? [audit] : []), ...(outbox === null ? [] : [outbox])]
}

/** What is not secret, and a run would miss: which store, what mlc.yaml reads, the way through the network. */
function variablesOf(
  { env, cwd }: PlaceNeeds['host'],
  loaded: LoadedConfig,
  hidden: readonly string[],
): Readonly<Record<string, string>> {
  const read = readByConfig(loaded).filter((name) => !hidden.includes(name) && !isCredentialVariable(name))
  const store = env['MLC_STORE'] ?? ''
  const proxies = PROXY_VARIABLES.filter((name) => !mayHoldPassword(env[name]))
  const authority = env['NODE_EXTRA_CA_CERTS']
  return {
    ...(store === '' ? {} : { MLC_STORE: store }),
    ...Object.fromEntries([...read, ...proxies].flatMap((name) => (env[name] ? [[name, env[name]]] : []))),
    ...(authority ? { NODE_EXTRA_CA_CERTS: resolve(cwd, authority) } : {}),
  }
}

/** Of a proxy's address. */
function mayHoldPassword(value = ''): boolean {
  return /@|%40/.test(value)
}

function readByConfig(loaded: LoadedConfig): readonly string[] {
  const settings = effectiveSettings(loaded)
  return [...new Set(settings.flatMap(({ origin }) => (origin.from === 'environment' ? origin.variables : [])))]
}

function hiddenVariables(loaded: LoadedConfig): readonly string[] {
  const hidden = effectiveSettings(loaded).filter(({ isHidden }) => isHidden)
  return [...new Set(hidden.flatMap(({ origin }) => (origin.from === 'environment' ? origin.variables : [])))]
}

/** What a login takes; of a vault only its passphrase. */
function credentialsOf(
  { env, cwd }: PlaceNeeds['host'],
  { config }: LoadedConfig,
  isVault: boolean,
): readonly Credential[] {
  const asCredential = (variable: string): Credential => {
    const names = [variable, variable.replace(/^MLC_LOOKER_/, 'LOOKERSDK_')]
    const file = names.map((name) => env[`${name}_FILE`]).find((path) => path)
    const value = isCredentialVariable(variable) ? undefined : names.map((name) => env[name]).find((one) => one)
    return { variable, file: file ? resolve(cwd, file) : null, value: value ?? null }
  }
  const signing = env['MLC_AUDIT_KEY'] || env['MLC_AUDIT_KEY_FILE'] ? ['MLC_AUDIT_KEY'] : []
  if (isVault) return ['MLC_VAULT_KEY', ...signing].map(asCredential)
  if (config.credentialCommand) return signing.map(asCredential)
  const { looker, qad } = config
  const ofLooker = looker ? NEEDED_BY.looker.map((name) => `MLC_LOOKER_${VARIABLE_OF[name] ?? ''}`) : []
  const ofQad =
    qad && qad.kind !== 'file' ? NEEDED_BY[loginTypeOf(qad)].map((name) => `MLC_QAD_${VARIABLE_OF[name] ?? ''}`) : []
  return [...ofLooker, ...ofQad, ...signing].map(asCredential)
}

const VARIABLE_OF: Readonly<Record<string, string>> = {
  clientId: 'CLIENT_ID',
  clientSecret: 'CLIENT_SECRET',
  username: 'USERNAME',
  password: 'PASSWORD',
}

function plainSecrets(credentials: readonly Credential[], env: Host['env']): readonly string[] {
  return credentials
    .filter(({ variable, file }) => file === null && isCredentialVariable(variable) && (env[variable] ?? '') !== '')
    .map(
      ({ variable }) =>
        `${variable} is set here, and mlc writes no secret down: put it into the file that is named instead`,
    )
}

/** A line break in a path would begin a line of its own in a crontab or a unit. */
function refuseControls(place: Place): void {
  const texts = [place.node, place.script, place.config, place.state, ...place.writes, ...place.files]
  const given = place.credentials.flatMap(({ file, value }) => [file ?? '', value ?? ''])
  const unfit = [...texts, ...Object.values(place.variables), ...given].find((text) => /[\p{Cc}\p{Cs}]/u.test(text))
  if (unfit === undefined) return
  throw new MlcError(
    'MLC-C006',
    `${JSON.stringify(unfit)} has a control character, which no scheduler's file can hold`,
    {
      fix: `Rename it. (${dirname(unfit) === '.' ? 'a variable' : 'a path'})`,
    },
  )
}
