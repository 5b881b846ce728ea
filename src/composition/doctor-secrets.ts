import type { LoadedConfig } from '../config/load.js'
import { needQad } from '../config/need.js'
import type { SecretSource, System } from '../doctor/ports.js'
import { createEnvironmentSecrets } from '../secrets/environment.js'
import { redactor } from '../secrets/redactor.js'
import { redactors } from './compose.js'

type Environment = Readonly<Record<string, string | undefined>>

/** The credentials that a sync would use. Each is kept out of all that is shown from then on. */
export const credentialsOf = {
  looker: async (_loaded: LoadedConfig, env: Environment) => {
    const found = await createEnvironmentSecrets(env).looker()
    redactors.push(redactor([found.clientSecret]))
    return found
  },
  qad: async ({ config }: LoadedConfig, env: Environment) => {
    const { type } = needQad(config).auth
    const found = await createEnvironmentSecrets(env).qad(type === 'basic' ? 'basic' : 'oauth_password')
    redactors.push(redactor([found.password]))
    return found
  },
}

export async function secretSource(system: System, loaded: LoadedConfig, env: Environment): Promise<SecretSource> {
  const { origin } = await credentialsOf[system](loaded, env)
  return { origin, isPlainVariable: env[origin] !== undefined && !origin.endsWith('_FILE') }
}
