import type { Step } from '../model/remedy.ts'
import { imageHasModule } from '../rules/boot-binding.ts'
import { builtIn } from './devices.ts'
import { addLine } from './modprobe.ts'
import { changeParameters } from './parameters/index.ts'
import { rebuild } from './rebuild.ts'
import type { Ground } from './steps.ts'

/** Whether options of a module reach it by the kernel command line alone: a built-in driver, a fixed system image. */
export function optionsByLine(module: string, on: Ground): boolean {
  return builtIn(module, on.facts) === true || on.platform.flavour === 'ostree'
}

/** Steps that give a module an option for good; it counts from when the module is loaded next. */
export function optionForGood(say: string, module: string, option: string, on: Ground): readonly [Step, ...Step[]] {
  if (optionsByLine(module, on)) return changeParameters({ add: [`${module}.${option}`], remove: [] }, on)
  const line = addLine(say, `options ${module} ${option}`, on)
  // A module that the image loads reads the copy of modprobe.d in there, and never the file again.
  if (imageHasModule(on.facts, module.replaceAll('-', '_')) === false) return [line]
  return [line, ...rebuild(on).filter((one) => one.run !== undefined)]
}
