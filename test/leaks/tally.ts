import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import type { tally } from './watch.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where each file of tests adds what it searched. */
    readonly leakTally: string
  }
}

/** Adds up over all files of tests, and says at the end how many processes were searched for leaks. */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'mlc-tally-'))
  const path = join(folder, 'tally.jsonl')
  appendFileSync(path, '')
  project.provide('leakTally', path)
  return () => {
    const files = readFileSync(path, 'utf8').split('\n').filter(Boolean)
    rmSync(folder, { recursive: true, force: true })
    if (files.length > 0) process.stdout.write(`\n ${summary(files.map((line) => JSON.parse(line) as typeof tally))}\n`)
  }
}

function summary(files: readonly (typeof tally)[]): string {
  const sum = (name: keyof typeof tally) => files.reduce((total, file) => total + file[name], 0)
  const megabytes = (sum('bytes') / 1e6).toFixed(1)
  const seconds = (sum('ms') / 1000).toFixed(1)
  return `leak scan: ${sum('processes')} processes, ${sum('places')} streams and files, ${megabytes} MB in ${seconds} s`
}
