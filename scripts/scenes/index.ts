import { amdDesktopHealthy } from './machines/amd-desktop.ts'
import { armServer } from './machines/arm-server.ts'
import { foreignEndpoint } from './machines/foreign-endpoint.ts'
import { intelDesktopHealthy } from './machines/intel-desktop.ts'
import { vtdOffInFirmware, vtdOffInKernel } from './machines/intel-off.ts'
import { logOverwritten, logOverwrittenOff } from './machines/log-overwritten.ts'
import { openingScene } from './machines/opening-scene.ts'
import { unprivileged } from './machines/unprivileged.ts'
import { virtualMachine } from './machines/virtual-machine.ts'
import type { Scene } from './scene.ts'

export { captureOf, sceneFiles, type Scene } from './scene.ts'

/** The scenes of fixtures/machines; those whose names begin with `lab-` are recorded by the lab instead. */
export const SCENES: readonly Scene[] = [
  openingScene,
  intelDesktopHealthy,
  amdDesktopHealthy,
  vtdOffInFirmware,
  vtdOffInKernel,
  foreignEndpoint,
  unprivileged,
  armServer,
  virtualMachine,
  logOverwritten,
  logOverwrittenOff,
]
