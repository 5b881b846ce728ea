import { basename, posix } from 'node:path'
import { apart, MADE_BY, markOf, nameOf, syncWords, type ScheduledRun, type Written } from './run.js'

/** The workflow, by its path in the repository that holds mlc.yaml. `folder` is where in it, `.` at its root. */
export function githubWorkflow(run: ScheduledRun, folder: string): Written {
  return { path: `.github/workflows/mlc-${nameOf(run)}.yml`, text: workflowText(run, folder) }
}

function workflowText(run: ScheduledRun, folder: string): string {
  const { cron, place, zone } = run
  const [sync = '', ...words] = syncWords(run)
  const flags = words.map((word, at) => (words[at - 1] === '--period' ? '"$PERIOD"' : word)).join(' ')
  const state = '${{ runner.temp }}/mlc-state'
  return `# ${MADE_BY} ${place.version}
${markOf(run, posix.join(folder, basename(place.config)))}
# Before the first run: the secrets named below (Settings > Secrets and variables > Actions), the variables beside them,
# and MLC_PACKAGE, what npm installs mlc from: a name with version, the address of a repository or of a tarball.
# The state of mlc (runs, plans, audit) goes from run to run through the cache, which GitHub empties after seven days
# without a run: QAD itself keeps anything from being posted twice, but the audit would begin anew. Each run's audit is
# therefore kept as an artifact too. Whoever may read this repository's artifacts may read the figures in it.
# Where the audit must never be lost, run mlc on a machine of yours (mlc schedule --as systemd) or a self-hosted runner.
name: ${JSON.stringify(`mlc sync of ${nameOf(run)}`)}
on:
  schedule:
    # ${zone === null ? '' : `${zone} was asked for; `}GitHub reads this in UTC, and may start an hour late.
    - cron: ${JSON.stringify(cron.text)}
  workflow_dispatch:
    inputs:
      period:
        description: YYYY-PP, current or previous
        default: ${run.period}
permissions:
  contents: read
# One writer at a time, and one that waits: GitHub drops that one when a third comes, so start schedules hours apart.
concurrency:
  group: mlc-state
  cancel-in-progress: false
jobs:
  sync:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    defaults:
      run:
        working-directory: ${JSON.stringify(folder)}
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      - uses: actions/cache/restore@v4
        with:
          path: ${state}
          key: mlc-state-\${{ github.run_id }}-\${{ github.run_attempt }}
          restore-keys: mlc-state-
      - name: install mlc
        env:
          MLC_PACKAGE: \${{ vars.MLC_PACKAGE || 'ml-connector@${place.version}' }}
        run: npm install --global --no-audit --no-fund "$MLC_PACKAGE"
      - name: mlc sync
        env:
          MLC_STORE: none
          MLC_CONFIG: ${JSON.stringify(basename(place.config))}
          MLC_STATE_DIR: ${state}
${environmentLines(run)}
          PERIOD: \${{ inputs.period || '${run.period}' }}
        run: mlc ${sync} ${flags}
      # Also what a run that failed has written: it is what the next one goes on from.
      - uses: actions/cache/save@v4
        if: always()
        with:
          path: ${state}
          key: mlc-state-\${{ github.run_id }}-\${{ github.run_attempt }}
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: mlc-audit-\${{ github.run_id }}-\${{ github.run_attempt }}
          path: ${state}/audit
          if-no-files-found: ignore
          retention-days: 90
`
}

/** For the one step that needs them. Everything by name: nothing of this machine is written into the repository. */
function environmentLines({ place }: ScheduledRun): string {
  const { variables, credentials } = apart(place)
  const own = Object.keys(variables).filter((name) => !NOT_THERE.test(name))
  const named = own.map((name) => `          ${name}: \${{ vars.${name} }}`)
  const secrets = credentials.map(({ variable }) => `          ${variable}: \${{ secrets.${variable} }}`)
  return [...named, ...secrets].join('\n')
}

/** Paths and proxies of this machine, and what stands above already. */
const NOT_THERE = /^(?:NODE_EXTRA_CA_CERTS|.*_proxy)$/i
