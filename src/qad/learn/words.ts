/** Our names that a tenant's field or column may stand for. */
export type Ours =
  | 'key'
  | 'domain'
  | 'entity'
  | 'year'
  | 'period'
  | 'account'
  | 'subAccount'
  | 'costCentre'
  | 'project'
  | 'site'
  | 'currency'
  | 'measure'
  | 'amount'
  | 'revision'
  | 'description'
  | 'source'
  | 'run'
  | 'debit'
  | 'credit'
  | 'daybook'
  | 'date'
  | 'voucher'
  | 'code'
  | 'active'
  | 'type'
  | 'start'
  | 'end'
  | 'status'
  | 'layerType'
  | 'layer'
  | 'qadRef'

/** How well a name fits: 0 says it outright; 1 is the usual word; 2 may mean something else. */
export type Rank = 0 | 1 | 2

type Patterns = readonly (readonly [Rank, RegExp])[]

// Matched against the name in lower case without separators and without its table. QAD's own tables shorten (acc, cc, curr), its
// Financials prefix their texts (tc), and sites name their components in their own language.
const WORDS: Readonly<Record<Ours, Patterns>> = {
  key: [
    [0, /^(referenceid|refid|mlckey|recon(ciliation)?(reference)?(id|key))$/],
    [1, /^(external(id|key|ref|reference)|idempotencykey|key|recordkey|kennung|claveexterna)$/],
    [2, /(secondtext|text2|secondarytext|originatorreference|reference|referencia|referenz)$/],
  ],
  domain: [
    [0, /^(tc)?domain(code|context)?$/],
    [1, /^(bereich|dominio)$/],
  ],
  entity: [
    [0, /^(tc)?(entity|company)(code|context)?$/],
    [1, /^(gesellschaft|entidad)$/],
  ],
  year: [
    [0, /^(posting|gl|fiscal|calendar|glcalendar|accounting)?year$/],
    [1, /^(yr|jahr|anio|ano)$/],
  ],
  period: [
    [0, /^(posting|gl|fiscal|accounting|glcalendar)?period(number|nbr|no)?$/],
    [1, /^(per|periode|periodo)$/],
    [2, /^nr$/],
  ],
  account: [
    [0, /^(tc)?(gl)?account(code|number|nbr|no)?$/],
    [1, /^(tc)?(gl)?(acc|acct)(code|nbr)?$|^(tc)?glcode$|^(konto|cuenta)$/],
  ],
  subAccount: [
    [0, /^(tc)?(gl)?(subaccount|subacct|division)(code)?$/],
    [1, /^(sub|subcuenta|unterkonto)$/],
  ],
  costCentre: [
    [0, /^(tc)?cost(center|centre)(code)?$/],
    [1, /^(tc)?(cc|ctr|costctr)(code)?$|^(kst|kostenstelle|centrocosto)$/],
  ],
  project: [
    [0, /^(tc)?project(code)?$/],
    [1, /^(proj|projekt|proyecto)$/],
  ],
  site: [
    [0, /^(site|plant)(code)?$/],
    [1, /^(werk|planta)$/],
  ],
  currency: [
    [0, /^(tc)?currency(code)?$/],
    [1, /^(tc)?(curr?)(code)?$|^(waehrung|moneda)$/],
  ],
  measure: [
    [0, /^measure(name|code)?$/],
    [1, /^(metric|kpi)(name|code)?$/],
  ],
  amount: [
    [0, /^(looker|source|reported|reference|recon)(amount|amt|value)$/],
    [1, /^(amount|amt|movement|balance|netamount|net|betrag|saldo|importe)(tc)?$/],
    [2, /(amount|amt)(tc)?$/],
  ],
  revision: [
    [0, /^revision(number|nbr|no)?$/],
    [1, /^rev$/],
  ],
  description: [
    [0, /^(description|desc)$/],
    [1, /^(postingtext|headertext|text|name|comment|remark|txt|bezeichnung|descripcion)$/],
    [2, /(description|desc|linetext|text)$/],
  ],
  source: [
    [0, /^source(query|ref|reference|look)$/],
    [1, /^(query|source)$/],
  ],
  run: [[0, /^run(id|number)?$/]],
  debit: [
    [0, /debit(amount)?tc$/],
    [1, /^(debit(amount|amt)?|dr(amt)?|soll|debe)$/],
    [2, /debit/],
  ],
  credit: [
    [0, /credit(amount)?tc$/],
    [1, /^(credit(amount|amt)?|cr(amt)?|haben|haber)$/],
    [2, /credit/],
  ],
  daybook: [
    [0, /^(tc)?daybook(code)?$/],
    [1, /^(tc)?journal(code)?$|^(dycode|book)$/],
  ],
  date: [
    [0, /^(posting|gl|effective|accounting)date$/],
    [1, /^(date|datum|fecha|entrydate|journaldate)$/],
    [2, /date$/],
  ],
  voucher: [
    [0, /voucher(number|nbr|no)?$/],
    [1, /^(nummer|entrynumber|documentnumber)$/],
  ],
  code: [
    [0, /^code$/],
    [1, /^(id|number|nbr|no|nummer|codigo)$/],
    [2, /code$/],
  ],
  active: [
    [0, /^(is)?active$/],
    [1, /^(enabled|isenabled|aktiv|activo)$/],
  ],
  type: [
    [0, /^type$/],
    [1, /^(gl)?(account)?type(code)?$/],
  ],
  start: [
    [0, /^(period)?start(date)?$/],
    [1, /^(from(date)?|begin(date)?|von)$/],
  ],
  end: [
    [0, /^(period)?end(date)?$/],
    [1, /^(to(date)?|until|bis)$/],
  ],
  status: [
    [0, /^(gl)?(period)?status$/],
    [1, /^(state|isopen|open|lage|estado)$/],
  ],
  layerType: [[0, /layertype(code)?$/]],
  layer: [[0, /^layer(code)?$/]],
  qadRef: [
    [0, /^(uri|voucher|vouchernumber|postingnumber)$/],
    [2, /^number$/],
  ],
}

