import { existsSync, readFileSync } from 'node:fs'
import tailwindcss from '@tailwindcss/vite'
import { defineConfig, type Plugin } from 'vite'

/** What `OMG_PLACE` names: the place.json of a running network, for `vite dev`. */
const placeFile = process.env.OMG_PLACE

/** Serves the place.json of a network while developing; a built page gets it from whoever serves it. */
const place: Plugin = {
  name: 'place',
  configureServer({ middlewares }) {
    middlewares.use('/place.json', (_, response) => {
      const known = placeFile !== undefined && existsSync(placeFile)
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' })
      response.end(known ? readFileSync(placeFile) : '{}')
    })
  },
}

/** Everything the page needs is in the folder it is built to; nothing is inlined, so the CSP needs no exception. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [tailwindcss(), place],
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      // Loading a package of this repository does nothing by itself: what a part of the page does not use, it need not load.
      treeshake: {
        moduleSideEffects: [
          { test: /packages[/\\](sdk|rootchain|protocol|exchange)[/\\]/, sideEffects: false },
        ],
      },
      onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
    },
  },
})
