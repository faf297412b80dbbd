import { pageBuild } from '@omg/ui/build'
import { defineConfig } from 'vite'

export default defineConfig(
  pageBuild({ root: import.meta.dirname, pure: /packages[/\\](sdk|rootchain|protocol|stake)[/\\]/ }),
)
