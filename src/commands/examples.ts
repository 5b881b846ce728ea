import type { Command } from 'commander'

/** What people type most, for the end of a command's help: the line, and what comes of it. */
type Example = readonly [line: string, says: string]

/** Puts every command under the heading of what it is for, and its examples at the end of its help. */
export function addExamples(program: Command): void {
  for (const [heading, names] of GROUPS) {
    for (const command of program.commands.filter((one) => names.includes(one.name()))) command.helpGroup(heading)
  }
  addBelow(program, '')
  program.addHelpText('after', EXIT_CODES)
}

function addBelow(command: Command, path: string): void {
  for (const child of command.commands) addBelow(child, `${path} ${child.name()}`.trim())
  const examples = EXAMPLES[path]
  if (examples) command.addHelpText('after', `\nExamples:\n${examples.map(shown).join('\n')}`)
}

/** The line alone, so that it can be copied; what it does stands below it. */
function shown([line, says]: Example): string {
  return `  ${line}\n      ${says}`
}

const GROUPS: readonly (readonly [heading: string, names: readonly string[]])[] = [
  ['Set up:', ['init', 'login', 'logout', 'doctor', 'qad', 'config', 'completion']],
  ['Figures into QAD:', ['pull', 'map', 'push', 'sync', 'replay', 'resolve']],
  ['Delivered by Looker, and started by itself:', ['ingest', 'listen', 'schedule']],
  ['Month-end:', ['reconcile', 'note', 'signoff', 'evidence']],
  ['Looking back:', ['status', 'trace', 'audit']],
  ['Trying and help:', ['demo', 'help']],
]

/** What scripts decide by. (CLI contract, section 2) */
const EXIT_CODES = `
Exit codes:
  0 done · 1 unexpected · 2 usage or configuration · 3 variances · 4 credentials
  5 partial: mlc replay finishes it · 6 refused by a guard, nothing posted
  7 another run is active · 8 audit · 9 stale · 75 the other side is down
  130, 143 interrupted. mlc help CODE explains an error such as MLC-Q031.`

