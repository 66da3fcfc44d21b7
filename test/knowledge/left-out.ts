/** A row of the source tables that has no message of its own here: what its example is recognised as, and why. */
export interface LeftOut {
  readonly as: string
  readonly because: string
}

const SAME_WORDS = 'the words are those of every refused probe; the errno and the header type tell the cases apart'
const NO_PATH =
  'the shell does not say which file it wrote to; with the path in the line (tee) it is known by its own id'

export const LEFT_OUT: Readonly<Record<string, LeftOut>> = {
  'vfio-probe-busy-old': { as: 'vfio-probe-failed-old', because: SAME_WORDS },
  'vfio-probe-busy-new': { as: 'vfio-probe-failed-new', because: SAME_WORDS },
  'vfio-probe-bridge': { as: 'vfio-probe-failed-new', because: SAME_WORDS },
  'host-probe-busy': { as: 'vfio-probe-failed-new', because: SAME_WORDS },
  'sh-bind-enodev': { as: 'sh-write-error', because: NO_PATH },
  'sh-bind-ebusy': { as: 'sh-write-error', because: NO_PATH },
  'sh-bind-einval': { as: 'sh-write-error', because: NO_PATH },
  'sh-unbind-enodev': { as: 'sh-write-error', because: NO_PATH },
  'sh-newid-eexist': { as: 'sh-write-error', because: NO_PATH },
  'sh-newid-einval': { as: 'sh-write-error', because: NO_PATH },
  'sh-reset-enotty': { as: 'sh-write-error', because: NO_PATH },
  'sh-type-ebusy': { as: 'sh-write-error', because: NO_PATH },
  'sh-numvfs-ebusy': { as: 'sh-write-error', because: NO_PATH },
  'sh-numvfs-enoent': { as: 'sh-write-error', because: NO_PATH },
  'sh-numvfs-erange': { as: 'sh-write-error', because: NO_PATH },
  'sh-numvfs-enomem': { as: 'sh-write-error', because: NO_PATH },
  'sh-resize-ebusy': { as: 'sh-write-error', because: NO_PATH },
  'sh-resize-enospc': { as: 'sh-write-error', because: NO_PATH },
}
