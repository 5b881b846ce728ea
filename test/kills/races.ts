import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { FIGURES, RESTATED, SYNC } from './company.js'
import { findFaults } from './oracle.js'
import type { Snapshot, Stage } from './stage.js'

/** What two hosts race about: who posts first, or who revises first. */
export type Course = 'first sync' | 'restating sync'

/**
 * Two hosts, each with a state folder of its own, sync the same job into one QAD with unique keys, at the same time.
 * @param headStartMs how much later the second begins
 * @returns what is wrong afterwards, in words
 */
export async function race(course: Course, headStartMs: number, synced: Snapshot, stage: Stage): Promise<string[]> {
  const isRestating = course === 'restating sync'
  const figures = isRestating ? RESTATED : FIGURES
  stage.set({ name: course, figures, qad: { uniqueKeys: true }, ...(isRestating ? { before: synced } : {}) })
  const other = join(stage.folder, 'other-state')
  rmSync(other, { recursive: true, force: true })
  if (isRestating && synced.state) cpSync(synced.state, other, { recursive: true })
  const env = { MLC_STATE_DIR: other }
  const one = stage.start().ended
  await new Promise((resolve) => setTimeout(resolve, headStartMs))
  const ends = await Promise.all([one, stage.start(SYNC, { env }).ended])
  // A plan that the other host has overtaken is refused; one more sync finds everything there.
  const faults = ends.flatMap(({ code, stdout }) => (code === 0 || code === 6 ? [] : [`EXIT ${code}: ${stdout}`]))
  for (const folder of [stage.state, other]) {
    const { code } = await stage.start(SYNC, { env: { MLC_STATE_DIR: folder } }).ended
    if (code !== 0) faults.push(`RERUN exit ${code}`)
  }
  const intents = [stage.state, other].map((folder) => join(folder, 'audit'))
  return [...faults, ...(await findFaults(figures, stage.qad.books, intents))]
}
