import { existsSync, readFileSync } from 'node:fs'
import { pageBuild } from '@omg/ui/build'
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

export default defineConfig(
  pageBuild({
    root: import.meta.dirname,
    plugins: [place],
    pure: /packages[/\\](sdk|rootchain|protocol|exchange)[/\\]/,
  }),
)
