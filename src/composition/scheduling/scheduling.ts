import type { LoadedConfig } from '../../config/load.js'
import type { Host } from '../../context.js'
import { MlcError } from '../../errors.js'
import type { Plans } from '../../looker/plans.js'
import type { Place } from '../../schedule/run.js'
import { findVariable } from '../../secrets/environment.js'
import { redactor } from '../../secrets/redactor.js'
import { redactors } from '../redaction.js'
import { createUserCrontab, type UserCrontab } from './crontab.js'
import { createRepository, type Repository } from './files.js'
import { placeOf } from './place.js'
import { createUserUnits, type UserUnits } from './units.js'

/** What `mlc schedule` needs of this machine, of mlc.yaml and of Looker. */
export interface Scheduling {
  /** @throws MLC-C006 */
  place(): Promise<Place>
  readonly crontab: UserCrontab
  readonly units: UserUnits
  readonly repository: Repository
  /** Scheduled plans of Looker. */
  plans(): Promise<Plans>
  /** Where a plan of Looker delivers to. @throws MLC-C012 no publicUrl, MLC-S001 no secret, MLC-S002 */
  endpoint(job: string): Promise<Endpoint>
  /** The time zone of Looker's queries in mlc.yaml. */
  lookerZone(): Promise<string | null>
}

/** The address with its secret, for Looker alone, and as it may be shown. */
export interface Endpoint {
  readonly address: string
  readonly shown: string
}

export interface SchedulingNeeds {
  readonly host: Host
  readonly config: () => Promise<LoadedConfig>
  readonly state: () => Promise<string>
  readonly audit: () => Promise<string>
  readonly plans: () => Promise<Plans>
}

export function createScheduling({ host, config, state, audit, plans }: SchedulingNeeds): Scheduling {
  return {
    place: async () => placeOf({ host, loaded: await config(), state: await state(), audit: await audit() }),
    crontab: createUserCrontab(host),
    units: createUserUnits(host),
    repository: createRepository(async () => (await config()).folder),
    plans,
    endpoint: async (job) => endpointOf(job, (await config()).config.ingest.publicUrl, host),
    lookerZone: async () => (await config()).config.looker?.timeZone ?? null,
  }
}

async function endpointOf(job: string, publicUrl: string | null, { env }: Host): Promise<Endpoint> {
  if (publicUrl === null)
    throw new MlcError('MLC-C012', 'mlc.yaml has no ingest.publicUrl, the address at which Looker reaches mlc listen', {
      fix: 'Add ingest: { publicUrl: https://mlc.acme.example } to mlc.yaml.',
    })
  const found = await findVariable(['MLC_INGEST_SECRET'], env)
  // While it is changed there are two: plans are given the first.
  const secrets = (found.value ?? '').split(',').flatMap((one) => (one.trim() === '' ? [] : [one.trim()]))
  redactors.push(redactor(secrets))
  const [secret] = secrets
  if (secret === undefined)
    throw new MlcError(
      'MLC-S001',
      'neither MLC_INGEST_SECRET_FILE nor MLC_INGEST_SECRET holds the secret of mlc listen',
      {
        fix: 'Make one with openssl rand -hex 32, and give it to mlc listen and to this command in MLC_INGEST_SECRET_FILE.',
      },
    )
  const path = (part: string) => `${publicUrl}/ingest/${part}/${job}`
  return { address: path(encodeURIComponent(secret)), shown: path('***') }
}
