import { ENTRY_NAMES, LINE_NAMES, QUERY_NAMES, type TemplateValues } from './names.js'

/** Figures stand as they are, also without quotes; everything else is text, also where it looks like a number. */
const FIGURES = { year: '2026', period: '3', amount: '-12.50', revision: '1', debit: '12.50', credit: '0.00' } as const
const WORDS = { scopeTransaction: 'true', suppressResponseDetail: 'false' } as const

/** Text that shows whether its place is one for text: `00"1` is neither a number nor safe without being escaped. */
const TEXT = '00"1<&>\''

/** What a template is tried with when it is loaded. */
export function sampleValues(): TemplateValues {
  const entry = Object.fromEntries([...ENTRY_NAMES, ...QUERY_NAMES].map((name) => [name, TEXT]))
  const line = Object.fromEntries(LINE_NAMES.map((name) => [name, TEXT]))
  const filled = { ...line, ...FIGURES }
  return { ...entry, ...FIGURES, ...WORDS, lines: [filled, filled] }
}
