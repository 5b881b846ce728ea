import { ok, fail, skip, warn, type Finding } from './finding.js'
import type { TimeSeen } from './ports.js'

/** Differences that do no harm, and such that break tokens, certificates and the order of the audit. */
const HARMLESS_S = 60
const HARMFUL_S = 300
/** Less is nothing to speak of: a Date header counts whole seconds. */
const VISIBLE_S = 2

/** Compares our clock with the Date headers of both systems. */
export function checkClock(seen: { readonly looker: readonly TimeSeen[]; readonly qad: readonly TimeSeen[] }): Finding {
  const skews = [
    { name: 'Looker', seconds: worst(seen.looker) },
    { name: 'QAD', seconds: worst(seen.qad) },
  ].flatMap(({ name, seconds }) => (seconds === null ? [] : [{ name, seconds }]))
  if (skews.length === 0) return skip('neither Looker nor QAD answered, so there is no time to compare with')
  const largest = Math.max(...skews.map(({ seconds }) => Math.abs(seconds)))
  const detail = skews.map(inWords).join('; ')
  if (largest < VISIBLE_S) return ok(`in step with ${skews.map(({ name }) => name).join(' and ')}`)
  if (largest <= HARMLESS_S) return ok(detail)
  const isOurs = skews.every(({ seconds }) => Math.abs(seconds) > HARMLESS_S)
  const other = skews.find(({ seconds }) => Math.abs(seconds) > HARMLESS_S)?.name ?? ''
  const fix = isOurs
    ? 'Set the clock of this machine (Linux: timedatectl set-ntp true).'
    : `The clock of ${other} seems to be wrong: tell its administrator.`
  return largest > HARMFUL_S ? fail('MLC-C041', detail, fix) : warn(detail, fix, 'MLC-C041')
}

/** Seconds that our clock is ahead; negative: behind. Null: nothing was seen. */
function worst(seen: readonly TimeSeen[]): number | null {
  const skews = seen.map(skewSeconds)
  return skews.length === 0 ? null : skews.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
}

/** A Date header counts whole seconds, and the answer was on its way for a while: only what that cannot explain is skew. */
function skewSeconds({ serverMs, askedMs, answeredMs }: TimeSeen): number {
  const ahead = askedMs - (serverMs + 999)
  const behind = serverMs - answeredMs
  return ahead > 0 ? ahead / 1000 : behind > 0 ? -behind / 1000 : 0
}

function inWords({ name, seconds }: { readonly name: string; readonly seconds: number }): string {
  if (Math.abs(seconds) < VISIBLE_S) return `in step with ${name}`
  const size = Math.abs(seconds)
  const text = size < 120 ? `${Math.round(size)} s` : `${Math.round(size / 60)} min`
  return `this machine is ${text} ${seconds > 0 ? 'ahead of' : 'behind'} ${name}`
}