export interface Fit {
  readonly ours: Ours
  readonly rank: Rank
}

/** What a name may stand for among the words asked about, best first. */
export function fitsOf(name: string, asked: readonly Ours[]): readonly Fit[] {
  const plain = plainName(name)
  return asked
    .flatMap((ours): Fit[] => {
      const found = WORDS[ours].find(([, pattern]) => plain.some((one) => pattern.test(one)))
      return found === undefined ? [] : [{ ours, rank: found[0] }]
    })
    .sort((a, b) => a.rank - b.rank)
}

/** `acc` of `xxbal_det.xxbal_acc`; `postingyear` of `PostingYear`. */
function plainName(name: string): readonly string[] {
  const known = PLAIN.get(name)
  if (known !== undefined) return known
  const found = squeezed(name)
  // A capture names the same columns a million times, and a hostile one a million of them.
  if (PLAIN.size < 10_000) PLAIN.set(name, found)
  return found
}

const PLAIN = new Map<string, readonly string[]>()

function squeezed(name: string): readonly string[] {
  const steps = name.split('.')
  const last = steps.at(-1) ?? ''
  const table = steps.length > 1 ? (steps.at(-2) ?? '').split('_')[0] : undefined
  const own = table === undefined ? last : withoutPrefix(withoutPrefix(last, table), table)
  const letters = [own, last].map((one) => one.toLowerCase().replace(/[^a-z0-9]/g, ''))
  const bare = letters.map((one) =>
    one.replace(/^(tc|tt|zz|xx)(?=[a-z]{2})/, '').replace(/^(glposting|posting)?line/, ''),
  )
  const shortened = last.includes('_')
    ? [
        last
          .slice(last.indexOf('_') + 1)
          .toLowerCase()
          .replace(/[^a-z0-9]/g, ''),
      ]
    : []
  return [...new Set([...letters, ...bare, ...shortened])].filter((one) => one !== '')
}

function withoutPrefix(name: string, prefix: string): string {
  return name.toLowerCase().startsWith(`${prefix.toLowerCase()}_`) ? name.slice(prefix.length + 1) : name
}

const SHAPES: Readonly<Partial<Record<Ours, RegExp>>> = {
  year: /^(19|20)\d\d$/,
  period: /^(0?[1-9]|1[0-9])$/,
  currency: /^[A-Za-z]{3}$/,
  amount: /^-?\d+([.,]\d+)?$/,
  debit: /^-?\d+([.,]\d+)?$/,
  credit: /^-?\d+([.,]\d+)?$/,
  revision: /^\d{1,6}$/,
  date: /^\d{4}-\d\d-\d\d/,
  start: /^\d{4}-\d\d-\d\d/,
  end: /^\d{4}-\d\d-\d\d/,
}

/** Whether a value can be what the name says; an empty one can be anything. */
export function hasShapeOf(ours: Ours, value: string): boolean {
  return value === '' || (SHAPES[ours]?.test(value) ?? true)
}

/** How far a finding can be believed, and why. */
export interface Choice {
  readonly name: string
  readonly rank: Rank
  /** Other names that would do as well. */
  readonly rivals: readonly string[]
}

/**
 * Our word → the name that fits it best, each name given away once.
 * @param values of each name as far as they are known: what does not look like it is not taken for it
 */
export function matchNames(
  names: readonly string[],
  asked: readonly Ours[],
  values: (name: string) => readonly string[],
): ReadonlyMap<Ours, Choice> {
  const fits = names.flatMap((name) =>
    fitsOf(name, asked)
      .filter(({ ours }) => values(name).every((value) => hasShapeOf(ours, value)))
      .map(({ ours, rank }) => ({ name, ours, rank })),
  )
  const found = new Map<Ours, Choice>()
  const taken = new Set<string>()
  for (const rank of [0, 1, 2] as const) {
    for (const ours of asked) {
      if (found.has(ours)) continue
      const here = fits.filter((fit) => fit.ours === ours && fit.rank === rank && !taken.has(fit.name))
      const [first, ...rest] = here
      if (first === undefined) continue
      found.set(ours, { name: first.name, rank, rivals: rest.map(({ name }) => name) })
      taken.add(first.name)
    }
  }
  return new Map(
    asked.flatMap((ours): [Ours, Choice][] => {
      const choice = found.get(ours)
      return choice === undefined ? [] : [[ours, choice]]
    }),
  )
}
