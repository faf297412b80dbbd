import { useSyncExternalStore } from 'react'

export type Theme = 'light' | 'dark'
const KEY = 'theme'

const stored = (): Theme | undefined => {
  const value = localStorage.getItem(KEY)
  return value === 'light' || value === 'dark' ? value : undefined
}
const preferred = matchMedia('(prefers-color-scheme: dark)')
const current = (): Theme => stored() ?? (preferred.matches ? 'dark' : 'light')
const following = new Set<() => void>()
const apply = () => {
  document.documentElement.dataset.theme = current()
  for (const changed of following) changed()
}
apply()
preferred.addEventListener('change', apply)
// Another tab of the same page may switch.
addEventListener('storage', apply)

const follow = (changed: () => void) => {
  following.add(changed)
  return () => {
    following.delete(changed)
  }
}
const toggle = () => {
  localStorage.setItem(KEY, current() === 'dark' ? 'light' : 'dark')
  apply()
}

/** Dark or light: what the system prefers, until a person switches. The document is already so when a component hears of it. */
export function useTheme(): [Theme, () => void] {
  return [useSyncExternalStore(follow, current), toggle]
}