/** By the command's path. */
export const EXAMPLES: Readonly<Record<string, readonly Example[] | undefined>> = {
  '': [
    ['mlc demo', 'the whole story on local servers: no keys, no tenant'],
    ['mlc sync --job plant-gl --period previous --yes', 'last month’s figures of a job into QAD, each once'],
  ],
  init: [
    ['mlc init', 'asks for addresses, domain, entity and Look, and writes mlc.yaml here'],
    ['mlc init --no-input --from-env', 'asks nothing'],
  ],
  login: [
    ['mlc login looker', 'asks for an API3 key (Admin > Users > Edit > API keys), tries it, keeps it'],
    ['mlc login qad --no-input', 'takes MLC_QAD_USERNAME, MLC_QAD_PASSWORD_FILE and the like instead of asking'],
  ],
  logout: [['mlc logout --all', 'ends the kept sessions and forgets the credentials of both systems']],
  pull: [
    ['mlc pull --look 42', 'a table of its rows and totals; json, ndjson and csv by --format'],
    ['mlc pull --look', 'lists and searches Looks'],
    ['mlc pull --look 42 --filter gl.posting_period=2026-07 --format csv -o gl.csv', 'every row, or no file'],
    ['mlc pull --model finance --explore gl --fields plant.code,gl.net_amount', 'an Explore query'],
    ['mlc pull --query "https://acme.cloud.looker.com/explore/finance/gl?qid=…"', 'an address copied from the browser'],
    ['mlc pull --dashboard 7 --format csv -o tiles', 'each tile into a file of its own: all of them or none'],
    ['mlc pull --job plant-gl --period 2026-07', 'keeps the figures as a run, for mlc map'],
    [
      'mlc pull --job plant-gl --estimate --period 2026-01..2026-12',
      'rows and query calls of a backfill, pulling nothing',
    ],
  ],
  map: [
    ['mlc map --job plant-gl', 'the plan of the newest run: to which account and cost centre each figure goes'],
    ['mlc map --job plant-gl --pin', 'from then on a Look that was changed is refused'],
  ],
  push: [
    ['mlc push --job plant-gl --dry-run', 'what would be posted; nothing is sent'],
    ['mlc push --job plant-gl --yes', 'posts the plan without asking: for scripts'],
  ],
  sync: [
    ['mlc sync --job plant-gl --period 2026-07', 'pull, map, push; asks before it posts'],
    ['mlc sync --all --period current --yes --quiet', 'for cron: a line for each job, and whatever is wrong'],
    ['mlc sync --job plant-gl --period previous --yes --reconcile', 'compares with the ledger afterwards'],
  ],
  ingest: [
    ['mlc ingest gl_2026-07.json --job plant-gl --yes', 'a file that Looker delivered; the same is taken once'],
    ['aws s3 cp s3://acme-looker/gl.csv - | mlc ingest - --job plant-gl --yes', 'from another program'],
    ['mlc ingest /var/spool/sftp/gl --job plant-gl --yes', 'a folder: every file, by name, 9 before 10'],
  ],
  replay: [
    ['mlc replay --dry-run', 'what is left of earlier runs, and what would be done'],
    [
      'mlc replay --job plant-gl --since 26h --yes',
      'asks QAD, and sends only what it does not have of a job’s last day',
    ],
    [
      'mlc replay --run 01J9Z3K6Q8V5T2N7B4M1X0C3DF --mapping current',
      'maps the rows of that run anew, with the maps as they are',
    ],
  ],
  resolve: [
    ['mlc resolve MLCP284W54TV00G1NFSJYMXZQ0J6S --posted --reason "seen in browse, ticket 812"', 'QAD holds it'],
    [
      'mlc resolve MLCP284W54TV00G1NFSJYMXZQ0J6S --not-posted --reason "not in browse"',
      'the next sync or replay sends it',
    ],
  ],
  reconcile: [
    ['mlc reconcile --job plant-gl --period 2026-07', 'Looker afresh against the ledger; exit 3 when they differ'],
    ['mlc reconcile --job plant-gl --period 2026-07 --format html -o july.html', 'a page to forward; xlsx: a workbook'],
    ['mlc reconcile --job plant-gl --period 2026-07 --from references', 'what QAD holds as references instead'],
    ['mlc reconcile --job plant-gl --period 2026-07 --level account --ytd', 'accounts, the year so far'],
  ],
  note: [
    [
      'mlc note 05010/1200 "truck of 31 July" --job plant-gl --period 2026-07 --until 2026-08',
      'explains that break, for the amount it has now; it stays a break',
    ],
  ],
  signoff: [
    [
      'mlc signoff --job plant-gl --period 2026-07 --role preparer',
      'reconciles and signs; exit 3 while breaks are open',
    ],
    ['mlc signoff --job plant-gl --period 2026-07 --role reviewer', 'signs what a preparer has signed'],
  ],
  evidence: [
    [
      'mlc evidence --job plant-gl --period 2026-07 -o july.zip',
      'report, queries, maps, audit and answers in one file',
    ],
  ],
  trace: [['mlc trace MLCP284W', 'a reference by the beginning of its key: which Look, rows, map lines and run']],
  'audit verify': [
    ['mlc audit verify', 'intact or not; exit 8 names file and line'],
    ['mlc audit verify --key audit.pub --anchor anchor.txt', 'also that nothing was cut off or written anew'],
  ],
  'audit show': [
    ['mlc audit show --open', 'what is not settled'],
    ['mlc audit show --period 2026-07 --job plant-gl --totals', 'what was posted in a period'],
    ['mlc audit show --event record.failed --columns at,run,key,code,message', 'what failed, and why'],
  ],
  'audit export': [['mlc audit export --format csv -o audit.csv', 'for a spreadsheet, safe to open']],
  'audit anchor': [['mlc audit anchor -o anchor.txt', 'to be kept where nobody who can write the audit can write']],
  'audit keygen': [['mlc audit keygen -o audit.key > audit.pub', 'private key into the file, public half on stdout']],
  status: [
    ['mlc status', 'last good sync of each job, what is in doubt, query calls of this month'],
    ['mlc status --max-age 26h', 'for monitoring: exit 9 when a job is older'],
  ],
  listen: [['mlc listen --yes', 'takes deliveries on 127.0.0.1:8787 unless mlc.yaml says otherwise']],
  schedule: [
    ['mlc schedule --job plant-gl --at "weekdays 06:15"', 'prints the line for a crontab; --install puts it there'],
    ['mlc schedule --all --as systemd', 'service and timer; also github, kubernetes, launchd, schtasks'],
    ['mlc schedule looker --job plant-gl --at 05:30', 'has Looker deliver the Look to mlc listen'],
  ],
  doctor: [
    ['mlc doctor', 'every link, and what to do about the first that is broken'],
    ['mlc doctor --only qad', 'the checks of QAD alone'],
    ['mlc doctor --bundle support.zip', 'for whoever helps; without secrets, with amounts of the audit’s last lines'],
  ],
  'qad learn': [['mlc qad learn capture.har', 'one save in the browser becomes section qad of an mlc.yaml']],
  'qad probe': [['mlc qad probe', 'which of the rules that mlc counts on this tenant keeps; reads alone']],
  demo: [['mlc demo --serve', 'keeps both servers up and prints a ready environment']],
  'config show': [['mlc config show', 'each setting and where it came from']],
  'config schema': [['mlc config schema -o mlc.schema.json', 'for the completion of your editor']],
  completion: [['source <(mlc completion bash)', 'in this shell; the first lines of the script say how to keep it']],
  help: [['mlc help MLC-Q031', 'what happened and what to do']],
}
