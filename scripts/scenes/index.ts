import type { Scene } from './scene.ts'
import { openingScene } from './machines/opening-scene.ts'

export { captureOf, sceneFiles, type Question, type Scene } from './scene.ts'

/** The scenes of fixtures/machines; those whose names begin with `lab-` are recorded by the lab instead. */
export const SCENES: readonly Scene[] = [openingScene]
