import { MlcError } from '../../errors.js'
import type { MasterCode } from '../../model/chart.js'
import { checkDaybook } from '../journal/daybook.js'
import type { JournalForm } from '../options.js'
import { readRows, type Place } from '../rows.js'
import { factsOf, refusalOf, sampleOf, type Fact } from './fact.js'
import { columnFact, replayed, sizeOf, unfiltered, type Sample } from './rows.js'

type Company = Pick<Place, 'domain' | 'entity'>

const LEDGER = 'an entry on any layer but a transient one counts in the books'

/** The daybooks with their layers, and of journals whether the one configured may be posted to. */
export async function daybookFacts(
  sample: Sample | MlcError | null,
  company: Company,
  form: JournalForm | null,
  accounts: readonly MasterCode[] | null,
): Promise<readonly Fact[]> {
  const facts = factsOf('reads.daybooks')
  if (sample === null)
    return form === null
      ? []
      : [
          facts.assumed('layer', `no read shows the daybook ${form.daybook}`, {
            meaning: LEDGER,
            change: 'Add qad.reads.daybooks with columns code, layerType and active.',
          }),
        ]
  if (sample instanceof MlcError) return [facts.failed('rows', sample, LEDGER)]
  const listed = await layersOf(sample, company)
  if (form === null) return listed
  return [
    ...listed.filter(({ rule, verdict }) => rule !== 'rows' || verdict === 'confirmed'),
    await ownFact(sample, company, form, accounts),
  ]
}

async function layersOf(sample: Sample, company: Company): Promise<readonly Fact[]> {
  const facts = factsOf('reads.daybooks')
  const columns = columnFact(sample)
  if (columns === null) return [facts.assumed('rows', 'no rows', { meaning: LEDGER })]
  if (columns.verdict === 'contradicted') return [columns]
  const told: string[] = []
  for await (const cells of readRows(replayed(sample, company), 'daybooks', unfiltered(sample.read), null))
    told.push(`${cells.code('code')} ${cells.optionalCode('layerType') ?? '(no layer)'}`)
  return [columns, facts.confirmed('rows', `${sizeOf(sample)}: ${sampleOf(told, 8)}`)]
}

async function ownFact(
  sample: Sample,
  company: Company,
  form: JournalForm,
  accounts: readonly MasterCode[] | null,
): Promise<Fact> {
  const facts = factsOf('write')
  const name = `the daybook ${form.daybook}`
  const place = replayed(sample, company)
  const ready = await checkDaybook(form, place, { daybooks: unfiltered(sample.read) }, accounts).catch(refusalOf)
  if (ready instanceof MlcError) return facts.failed('daybook', ready, LEDGER)
  const offset = accounts === null ? '' : `, and the offset account ${form.offsetAccount} is active`
  if (ready.caution === null) return facts.confirmed('daybook', `${name} is active and on a transient layer${offset}`)
  return facts.assumed('daybook', ready.caution, {
    meaning: LEDGER,
    change: 'Name a daybook on a transient layer, and take qad.write.allowOfficialLayer out.',
  })
}
