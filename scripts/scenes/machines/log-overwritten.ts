import type { Scene } from '../scene.ts'
import { intelDesktopHealthy } from './intel-desktop.ts'
import { vtdOffInFirmware } from './intel-off.ts'

/** A cable that does not sit well: the ring buffer holds nothing else any more. */
const FLOOD: readonly string[] = Array.from({ length: 400 }, (_, at) => {
  const seconds = (86_400 + at * 3.25).toFixed(6).padStart(12)
  const text = at % 2 === 0 ? 'usb 1-3: USB disconnect, device number' : 'usb 1-3: new full-speed USB device number'
  return `<6>[${seconds}] ${text} ${(at >> 1) + 4}${at % 2 === 0 ? '' : ' using xhci_hcd'}\n`
})

const PROGRAMS = { 'dmesg -r': FLOOD.join('') }

export const logOverwritten: Scene = {
  ...intelDesktopHealthy,
  slug: 'log-overwritten',
  healthy: false,
  what: 'The healthy Intel desktop, the beginning of whose kernel log was overwritten: a line that is not in it proves nothing',
  questions: [{ devices: ['01:00.0'] }],
  programs: PROGRAMS,
}

export const logOverwrittenOff: Scene = {
  ...vtdOffInFirmware,
  slug: 'log-overwritten-vtd-off',
  what: 'The desktop with VT-d switched off in firmware, the beginning of whose kernel log was overwritten: sysfs still proves it',
  questions: [{ devices: ['01:00.0'] }],
  programs: PROGRAMS,
}
