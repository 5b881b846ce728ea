import { setTimeout as pause } from 'node:timers/promises'
import { periodFlag, secondsFlag, type CommonFlags } from '../commands/flags.js'
import type { Context, Host } from '../context.js'
import { MlcError } from '../errors.js'
import { isoTime, type Clock } from '../model/clock.js'
import { createTerminal } from '../terminal/output.js'
import { createPrompts } from '../terminal/prompt.js'
import { openSink } from '../terminal/sink.js'
import { redact, redactors } from './redaction.js'
import { createVoice, type Voice } from './voice.js'
import {
  auditFolderOf,
  closeStateFolder,
  historyOf,
  loadConfigOf,
  openState,
  portsOf,
  settingsOf,
  stateFolderOf,
  systemsOf,
  userName,
} from './state.js'

export interface Composed extends Context {
  readonly terminal: Voice
  /** True for a command that a signal ends as it should: its own exit code counts then. */
  readonly endsBySignal: boolean
  /** Aborts when --timeout has passed. */
  readonly deadline: AbortSignal | null
  /** Takes every credential that was read so far out of a text. */
  redact(text: string): string
}

/**
 * The composition root: each adapter is built once, and only when a command first needs it.
 * @param voice of a command that is at work already
 */
export function compose(host: Host, flags: CommonFlags, voice: Voice | null = null): Composed {
  const clock = systemClock()
  const timeoutMs = secondsFlag('--timeout', flags.timeout)
  const deadline = timeoutMs === null ? null : deadlineAfter(timeoutMs, flags.timeout ?? '')
  const terminal = voice ?? voiceOf(host, flags)
  const noInput = flags.input === false || (host.env['MLC_NO_INPUT'] ?? '') !== ''
  const prompts = createPrompts({ stdin: host.stdin, stderr: host.stderr, noInput, signal: host.stop })
  const closers: (() => Promise<void>)[] = []
  let endsBySignal = false
  const ending = deadline ? AbortSignal.any([host.stop, deadline]) : host.stop
  // Of what mlc does with the state folder alone, a variable of mlc.yaml that is not set is no business.
  const local = once(() => loadConfigOf(host, flags, ending))
  const config = async () => (await import('../config/load.js')).requireSet(await local())
  const state = once(() => stateFolderOf(host))
  const auditFolder = once(async () => auditFolderOf(await local().catch(noConfig), await state()))
  const needs = async () => ({ host, flags, clock, deadline, terminal, config: await config(), closers })
  const figures = once(async () => {
    const { createFigures } = await import('./figures.js')
    return createFigures(await needs())
  })
  const adapters = once(async () => {
    const { createAdapters } = await import('./adapters.js')
    return createAdapters(await needs(), await figures())
  })
  const runs = once(async () => (await import('../store/runs.js')).createRunStore(await state()))
  const maps = once(async () => (await import('../store/maps.js')).createMapStore((await local()).folder))
  const signer = once(async () => {
    const { auditSigner } = await import('./audit-keys.js')
    return auditSigner(host, (await local().catch(noConfig))?.config ?? null)
  })
  const opened = once(async (command: string) => {
    await config()
    const folders = { folder: await state(), auditFolder: await auditFolder() }
    const remark = await closeStateFolder(folders.folder)
    if (remark !== null) terminal.warn(remark)
    const warn = (line: string) => terminal.warn(line)
    return openState({ ...folders, command, clock, host, flags, closers, signer: await signer(), warn })
  })
  const output = async (path: string | undefined) => {
    const sink = await openSink(path, terminal)
    closers.push(async () => sink.discard())
    return sink
  }
  const reading = async () => {
    return portsOf({
      clock,
      runs: await runs(),
      maps: await maps(),
      adapters: await adapters(),
      terminal,
      stop: ending,
      reason: flags.reason ?? null,
    })
  }
  return {
    version: host.version,
    flags,
    clock,
    terminal,
    prompts,
    stop: host.stop,
    deadline,
    redact,
    get endsBySignal() {
      return endsBySignal
    },
    untilStopped: async () => {
      endsBySignal = true
      return stopped(ending)
    },
    apart: (own) => {
      const known = redactors.length
      // What is in hand is finished whatever signals come, and asks nobody.
      const inner = compose({ ...host, stop: new AbortController().signal }, { ...own, input: false }, terminal)
      const close = () => inner.close().finally(() => redactors.splice(known))
      return { ...inner, close }
    },
    endpoint: async () => {
      const { createEndpoint } = await import('./endpoint.js')
      return createEndpoint({ host, clock, closers, config: (await config()).config, state: await state() })
    },
    deliveriesKept: async () => (await import('./endpoint.js')).deliveriesKept(await state()),
    settings: async () => settingsOf((await local()).config),
    job: async (name) => (await import('../config/need.js')).needJob((await local()).config, name),
    period: async (flag, at = isoTime(clock)) =>
      periodFlag(flag, at.slice(0, 10), async () => (await (await adapters()).ledger().chart()).periods ?? []),
    source: async () => (await figures()).source(),
    looks: async () => (await figures()).source().looks(),
    deliveries: async () => {
      const { createDeliveryReader } = await import('./deliveries.js')
      const looker = await figures()
      return createDeliveryReader(() => looker.source())
    },
    stdin: async (maxBytes) => (await import('./stdin.js')).readStdin(host.stdin, maxBytes, ending),
    access: async (system) => {
      const { createAccess } = await import('./access.js')
      return createAccess(system, await needs())
    },
    lookerCalls: async () => {
      const { config, unset } = await local()
      if (!config.looker || unset.some(({ path }) => path[0] === 'looker')) return null
      const { callsThisMonth } = await import('./calls.js')
      return callsThisMonth({ clock, baseUrl: config.looker.baseUrl, state, budget: config.looker.callsPerMonth })
    },
    systems: async () => systemsOf((await local()).config),
    setup: async () => {
      const { createSetup } = await import('./setup.js')
      return createSetup({ host, flags, clock, deadline, terminal, closers, config })
    },
    lesson: async (path) => (await import('./lesson.js')).createLesson(path, host),
    qadProbe: async () => {
      const { probeQad } = await import('./qad-probe.js')
      return probeQad({ host, flags, clock, deadline, terminal, closers, config: await config(), state })
    },
    scheduling: async () => {
      const { createScheduling } = await import('./scheduling/scheduling.js')
      const place = { host, config, state, audit: auditFolder }
      return createScheduling({ ...place, plans: async () => (await adapters()).source().plans })
    },
    doctor: async () => {
      const { createDoctorPorts } = await import('./doctor.js')
      const map = async (path: string) => (await maps()).read(path)
      return createDoctorPorts({ host, flags, clock, deadline, terminal, closers, config, state, auditFolder, map })
    },
    open: async (command, job) => ({ ...(await reading()), ...(await opened(command)), jobName: job }),
    reading,
    past: async () => {
      const { createReadings } = await import('../store/readings.js')
      const { createBreaks } = await import('../store/breaks.js')
      const folder = await state()
      const history = await historyOf(await auditFolder(), clock)
      return { history, readings: createReadings(folder, (text) => terminal.warn(text)), breaks: createBreaks(folder) }
    },
    user: () => userName(host),
    runs,
    maps,
    pin: async (job, definition) => {
      const { pinDefinition } = await import('../config/pin.js')
      return pinDefinition(await config(), job, definition, host.env)
    },
    scratch: async () => (await import('../store/runs.js')).createScratch(),
    overflow: async () => {
      const { openOverflow } = await import('../terminal/export/hidden.js')
      return () => {
        const overflow = openOverflow()
        closers.push(async () => overflow.close())
        return overflow
      }
    },
    auditFolder,
    auditSigner: signer,
    auditOrigin: async () => {
      const { auditOrigin } = await import('./audit-keys.js')
      return auditOrigin((await local().catch(noConfig))?.config ?? null)
    },
    auditKeys: async () => {
      const { trustedKeys } = await import('./audit-keys.js')
      return trustedKeys((await local().catch(noConfig))?.config ?? null)
    },
    ending: async (run, ports, act) => {
      try {
        return await act()
      } catch (error) {
        const { asMlcError, closeRun } = await import('../pipeline/sync.js')
        const failure = asMlcError(error)
        await closeRun(run, { exitCode: failure.exitCode, error: failure, push: null }, ports)
        throw error
      }
    },
    mayPost: () => {
      if (flags.yes || prompts.canAsk) return
      throw new MlcError('MLC-C009', 'without a terminal mlc does this only when told to with --yes')
    },
    rows: async (options) => (await import('../terminal/export/rows.js')).openRows(options, terminal),
    columns: ({ output }) => (output === undefined || output === '-' ? terminal.columns : null),
    output,
    data: async (own, text) => {
      const sink = await output(own.output)
      await sink.write(text)
      await sink.end()
    },
    close: async () => {
      for (const close of closers.reverse()) await close().catch(() => undefined)
    },
  }
}

