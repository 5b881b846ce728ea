import { didYouMean } from './nearest.js'

/** Whether the IANA time zone database has this name, old ones such as `US/Eastern` included. */
export function isTimeZone(name: string): boolean {
  try {
    return /^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name }) !== null
  } catch {
    return false
  }
}

/** `; did you mean "America/Detroit"?`, or nothing. A city alone means its zone. */
export function timeZoneMeant(name: string): string {
  const known = Intl.supportedValuesOf('timeZone')
  const [city = ''] = name.split('/').slice(-1)
  const full = known.find((zone) => zone.toLowerCase().endsWith(`/${city.trim().replaceAll(' ', '_').toLowerCase()}`))
  return full === undefined ? didYouMean(name, known) : `; did you mean "${full}"?`
}
