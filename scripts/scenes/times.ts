/** Seconds since 1970, in February 2026: when the packages of a scene's system were put in, and when it was started. */
export const INSTALLED = 1_769_900_000
export const BOOTED = 1_770_000_000
