import tailwindcss from '@tailwindcss/vite'
import type { Plugin, UserConfig } from 'vite'

interface PageBuild {
  /** The folder of the page: its `index.html` names a title, a description and the script that begins. */
  readonly root: string
  readonly plugins?: readonly Plugin[]
  /** Folders of packages, as a pattern, whose files do nothing by being loaded: what a part of the page does not use, it need not load. */
  readonly pure?: RegExp
}

/** How every page is built: what it needs is in the folder it is built to; nothing is inlined, so the CSP needs no exception. */
export function pageBuild({ root, plugins = [], pure }: PageBuild): UserConfig {
  return {
    root,
    plugins: [tailwindcss(), head, ...plugins],
    oxc: { jsx: { runtime: 'automatic' } },
    build: {
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 700,
      rolldownOptions: {
        ...(pure && { treeshake: { moduleSideEffects: [{ test: pure, sideEffects: false }] } }),
        onLog: (level, log, report) => log.code === 'MODULE_LEVEL_DIRECTIVE' || report(level, log),
      },
    },
  }
}

/** What stands in the head of every page. */
const head: Plugin = {
  name: 'page-head',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { charset: 'utf-8' }, injectTo: 'head-prepend' },
    { tag: 'meta', attrs: { name: 'viewport', content: 'width=device-width, initial-scale=1' } },
    { tag: 'link', attrs: { rel: 'icon', href: '/icon.svg', type: 'image/svg+xml' } },
  ],
}
