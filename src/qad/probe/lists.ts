import { MlcError } from '../../errors.js'
import { counted } from '../../model/counted.js'
import { at, isObject, type Exact } from '../exact.js'
import { readAnswer } from '../read.js'
import { describeRead } from '../rows.js'
import type { Tenant } from '../tenant.js'
import { factsOf, refusalOf, type Fact } from './fact.js'
import type { Sample } from './rows.js'

/** A list of records by REST comes in one answer: what that answer says of its own size is all there is to check. */
export async function listFacts(tenant: Tenant, { name, read, rows }: Sample): Promise<readonly Fact[]> {
  const facts = factsOf(`reads.${name}`)
  const answer = await readAnswer(tenant, read.path ?? '', describeRead(name, read)).catch(refusalOf)
  if (answer instanceof MlcError) return [facts.failed('whole', answer, CUT)]
  const told = totalsIn(answer)
  const [least] = told.filter((total) => total > rows.length)
  if (least !== undefined && (read.filters ?? []).length === 0)
    return [
      facts.contradicted(
        'whole',
        `the answer holds ${counted(rows.length, 'record')} and says that there are ${least}`,
        { meaning: CUT, change: `Add what asks for all of them to qad.reads.${name}.path, or read it by browse.` },
        'MLC-Q012',
      ),
    ]
  if (told.includes(rows.length))
    return [facts.confirmed('whole', `the answer says itself that there are ${rows.length}`)]
  return [
    facts.assumed('whole', `${counted(rows.length, 'record')} in one answer, which does not say how many there are`, {
      meaning: CUT,
      change: `Compare with the number in QAD; where it is cut, read it by browse.`,
    }),
  ]
}

const CUT = 'a list that is cut lacks codes: figures for them are refused as unknown'

/** Numbers of the answer, outside of its records, whose names speak of a count. */
function totalsIn(answer: Exact): readonly number[] {
  if (!isObject(answer)) return []
  const data = at(answer, 'data')
  const holders = [answer, ...(isObject(data) ? [data] : [])]
  return holders.flatMap((holder) =>
    Object.entries(holder).flatMap(([name, value]) =>
      /total|count/i.test(name) && typeof value === 'string' && /^\d{1,9}$/.test(value) ? [Number(value)] : [],
    ),
  )
}
