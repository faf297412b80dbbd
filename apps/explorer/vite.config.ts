import tailwindcss from '@tailwindcss/vite'
import { defineConfig } from 'vite'

/** Everything the page needs is in the folder it is built to; nothing is inlined, so the CSP needs no exception. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [tailwindcss()],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
})
