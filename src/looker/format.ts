import type { Api } from './api.js'
import type { Format } from './call.js'
import { askRelease } from './filters.js'
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
  const forget = (error: unknown) => {
    choice = null
    throw error
  }
  return {
    // What is down now may be up when it is asked again.
    current: () => (choice ??= chooseFormat(api).catch(forget)),
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
  return isAtLeast(await askRelease(api), 24, 4) ? 'json_bi' : 'json'
}

function isAtLeast(release: string | null, major: number, minor: number): boolean {
  const match = /^(\d{1,4})\.(\d{1,4})(?:\.|$)/.exec(release ?? '')
  if (!match) return false
  return Number(match[1]) > major || (Number(match[1]) === major && Number(match[2]) >= minor)
}
