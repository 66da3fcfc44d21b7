import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  define: { VFIO_DOCTOR_VERSION: JSON.stringify('0.0.0-test') },
  test: {
    setupFiles: process.env['CI'] === undefined ? [] : ['test/support/fixed-seed.ts'],
    include: ['test/**/*.test.ts'],
    exclude: ['test/lab/**'],
    testTimeout: 30_000,
  },
})
export default config
