import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Context } from '../context.js'
import { EXIT } from '../errors.js'
import { demoConfig, demoEnvironment, demoLooker, demoMaps, demoQad, PLANTED } from '../sandbox/company/company.js'
import { createLookerSandbox } from '../sandbox/looker/sandbox.js'
import { createQadSandbox } from '../sandbox/qad/sandbox.js'
import { serve } from '../sandbox/serve.js'
import { formatFlag, type CommonFlags } from './flags.js'

export interface DemoFlags extends CommonFlags {
  readonly serve?: boolean
}

/** `mlc demo`: a Looker and a QAD on 127.0.0.1, and every command of the story run against them as a user would. */
export async function runDemo(flags: DemoFlags, context: Context): Promise<number> {
  formatFlag(flags, ['table'])
  const looker = await serve(createLookerSandbox(demoLooker()))
  const qad = await serve(createQadSandbox(demoQad()))
  try {
    const folder = await writeProject(looker.url, `${qad.url}/clouderp`)
    return flags.serve
      ? await keepServing(folder, { looker: looker.url, qad: `${qad.url}/clouderp` }, context)
      : await tellStory(folder, context)
  } finally {
    await Promise.all([looker.close(), qad.close()])
  }
}

interface Step {
  readonly why: string
  readonly args: readonly string[]
  readonly exitCode: number
}

const PERIOD = '2026-07'

const STORY: readonly Step[] = [
  {
    why: '1. Pull: run the Look and keep its figures',
    args: ['pull', '--job', 'plant-gl', '--period', PERIOD],
    exitCode: EXIT.done,
  },
  {
    why: '2. Map: every figure to an account and cost centre that QAD has',
    args: ['map', '--job', 'plant-gl'],
    exitCode: EXIT.done,
  },
  {
    why: '3. Push: post the plan as reconciliation references, read each back',
    args: ['push', '--job', 'plant-gl', '--yes'],
    exitCode: EXIT.done,
  },
  {
    why: '4. All three jobs at once; what QAD already holds is not posted twice',
    args: ['sync', '--all', '--period', PERIOD, '--yes'],
    exitCode: EXIT.done,
  },
  {
    why: '5. Reconcile Looker with the ledger: the planted differences show',
    args: ['reconcile', '--job', 'plant-gl', '--period', PERIOD],
    exitCode: EXIT.variances,
  },
  { why: '6. The audit trail is whole', args: ['audit', 'verify'], exitCode: EXIT.done },
]

async function tellStory(folder: string, context: Context): Promise<number> {
  const { terminal } = context
  for (const { why, args, exitCode } of STORY) {
    if (context.stop.aborted) return EXIT.interrupted
    terminal.note(`\n${why}\n$ mlc ${args.join(' ')}`)
    const found = await runMlc(args, folder)
    if (found !== exitCode) {
      terminal.warn(`that exited with ${found}, not ${exitCode}: the demo does not work here`)
      return EXIT.unexpected
    }
  }
  terminal.note(
    `\n${PLANTED.length} differences were planted between Looker and the ledger; step 5 shows each of them (exit code 3).`,
  )
  for (const { account, costCentre, variance, why } of PLANTED)
    terminal.note(`  ${account}/${costCentre}  ${variance}  ${why}`)
  terminal.note(
    `\nEverything is in ${folder}: mlc.yaml, maps, runs and the audit under state. Delete it when you have seen enough.`,
  )
  terminal.note(`Next: ${selfName()} demo --serve keeps both servers up to try commands yourself`)
  return EXIT.done
}

/** Each step is a process of its own, as a user's would be. */
async function runMlc(args: readonly string[], folder: string): Promise<number> {
  const script = process.argv[1] ?? ''
  const child = spawn(process.execPath, [script, ...args, '--no-input'], {
    cwd: folder,
    env: environmentOf(folder),
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return code ?? EXIT.unexpected
}

async function keepServing(
  folder: string,
  urls: { readonly looker: string; readonly qad: string },
  context: Context,
): Promise<number> {
  const config = join(folder, 'mlc.yaml')
  const own = { MLC_CONFIG: config, MLC_STATE_DIR: join(folder, 'state') }
  const variables = { ...demoEnvironment(), ...own, ...answersOf(urls) }
  const assign =
    process.platform === 'win32'
      ? (name: string, value: string) => `$env:${name} = '${value}'`
      : (name: string, value: string) => `export ${name}='${value}'`
  const lines = Object.entries(variables).map(([name, value]) => assign(name, value))
  if (selfName() !== 'mlc' && process.platform !== 'win32') lines.push(`alias mlc='${selfName()}'`)
  await context.data({}, `# ${config} is ready; paste these lines into another terminal\n${lines.join('\n')}\n`)
  context.terminal.note(
    `Then, for example:  mlc sync --job plant-gl --period ${PERIOD}   and   mlc reconcile --job plant-gl --period ${PERIOD}`,
  )
  context.terminal.note(
    `Reconciling shows ${PLANTED.length} variances (exit code 3): they were planted, so that there is something to find.`,
  )
  context.terminal.note('A project of your own for them:  mlc init --no-input --from-env --config my-books/mlc.yaml')
  context.terminal.note(`Both servers run until you stop this with Ctrl-C; then ${folder} may be deleted.`)
  await new Promise<void>((resolve) => {
    if (context.stop.aborted) resolve()
    // The open servers keep the process alive; a stop signal ends it.
    context.stop.addEventListener('abort', () => resolve(), { once: true })
  })
  return EXIT.done
}

/** What `mlc init --from-env` asks for. */
function answersOf({
  looker,
  qad,
}: {
  readonly looker: string
  readonly qad: string
}): Readonly<Record<string, string>> {
  const company = { MLC_QAD_DOMAIN: '10USA', MLC_QAD_ENTITY: '10USACO', MLC_LOOK: '42' }
  return { MLC_LOOKER_BASE_URL: looker, MLC_QAD_BASE_URL: qad, ...company }
}

async function writeProject(lookerUrl: string, qadUrl: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mlc-demo-'))
  const files = { 'mlc.yaml': demoConfig({ lookerUrl, qadUrl }), ...demoMaps() }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

/** What to type for mlc here: its name where it is on the path, else the script that was started. */
function selfName(): string {
  const script = process.argv[1] ?? ''
  return script.endsWith('mlc.js') ? `node ${script}` : 'mlc'
}

/** The demo's own credentials and folders only: nothing of the user's configuration reaches it. */
function environmentOf(folder: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(MLC_|LOOKERSDK_)/.test(name))
  return {
    ...Object.fromEntries(own),
    ...demoEnvironment(),
    MLC_CONFIG: join(folder, 'mlc.yaml'),
    MLC_STATE_DIR: join(folder, 'state'),
  }
}
