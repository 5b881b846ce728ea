import { MlcError } from '../../errors.js'
import type { Exact, ExactObject } from '../exact.js'
import type { ReadOptions } from '../options.js'
import type { XmlElement } from '../xml.js'

/** What every response holds besides its data sets. */
const OWN = new Set(['result', 'dsSessionContext', 'dsExceptions'])

/**
 * The records under the dotted name `rows`, counted from the response element. A record also shows what stands in the elements
 * around it: the lines of an entry carry its key.
 * @throws MLC-Q013 when the answer has data sets, but not that one
 */
export function rowsUnder(response: XmlElement, { rows }: ReadOptions, what: string): readonly ExactObject[] {
  const [first = '', ...steps] = (rows ?? '').split('.')
  const sets = response.children.filter(({ name }) => !OWN.has(name))
  const start = sets.filter(({ name }) => name === first)
  // QAD leaves out what is empty; but an answer that holds something else was asked for under a wrong name.
  if (start.length === 0 && sets.length > 0) {
    const there = [...new Set(sets.map(({ name }) => name))].slice(0, 10).join(', ')
    throw new MlcError('MLC-Q013', `${what}: the answer has no ${first}; it has ${there}`)
  }
  const found = start.flatMap((element) => below(element, steps, leavesOf(response)))
  return found
}

function below(element: XmlElement, [step, ...rest]: readonly string[], around: ExactObject): readonly ExactObject[] {
  if (step === undefined) return [{ ...around, ...fieldsOf(element) }]
  const here = { ...around, ...leavesOf(element) }
  return element.children.filter(({ name }) => name === step).flatMap((one) => below(one, rest, here))
}

function leavesOf(element: XmlElement): ExactObject {
  const leaves = element.children.filter(({ children, name }) => children.length === 0 && !OWN.has(name))
  return Object.fromEntries(leaves.map((leaf) => [leaf.name, valueOf(leaf)]))
}

function fieldsOf(element: XmlElement): ExactObject {
  const fields = new Map<string, Exact[]>()
  for (const field of element.children) fields.set(field.name, [...(fields.get(field.name) ?? []), valueOf(field)])
  return Object.fromEntries(
    [...fields].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
  )
}

/** Text as it was written: nothing here becomes a number or a date. */
function valueOf(element: XmlElement): Exact {
  if (element.isNil) return null
  return element.children.length === 0 ? element.text : fieldsOf(element)
}
