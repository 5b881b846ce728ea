import { MlcError } from '../errors.js'
import { apiUrl } from './address.js'
import type { Api } from './api.js'
import type { Format } from './call.js'
import { isJson, type Refused } from './refusal.js'
import { errorText } from './words.js'

/** Which format to ask rows in: json_bi where the release has it, since it tells the filters that were applied. */
export interface FormatChoice {
  current(): Promise<Format>
  /** Looker refused json_bi: json from now on. */
  fallBack(): void
}

export function createFormatChoice(api: Api): FormatChoice {
  let choice: Promise<Format> | null = null
  return {
    current: () => (choice ??= chooseFormat(api)),
    fallBack: () => {
      choice = Promise.resolve('json')
    },
  }
}

/** True when a refusal may be about the format alone, so that asking in another one makes sense. */
export function isAboutFormat({ status, contentType, text }: Refused): boolean {
  if (status === 404) return isJson(contentType, text)
  return (status === 400 || status === 422) && /format|json_bi/i.test(errorText(text))
}

// json_bi got its present shape with release 24.4. (sdk-codegen pull request 1442)
async function chooseFormat(api: Api): Promise<Format> {
  try {
    const url = apiUrl(api.baseUrl, ['versions'])
    const versions = await api.object({ subject: { kind: 'versions' }, method: 'GET', url })
    return isAtLeast(versions['looker_release_version'], 24, 4) ? 'json_bi' : 'json'
  } catch (error) {
    if (error instanceof MlcError && error.category !== 'auth') return 'json'
    throw error
  }
}

function isAtLeast(release: unknown, major: number, minor: number): boolean {
  const match = typeof release === 'string' ? /^(\d{1,4})\.(\d{1,4})(?:\.|$)/.exec(release) : null
  if (!match) return false
  return Number(match[1]) > major || (Number(match[1]) === major && Number(match[2]) >= minor)
}
