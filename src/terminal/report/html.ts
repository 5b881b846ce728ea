import { isBreak } from '../../model/break.js'
import { counted } from '../../model/counted.js'
import type { Lines } from '../../model/lines.js'
import { absolute, compare, money, percentOf } from '../../model/money.js'
import { groupAmounts, groupDigits } from '../amount.js'
import { visibleLine } from '../sanitise.js'
import { noteWords, placeOf, VERDICT_WORDS, type Report, type ReportLine } from './report.js'
import { STYLE } from './style.js'

/**
 * One page that needs nothing beside itself: no script, no font, no request. It is well-formed XML too, so that any tool can
 * read it. Whatever comes from Looker or QAD is text: nothing of it is markup, a link goes to http or https alone.
 */
export function* htmlReport(report: Report): Generator<string> {
  const breaks = report.lines.unequal.filter(isBreak).sort(byCurrencyThenSize)
  yield pageHead(`Reconciliation ${report.title}`)
  yield opening(report, breaks)
  yield tiles(report)
  yield* breakList(breaks)
  yield* allLines(report.lines)
  yield originOf(report)
  yield '</body>\n</html>\n'
}

/** More do not help a reader, and a browser must be able to show the page; the rest is in the csv, and the page says so. */
const MOST_BREAKS = 500
const MOST_LINES = 5_000

