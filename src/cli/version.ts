/** Put in by the build from package.json. */
declare const VFIO_DOCTOR_VERSION: string

export const version: string = VFIO_DOCTOR_VERSION