function voiceOf(host: Host, flags: CommonFlags): Voice {
  const shown = createTerminal({
    stdout: host.stdout,
    stderr: host.stderr,
    env: host.env,
    stdoutIsTTY: host.stdout.isTTY,
    stderrIsTTY: host.stderr.isTTY,
    noColor: flags.color === false,
    quiet: flags.quiet ?? false,
    json: (flags.json ?? false) || (flags.format !== undefined && flags.format !== 'table'),
  })
  return createVoice(shown, redact)
}

/** Its reason is the error that the command ends with, wherever it is waiting. */
function deadlineAfter(ms: number, shown: string): AbortSignal {
  const controller = new AbortController()
  const passed = () => controller.abort(new MlcError('MLC-C030', `the deadline of --timeout ${shown} has passed`))
  setTimeout(passed, ms).unref()
  return controller.signal
}

/** Without a mlc.yaml the audit is in the state folder; a broken one may name another, so it is never passed over. */
function noConfig(error: unknown): null {
  if (error instanceof MlcError && error.code === 'MLC-C001') return null
  throw error
}

function systemClock(): Clock {
  return {
    now: () => Date.now(),
    sleep: async (ms, signal) => {
      await pause(ms, undefined, signal ? { signal } : {}).catch((error: unknown) => {
        // Why it was stopped, rather than that it was.
        signal?.throwIfAborted()
        throw error
      })
    },
  }
}

/** Resolves at the first signal. @throws MLC-C030 when --timeout has passed */
function stopped(ending: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      const { reason } = ending as { readonly reason: unknown }
      if (reason instanceof MlcError && reason.code === 'MLC-C030') reject(reason)
      else resolve()
    }
    if (ending.aborted) end()
    else ending.addEventListener('abort', end, { once: true })
  })
}

function once<A extends unknown[], T>(make: (...args: A) => Promise<T>): (...args: A) => Promise<T> {
  let made: Promise<T> | null = null
  return (...args) => (made ??= make(...args))
}