/** The beginning of a page, to which nothing can be loaded. It ends with the open body. */
export function pageHead(title: string): string {
  return (
    '<!DOCTYPE html>\n<html lang="en" xmlns="http://www.w3.org/1999/xhtml">\n<head>\n<meta charset="utf-8"/>\n' +
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>\n` +
    '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n<meta name="referrer" content="no-referrer"/>\n' +
    `<title>${text(title)}</title>\n<style>${STYLE}</style>\n</head>\n<body>\n`
  )
}

function opening({ title, at, conventions, warnings, lines }: Report, breaks: readonly ReportLine[]): string {
  const said = warnings.map((warning) => `<p class="warning">${text(warning)}</p>\n`).join('')
  const under = conventions.map((convention) => `<p class="soft">${text(convention)}</p>\n`).join('')
  return `<h1>Reconciliation ${text(title)}</h1>\n<p class="soft">made ${text(at)}</p>\n${verdictOf(lines.length, breaks)}\n${said}${under}`
}

function verdictOf(lines: number, breaks: readonly ReportLine[]): string {
  if (lines === 0) return '<p class="bad">Nothing was compared.</p>'
  const open = breaks.filter(({ note }) => note?.state !== 'explains').length
  const explained = breaks.length - open
  const all = counted(breaks.length, 'break')
  if (explained > 0)
    return `<p class="bad">${all}, ${explained} explained, ${open} to explain. Explained is not equal.</p>`
  if (open > 0) return `<p class="bad">${all} to explain.</p>`
  return '<p class="good">Everything agrees within tolerance.</p>'
}

function tiles({ lines, totals }: Report): string {
  const { length, unequal } = lines
  const countOf = (verdict: string) =>
    verdict === 'equal' ? length - unequal.length : unequal.filter((line) => line.verdict === verdict).length
  const counts = Object.entries(VERDICT_WORDS).map(([verdict, words]): [string, string] => [
    words,
    String(countOf(verdict)),
  ])
  return `<dl class="tiles">\n${[...counts, ...sums(totals)].map(tile).join('')}</dl>\n`
}

function tile([name, value]: readonly [string, string]): string {
  return `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>\n`
}

/** Net and gross of all variances: gross shows what nets out. */
function sums(totals: Report['totals']): [string, string][] {
  const isOne = new Set(totals.map(({ measure }) => measure)).size <= 1
  return totals.flatMap(({ measure, currency, net, gross }): [string, string][] => {
    const of = isOne ? currency : `${measure} ${currency}`
    return [
      [`net variance ${of}`, shown(net)],
      [`gross variance ${of}`, shown(gross)],
    ]
  })
}

function* breakList(breaks: readonly ReportLine[]): Generator<string> {
  const shown = breaks.slice(0, MOST_BREAKS)
  for (const currency of new Set(shown.map((line) => line.currency))) {
    const ofIt = shown.filter((line) => line.currency === currency)
    const largest = absolute(money(ofIt[0]?.variance ?? '0'))
    yield `<h2>Breaks in ${text(currency)}, largest first</h2>\n`
    yield '<p class="soft">Red: Looker is higher. Blue: QAD is higher.</p>\n<ul class="breaks">\n'
    for (const line of ofIt) yield breakItem(line, percentOf(absolute(money(line.variance)), largest) ?? '0')
    yield '</ul>\n'
  }
  const rest = breaks.length - shown.length
  if (rest > 0) yield `<p class="warning">${counted(rest, 'more break is', 'more breaks are')} in the csv only.</p>\n`
}

function breakItem(line: ReportLine, width: string): string {
  const { period, currency, measure, looker, ledger, variance, percent, cause, ageDays, keys, verdict, note } = line
  const isLess = variance.startsWith('-')
  const share = percent === null ? '' : ` (${percent} %)`
  const age = ageDays === null ? '' : ` · open for ${counted(ageDays, 'day')}`
  return (
    `<li>\n<div class="row"><strong>${text(placeOf(line))}</strong>` +
    `<strong>${text(currency)} ${text(shown(variance))}${text(share)}</strong></div>\n` +
    `<div class="bar"><span${isLess ? ' class="less"' : ''} style="width:${width}%"></span></div>\n` +
    `<div class="row"><span>Looker ${text(side(looker))} · QAD ${text(side(ledger))}</span>` +
    `<span class="soft">${VERDICT_WORDS[verdict]} · ${text(measure)} · ${text(period)}${text(age)}</span></div>\n` +
    `<p class="cause">${cause === null ? '<span class="soft">No cause found.</span>' : `Likely: ${text(groupAmounts(cause))}`}</p>\n` +
    `${note === null ? '' : `<p class="cause">${text(noteWords(note))}</p>\n`}` +
    `${keys.slice(0, MOST_KEYS).map(keyLine).join('')}</li>\n`
  )
}

const COLUMNS = ['Period', 'Account', 'Cost centre', 'Currency', 'Measure', 'Looker', 'QAD', 'Variance', '%', 'Verdict']
const AMOUNTS = new Set(['Looker', 'QAD', 'Variance', '%'])

function* allLines(lines: Lines<ReportLine>): Generator<string> {
  const titles = COLUMNS.map((title) => `<th scope="col"${amountClass(title)}>${title}</th>`).join('')
  yield `<h2>All lines</h2>\n<details>\n<summary>${counted(lines.length, 'line')}</summary>\n<div class="wide">\n`
  yield `<table>\n<thead><tr>${titles}</tr></thead>\n<tbody>\n`
  let left = MOST_LINES
  for (const line of lines) {
    if (left-- === 0) break
    yield lineRow(line)
  }
  yield '</tbody>\n</table>\n</div>\n'
  if (lines.length > MOST_LINES)
    yield `<p class="warning">${counted(lines.length - MOST_LINES, 'more line is', 'more lines are')} in the csv only.</p>\n`
  yield '</details>\n'
}

function lineRow(line: ReportLine): string {
  const { period, account, costCentre, currency, measure, looker, ledger, variance, percent, verdict } = line
  const amounts = [side(looker), side(ledger), shown(variance), percent ?? '']
  const cells = [period, account, costCentre, currency, measure, ...amounts, VERDICT_WORDS[verdict]]
  return `<tr>${cells.map((cell, at) => `<td${amountClass(COLUMNS[at] ?? '')}>${text(cell)}</td>`).join('')}</tr>\n`
}

function amountClass(title: string): string {
  return AMOUNTS.has(title) ? ' class="amount"' : ''
}

/** Of figures that were summed, the first few lead to the others. */
const MOST_KEYS = 3

function keyLine(key: string): string {
  return `<p class="soft">its reference: <code>mlc trace ${text(key)}</code></p>\n`
}

function originOf({ origin, pages }: Report): string {
  const rows = origin.map(([name, value]) => `<tr><th scope="row">${text(name)}</th><td>${text(value)}</td></tr>\n`)
  const links = pages.filter(([, url]) => /^https?:\/\//i.test(url)).map(pageLink)
  return `<h2>Where this comes from</h2>\n<div class="wide">\n<table>\n<tbody>\n${rows.join('')}</tbody>\n</table>\n</div>\n${links.join('')}`
}

function pageLink([name, url]: readonly [string, string]): string {
  return `<p><a href="${text(url)}" rel="noopener noreferrer">${text(name)}</a></p>\n`
}

function byCurrencyThenSize(a: ReportLine, b: ReportLine): number {
  if (a.currency !== b.currency) return a.currency < b.currency ? -1 : 1
  return compare(absolute(money(b.variance)), absolute(money(a.variance)))
}

function side(amount: string | null): string {
  return amount === null ? '—' : shown(amount)
}

function shown(amount: string): string {
  return groupDigits(amount)
}

/** Text of markup or of an attribute in double quotes. */
export function text(value: string): string {
  return visibleLine(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
