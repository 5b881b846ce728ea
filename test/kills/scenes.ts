import { appendFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { FIGURES, RESTATED } from './company.js'
import { killAt } from './points.js'
import { snapshot, type Scene, type Stage } from './stage.js'

/** A first sync, a restating one, one after a kill that left all the traces it can leave, and one that posts in batches. */
export async function prepareScenes(stage: Stage): Promise<readonly Scene[]> {
  const first: Scene = { name: 'first sync', figures: FIGURES }
  const synced = await playOut(stage, first)
  const killed = await playKilled(stage, first)
  return [
    first,
    { name: 'restating sync', figures: RESTATED, before: synced },
    { name: 'sync after a kill', figures: FIGURES, before: killed },
    { name: 'restating after a kill', figures: RESTATED, before: killed },
    { name: 'batches of 3', figures: FIGURES, config: { batchSize: 3 } },
  ]
}

async function playOut(stage: Stage, scene: Scene) {
  stage.set(scene)
  const { code, stderr } = await stage.start().ended
  if (code !== 0) throw new Error(`the scene ${scene.name} cannot be prepared: exit ${code}\n${stderr}`)
  return snapshot(stage, join(stage.folder, 'synced'))
}

/** Killed when QAD had taken the third reference and not yet said so, in the middle of a line of the audit. */
async function playKilled(stage: Stage, scene: Scene) {
  stage.set(scene)
  let posts = 0
  await killAt(stage, ({ line }, phase) => line.includes('/bdoc/') && phase === 'after commit' && ++posts === 3)
  const [month = ''] = readdirSync(join(stage.state, 'audit'))
  appendFileSync(join(stage.state, 'audit', month), '{"v":1,"seq":99,"at":"2026-')
  return snapshot(stage, join(stage.folder, 'killed'))
}
